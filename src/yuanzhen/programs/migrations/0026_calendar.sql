-- The calendar: who is on duty, who is not there, which times of an expert can be booked, and what is booked.

CREATE SCHEMA calendar;
GRANT USAGE ON SCHEMA calendar TO yuanzhen_app;

-- An id as a range of one number (the first 128 bits of its SHA-256), so that the equality of ids can stand in a GiST
-- constraint: the embedded server has no btree_gist.
CREATE FUNCTION calendar.one(id text) RETURNS numrange
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
  SELECT numrange(n, n, '[]') FROM (
    SELECT ('x' || substr(h, 1, 16))::bit(64)::bigint::numeric * 18446744073709551616
         + ('x' || substr(h, 17, 16))::bit(64)::bigint::numeric AS n
      FROM encode(sha256(convert_to(id, 'UTF8')), 'hex') AS h) AS t
$$;

-- The houses whose calendar an actor keeps: a manager's own, and its branches.
CREATE FUNCTION calendar.houses() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT coalesce(array_agg(i.id), '{}') FROM security.who() AS a JOIN security.institution i
      ON i.id = a.institution OR (i.parent = a.institution AND i.level = 'branch')
   WHERE a.role = 'manager'
$$;

-- The experts of a department with their own house, or one of them, for whoever holds 'calendar'.
CREATE FUNCTION calendar.experts(of_department text, whom text) RETURNS TABLE (person text, institution text, department text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.id, p.institution, m.department FROM security.membership m JOIN security.person p ON p.id = m.person
   WHERE 'calendar' = ANY ((SELECT security.keys('read'))::text[]) AND p.role = 'expert' AND NOT p.disabled
     AND (of_department IS NULL OR m.department = of_department) AND (whom IS NULL OR p.id = whom)
$$;

-- Who keeps the calendar of a house, for whoever holds 'calendar'.
CREATE FUNCTION calendar.keepers(of_house text) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.id FROM security.person p JOIN security.institution i ON i.id = of_house
   WHERE 'calendar' = ANY ((SELECT security.keys('read'))::text[]) AND p.role = 'manager' AND NOT p.disabled
     AND (p.institution = i.id OR (i.level = 'branch' AND p.institution = i.parent))
$$;

-- Who is called for a department from when to when: circle 1 first.
CREATE TABLE calendar.shift (
  id text PRIMARY KEY,
  person text NOT NULL,
  department text NOT NULL,
  institution text NOT NULL,         -- the department's
  circle smallint NOT NULL CHECK (circle BETWEEN 1 AND 9),
  starts timestamptz NOT NULL,
  ends timestamptz NOT NULL,
  made_by text NOT NULL,
  made timestamptz NOT NULL,
  CHECK (starts < ends),
  CONSTRAINT shift_once EXCLUDE USING gist (calendar.one(person) WITH =, calendar.one(department) WITH =,
    tstzrange(starts, ends) WITH &&)
);
CREATE INDEX shift_department ON calendar.shift (department, ends);
CREATE INDEX shift_person ON calendar.shift (person, ends);

-- When an expert is not there. No words: why in more than a word is nobody's who books.
CREATE TABLE calendar.absence (
  id text PRIMARY KEY,
  person text NOT NULL,
  institution text NOT NULL,         -- the person's
  kind text NOT NULL CHECK (kind IN ('leave', 'out', 'other')),
  starts timestamptz NOT NULL,
  ends timestamptz NOT NULL,
  made_by text NOT NULL,
  made timestamptz NOT NULL,
  CHECK (starts < ends),
  CONSTRAINT absence_once EXCLUDE USING gist (calendar.one(person) WITH =, tstzrange(starts, ends) WITH &&)
);
CREATE INDEX absence_person ON calendar.absence (person, ends);

-- A time of an expert that can be booked. `taken` follows calendar.booking, which not everybody sees who sees the slot.
CREATE TABLE calendar.slot (
  id text PRIMARY KEY,
  expert text NOT NULL,
  institution text NOT NULL,         -- the expert's
  starts timestamptz NOT NULL,
  ends timestamptz NOT NULL,
  taken boolean NOT NULL DEFAULT false,
  made_by text NOT NULL,
  made timestamptz NOT NULL,
  CHECK (starts < ends),
  CONSTRAINT slot_once EXCLUDE USING gist (calendar.one(expert) WITH =, tstzrange(starts, ends) WITH &&)
);
CREATE INDEX slot_expert ON calendar.slot (expert, starts);
CREATE INDEX slot_starts ON calendar.slot (starts, id);

-- What is booked: a slot is booked once, and so is what it is booked for (`consultation/ID`).
CREATE TABLE calendar.booking (
  id text PRIMARY KEY,
  source text NOT NULL,
  slot text NOT NULL,
  expert text NOT NULL,
  house text NOT NULL,               -- the expert's
  institution text NOT NULL,         -- whose patient it is for
  booked_by text NOT NULL,
  booked timestamptz NOT NULL,
  rtt_ms real,                       -- the link of the asking side, as its page measured it last
  down_kbps int,
  up_kbps int,
  checked timestamptz,
  audience text[] NOT NULL,
  CONSTRAINT booking_source UNIQUE (source),
  CONSTRAINT booking_slot UNIQUE (slot),
  CONSTRAINT booking_of_slot FOREIGN KEY (slot) REFERENCES calendar.slot
);
CREATE INDEX booking_expert ON calendar.booking (expert);
CREATE INDEX booking_institution ON calendar.booking (institution);

CREATE FUNCTION calendar.mark_taken() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN UPDATE calendar.slot SET taken = false WHERE id = OLD.slot; END IF;
  IF TG_OP <> 'DELETE' THEN UPDATE calendar.slot SET taken = true WHERE id = NEW.slot; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER taken AFTER INSERT OR DELETE OR UPDATE OF slot ON calendar.booking
  FOR EACH ROW EXECUTE FUNCTION calendar.mark_taken();

-- A house that keeps its experts' times itself: where it is asked before one of them is booked, and told afterwards.
CREATE TABLE calendar.own (
  institution text PRIMARY KEY,
  url text NOT NULL,
  set_by text NOT NULL,
  changed timestamptz NOT NULL
);

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['shift', 'absence', 'slot', 'booking', 'own'] LOOP
    EXECUTE format('ALTER TABLE calendar.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON calendar.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['shift', 'absence', 'slot', 'own'] LOOP
    EXECUTE format('CREATE POLICY seen ON calendar.%I FOR SELECT TO yuanzhen_app '
      'USING (''calendar'' = ANY ((SELECT security.keys(''read''))::text[]))', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['shift', 'absence', 'slot'] LOOP
    EXECUTE format('CREATE POLICY kept ON calendar.%I FOR INSERT TO yuanzhen_app WITH CHECK (made_by = '
      '(SELECT (security.who()).id) AND institution = ANY ((SELECT calendar.houses())::text[]))', t);
    EXECUTE format('CREATE POLICY dropped ON calendar.%I FOR DELETE TO yuanzhen_app '
      'USING (institution = ANY ((SELECT calendar.houses())::text[]))', t);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON calendar.%I TO yuanzhen_app', t);
  END LOOP;
END $$;
CREATE POLICY own ON calendar.absence FOR INSERT TO yuanzhen_app WITH CHECK (person = made_by AND made_by = (SELECT (security.who()).id)
  AND (SELECT (security.who()).role) = 'expert' AND institution = (SELECT (security.who()).institution));
CREATE POLICY own ON calendar.slot FOR INSERT TO yuanzhen_app WITH CHECK (expert = made_by AND made_by = (SELECT (security.who()).id)
  AND (SELECT (security.who()).role) = 'expert' AND institution = (SELECT (security.who()).institution) AND NOT taken);
CREATE POLICY own_dropped ON calendar.absence FOR DELETE TO yuanzhen_app
  USING (person = (SELECT (security.who()).id) AND (SELECT (security.who()).role) = 'expert');
CREATE POLICY own_dropped ON calendar.slot FOR DELETE TO yuanzhen_app
  USING (expert = (SELECT (security.who()).id) AND (SELECT (security.who()).role) = 'expert');

CREATE POLICY seen ON calendar.booking FOR SELECT TO yuanzhen_app
  USING (audience && (SELECT security.keys('read')) OR house = ANY ((SELECT calendar.houses())::text[]));
CREATE POLICY booked ON calendar.booking FOR INSERT TO yuanzhen_app
  WITH CHECK (booked_by = (SELECT (security.who()).id) AND audience && (SELECT security.keys('write')));
CREATE POLICY changed ON calendar.booking FOR UPDATE TO yuanzhen_app
  USING (audience && (SELECT security.keys('write'))) WITH CHECK (audience && (SELECT security.keys('write')));
CREATE POLICY freed ON calendar.booking FOR DELETE TO yuanzhen_app USING (audience && (SELECT security.keys('write')));
GRANT SELECT, INSERT, DELETE ON calendar.booking TO yuanzhen_app;
GRANT UPDATE (slot, expert, house, audience, rtt_ms, down_kbps, up_kbps, checked) ON calendar.booking TO yuanzhen_app;

CREATE POLICY kept ON calendar.own TO yuanzhen_app USING ('peers' = ANY ((SELECT security.keys('write'))::text[]))
  WITH CHECK ('peers' = ANY ((SELECT security.keys('write'))::text[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON calendar.own TO yuanzhen_app;

INSERT INTO security.grants (role, mode, key)
SELECT role, 'read', 'calendar' FROM unnest(ARRAY['expert', 'clinician', 'manager', 'dispatcher', 'officer', 'relay']) AS role;
