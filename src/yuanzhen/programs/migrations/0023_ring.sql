-- Calling until somebody answers: what rings, and who was called for it since when, to what end.

CREATE SCHEMA ring;
GRANT USAGE ON SCHEMA ring TO yuanzhen_app;

CREATE TABLE ring.ring (
  id text PRIMARY KEY,
  source text NOT NULL,                  -- whose application rings: 'consultation/ID'
  department text NOT NULL,              -- whose people are called
  question text NOT NULL,
  urgency text NOT NULL,
  place text NOT NULL,                   -- the institution that asks
  call_back text NOT NULL,
  state text NOT NULL CHECK (state IN ('ringing', 'answered', 'over')),
  started timestamptz NOT NULL,
  circle int NOT NULL DEFAULT 0,         -- which of the circles is called; 0: none yet
  circle_until timestamptz,              -- then the next is; NULL in the last
  alarm_at timestamptz NOT NULL,
  alarmed timestamptz,
  number text NOT NULL DEFAULT '',       -- told to the asker with the alarm: somebody answers it
  taken_by text NOT NULL DEFAULT '',     -- the dispatcher who has the alarm in hand
  taken timestamptz,
  answered_by text NOT NULL DEFAULT '',
  answered timestamptz,
  ended timestamptz,
  why text NOT NULL DEFAULT '',          -- what ended it
  turn int NOT NULL DEFAULT 0,           -- of several outbox rows only the one with this number still means something
  audience text[] NOT NULL
);
CREATE UNIQUE INDEX ring_open ON ring.ring (source) WHERE state <> 'over';
CREATE INDEX ring_source ON ring.ring (source, started);
CREATE INDEX ring_state ON ring.ring (state, started) WHERE state <> 'over';
CREATE INDEX ring_busy ON ring.ring (answered_by) WHERE state = 'answered';

CREATE TABLE ring.call (
  ring text NOT NULL REFERENCES ring.ring,
  number int NOT NULL,                   -- in the order of their beginning
  person text NOT NULL,
  circle int NOT NULL,                   -- 0: by a dispatcher's hand
  since timestamptz NOT NULL,
  outcome text NOT NULL,                 -- '' while it rings
  ended timestamptz,
  reason text NOT NULL DEFAULT '',
  PRIMARY KEY (ring, number)
);
CREATE UNIQUE INDEX call_open ON ring.call (ring, person) WHERE outcome = '';
CREATE INDEX call_person ON ring.call (person) WHERE outcome = '';

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['ring.ring', 'ring.call'] LOOP
    EXECUTE 'ALTER TABLE ' || t || ' ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY';
    EXECUTE 'CREATE POLICY owner ON ' || t || ' TO yuanzhen_owner USING (true) WITH CHECK (true)';
  END LOOP;
END $$;

CREATE POLICY seen ON ring.ring FOR SELECT TO yuanzhen_app USING (audience && (SELECT security.keys('read')));
CREATE POLICY started ON ring.ring FOR INSERT TO yuanzhen_app
  WITH CHECK (audience && (SELECT security.keys('write')));
CREATE POLICY changed ON ring.ring FOR UPDATE TO yuanzhen_app
  USING (audience && (SELECT security.keys('write'))) WITH CHECK (audience && (SELECT security.keys('write')));
CREATE POLICY seen ON ring.call FOR SELECT TO yuanzhen_app
  USING (person = ANY ((SELECT security.keys('read'))::text[]) OR EXISTS (SELECT FROM ring.ring r WHERE r.id = ring));
CREATE POLICY called ON ring.call FOR INSERT TO yuanzhen_app
  WITH CHECK (EXISTS (SELECT FROM ring.ring r WHERE r.id = ring));
CREATE POLICY ended ON ring.call FOR UPDATE TO yuanzhen_app
  USING (EXISTS (SELECT FROM ring.ring r WHERE r.id = ring)) WITH CHECK (EXISTS (SELECT FROM ring.ring r WHERE r.id = ring));
-- Who hears an alarm: the relay tells every dispatcher's own channel.
CREATE POLICY dispatchers ON security.person FOR SELECT TO yuanzhen_app
  USING (role = 'dispatcher' AND 'members' = ANY ((SELECT security.keys('read'))::text[]));

GRANT SELECT, INSERT, UPDATE ON ring.ring, ring.call TO yuanzhen_app;

-- A dispatcher sees what rings, and who could be called; nothing of the case.
INSERT INTO security.grants (role, mode, key) VALUES
  ('dispatcher', 'read', 'rings'), ('dispatcher', 'read', 'members'), ('dispatcher', 'write', 'rings');
