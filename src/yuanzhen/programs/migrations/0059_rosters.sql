-- The calendar grows: rosters by pattern, swaps, diagnostic resources, a waiting list, and a feed for other calendars.

-- A pattern that shifts were made by.
CREATE TABLE calendar.roster (
  id text PRIMARY KEY,
  department text NOT NULL,
  institution text NOT NULL,             -- the department's
  pattern jsonb NOT NULL,
  made_by text NOT NULL,
  made timestamptz NOT NULL
);
CREATE INDEX roster_department ON calendar.roster (department, id);
ALTER TABLE calendar.shift ADD COLUMN roster text NOT NULL DEFAULT '';
CREATE INDEX shift_roster ON calendar.shift (roster) WHERE roster <> '';

-- Somebody wants another to take a shift of theirs, for one of the other's or for none.
CREATE TABLE calendar.swap (
  id text PRIMARY KEY,
  shift text NOT NULL,
  other text NOT NULL,                   -- the shift that is taken for it, or ''
  asker text NOT NULL,
  person text NOT NULL,                  -- who is asked
  department text NOT NULL,
  institution text NOT NULL,             -- whose manager approves it
  state text NOT NULL,
  asked timestamptz NOT NULL,
  changed timestamptz NOT NULL
);
CREATE INDEX swap_department ON calendar.swap (department, id);
CREATE UNIQUE INDEX swap_once ON calendar.swap (shift) WHERE state IN ('asked', 'agreed');

-- What is booked beside an expert: its id stands in calendar.slot where an expert's does.
CREATE TABLE calendar.resource (
  id text PRIMARY KEY,
  institution text NOT NULL,
  department text NOT NULL,              -- that keeps it
  kind text NOT NULL CHECK (kind IN ('ct', 'mr', 'endoscopy', 'ultrasound', 'other')),
  name text NOT NULL,
  made_by text NOT NULL,
  made timestamptz NOT NULL
);
CREATE INDEX resource_department ON calendar.resource (department);

-- Who waits for a time of an expert, of a resource or of a department: what becomes free is offered to one after the other.
CREATE TABLE calendar.waiting (
  id text PRIMARY KEY,
  source text NOT NULL,
  target text NOT NULL,
  institution text NOT NULL,             -- whose patient it is for
  asked_by text NOT NULL,
  urgency text NOT NULL CHECK (urgency IN ('emergency', 'urgent', 'routine')),
  distance_km int NOT NULL,
  since timestamptz NOT NULL,
  offered text NOT NULL DEFAULT '',      -- the slot that is kept for it
  until timestamptz,                     -- and how long
  passed text[] NOT NULL DEFAULT '{}',   -- slots that it did not take
  audience text[] NOT NULL,
  CONSTRAINT waiting_once UNIQUE (source, asked_by)
);
CREATE INDEX waiting_target ON calendar.waiting (target) WHERE offered = '';
ALTER TABLE calendar.slot ADD COLUMN held_for text NOT NULL DEFAULT '', ADD COLUMN held_until timestamptz;

CREATE OR REPLACE FUNCTION calendar.mark_taken() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN UPDATE calendar.slot SET taken = false WHERE id = OLD.slot; END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE calendar.slot SET taken = true, held_for = '', held_until = NULL WHERE id = NEW.slot;
    -- A source that is booked waits no more; what was kept for it otherwise becomes free when its time is over.
    DELETE FROM calendar.waiting w WHERE NEW.source = w.source OR starts_with(NEW.source, w.source || '/');
  END IF;
  RETURN NULL;
END $$;

-- A secret address at which another calendar reads one person's times.
CREATE TABLE calendar.feed (
  person text PRIMARY KEY,
  digest bytea NOT NULL UNIQUE,          -- of the secret; that itself is kept nowhere
  made timestamptz NOT NULL
);

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['roster', 'swap', 'resource', 'waiting', 'feed'] LOOP
    EXECUTE format('ALTER TABLE calendar.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON calendar.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['roster', 'swap', 'resource'] LOOP
    EXECUTE format('CREATE POLICY seen ON calendar.%I FOR SELECT TO yuanzhen_app '
      'USING (''calendar'' = ANY ((SELECT security.keys(''read''))::text[]))', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['roster', 'resource'] LOOP
    EXECUTE format('CREATE POLICY kept ON calendar.%I FOR INSERT TO yuanzhen_app WITH CHECK (made_by = '
      '(SELECT (security.who()).id) AND institution = ANY ((SELECT calendar.houses())::text[]))', t);
    EXECUTE format('CREATE POLICY dropped ON calendar.%I FOR DELETE TO yuanzhen_app '
      'USING (institution = ANY ((SELECT calendar.houses())::text[]))', t);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON calendar.%I TO yuanzhen_app', t);
  END LOOP;
END $$;
CREATE POLICY asked ON calendar.swap FOR INSERT TO yuanzhen_app WITH CHECK (asker = (SELECT (security.who()).id)
  AND (SELECT (security.who()).role) = 'expert');
CREATE POLICY changed ON calendar.swap FOR UPDATE TO yuanzhen_app
  USING ((SELECT (security.who()).id) IN (asker, person) OR institution = ANY ((SELECT calendar.houses())::text[]));
GRANT SELECT, INSERT ON calendar.swap TO yuanzhen_app;
GRANT UPDATE (state, changed) ON calendar.swap TO yuanzhen_app;

CREATE POLICY seen ON calendar.waiting FOR SELECT TO yuanzhen_app USING (audience && (SELECT security.keys('read')));
CREATE POLICY joined ON calendar.waiting FOR INSERT TO yuanzhen_app
  WITH CHECK (asked_by = (SELECT (security.who()).id) AND audience && (SELECT security.keys('write')));
CREATE POLICY changed ON calendar.waiting FOR UPDATE TO yuanzhen_app USING (audience && (SELECT security.keys('write')));
CREATE POLICY gone ON calendar.waiting FOR DELETE TO yuanzhen_app USING (audience && (SELECT security.keys('write')));
GRANT SELECT, INSERT, DELETE ON calendar.waiting TO yuanzhen_app;
GRANT UPDATE (offered, until, passed) ON calendar.waiting TO yuanzhen_app;

-- Our own worker keeps a slot for whom it is offered to.
CREATE POLICY held ON calendar.slot FOR UPDATE TO yuanzhen_app USING ('worker' = ANY ((SELECT security.keys('write'))::text[]));
GRANT UPDATE (held_for, held_until) ON calendar.slot TO yuanzhen_app;

CREATE POLICY own ON calendar.feed TO yuanzhen_app
  USING (person = (SELECT (security.who()).id) AND (SELECT (security.who()).role) = 'expert')
  WITH CHECK (person = (SELECT (security.who()).id) AND (SELECT (security.who()).role) = 'expert');
GRANT SELECT, INSERT, UPDATE, DELETE ON calendar.feed TO yuanzhen_app;

-- The times of whoever's secret this is the digest of: when, of which kind, where; of a booking nothing but that it is one.
CREATE FUNCTION calendar.fed(of_digest bytea, since timestamptz, till timestamptz)
RETURNS TABLE (id text, kind text, starts timestamptz, ends timestamptz, place text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH f AS (SELECT person FROM calendar.feed WHERE digest = of_digest)
  SELECT s.id, 'shift', s.starts, s.ends, coalesce(d.name, '') FROM f JOIN calendar.shift s ON s.person = f.person
    LEFT JOIN security.department d ON d.id = s.department WHERE s.ends > since AND s.starts < till
  UNION ALL SELECT a.id, 'absence', a.starts, a.ends, '' FROM f JOIN calendar.absence a ON a.person = f.person
   WHERE a.ends > since AND a.starts < till
  UNION ALL SELECT s.id, CASE WHEN s.taken THEN 'booked' ELSE 'slot' END, s.starts, s.ends, '' FROM f
    JOIN calendar.slot s ON s.expert = f.person WHERE s.ends > since AND s.starts < till
  ORDER BY 3, 1
$$;
-- Whether a digest is anybody's.
CREATE FUNCTION calendar.feeds(of_digest bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT FROM calendar.feed WHERE digest = of_digest)
$$;
