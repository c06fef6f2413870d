-- The live room of a case: who is in it, who waits at its door, what became of whom.

CREATE SCHEMA room;
GRANT USAGE ON SCHEMA room TO yuanzhen_app;

CREATE TABLE room.room (
  id text PRIMARY KEY,
  source text NOT NULL UNIQUE,           -- whose application's: 'consultation/ID'
  patient text NOT NULL,
  audience text[] NOT NULL,              -- who knows of it, and may knock
  is_open boolean NOT NULL,
  meeting text NOT NULL,                 -- of those who are in it now; '' for none
  epoch int NOT NULL,                    -- grows whenever who is in it changes; never back
  due timestamptz                        -- when it is looked at again
);
CREATE TABLE room.member (
  room text NOT NULL REFERENCES room.room,
  person text NOT NULL,
  role text NOT NULL CHECK (role IN ('host', 'expert', 'primary', 'patient')),
  direct boolean NOT NULL,               -- enters without being let in
  standing text NOT NULL CHECK (standing IN ('out', 'waiting', 'in', 'lost', 'removed')),
  since timestamptz NOT NULL,
  heard timestamptz NOT NULL,
  ticket text NOT NULL,                  -- the digest of the one that counts; '' for none
  quality jsonb NOT NULL DEFAULT '{}',   -- what the page measured last
  PRIMARY KEY (room, person)
);
CREATE TABLE room.line (
  nth bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room text NOT NULL REFERENCES room.room,
  at timestamptz NOT NULL,
  what text NOT NULL,
  person text NOT NULL,
  by text NOT NULL,                      -- '' for ourselves
  reason text NOT NULL
);
CREATE INDEX line_room ON room.line (room, nth);

-- Who may enter a room, or knock: whose case it is, and the patient, who holds no key for writing.
CREATE FUNCTION room.enters(audience text[]) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT audience && security.keys('write')
      OR EXISTS (SELECT FROM security.who() w WHERE w.role = 'patient' AND '@' || w.patient = ANY (audience));
$$;

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['room.room', 'room.member', 'room.line'] LOOP
    EXECUTE 'ALTER TABLE ' || t || ' ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY';
    EXECUTE 'CREATE POLICY owner ON ' || t || ' TO yuanzhen_owner USING (true) WITH CHECK (true)';
  END LOOP;
  FOREACH t IN ARRAY ARRAY['room.member', 'room.line'] LOOP
    EXECUTE 'CREATE POLICY seen ON ' || t || ' FOR SELECT TO yuanzhen_app USING (EXISTS (SELECT FROM room.room r WHERE r.id = room))';
    EXECUTE 'CREATE POLICY made ON ' || t || ' FOR INSERT TO yuanzhen_app WITH CHECK (EXISTS (SELECT FROM room.room r '
      'WHERE r.id = room AND room.enters(r.audience)))';
  END LOOP;
END $$;

CREATE POLICY seen ON room.room FOR SELECT TO yuanzhen_app USING (audience && (SELECT security.keys('read')));
CREATE POLICY made ON room.room FOR INSERT TO yuanzhen_app WITH CHECK (audience && (SELECT security.keys('write')));
CREATE POLICY changed ON room.room FOR UPDATE TO yuanzhen_app USING (room.enters(audience));
CREATE POLICY changed ON room.member FOR UPDATE TO yuanzhen_app
  USING (EXISTS (SELECT FROM room.room r WHERE r.id = room AND room.enters(r.audience)));

GRANT SELECT, INSERT ON room.room, room.member, room.line TO yuanzhen_app;
GRANT UPDATE (audience, is_open, meeting, epoch, due) ON room.room TO yuanzhen_app;
GRANT UPDATE (role, direct, standing, since, heard, ticket, quality) ON room.member TO yuanzhen_app;

ALTER TABLE consultation.case ADD COLUMN meets boolean NOT NULL DEFAULT false;  -- has a room
GRANT UPDATE (meets) ON consultation.case TO yuanzhen_app;
