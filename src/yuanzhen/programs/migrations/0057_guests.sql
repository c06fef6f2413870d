-- Guests of a room: people without a log-in, each by one link, for one meeting, on one device.

-- Who came by which link. What it opens is said by the room alone, which names who is welcome in its audience: a link is
-- worth nothing as soon as that no longer names them.
CREATE TABLE security.guest (
  id text PRIMARY KEY,
  place text NOT NULL,               -- the room
  link bytea NOT NULL UNIQUE,        -- SHA-256 of the link's token, which is kept nowhere
  invited_by text NOT NULL,
  ends timestamptz NOT NULL,
  session bytea UNIQUE,              -- SHA-256 of the cookie's token, once somebody came by the link
  csrf text NOT NULL DEFAULT '',
  used timestamptz
);
CREATE INDEX guest_ends ON security.guest (ends);
ALTER TABLE security.guest ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON security.guest TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY identity ON security.guest TO yuanzhen_app
  USING ('identity' = ANY ((SELECT security.keys('read'))::text[]))
  WITH CHECK ('identity' = ANY ((SELECT security.keys('write'))::text[]));
CREATE POLICY invited ON security.guest FOR INSERT TO yuanzhen_app
  WITH CHECK (invited_by = (SELECT (security.who()).id) AND used IS NULL);
GRANT SELECT, INSERT, DELETE ON security.guest TO yuanzhen_app;
GRANT UPDATE (session, csrf, used) ON security.guest TO yuanzhen_app;

-- Their own name is all that opens to a guest: what names them in its audience, and nothing that is everybody's.
INSERT INTO security.grants (role, mode, key) VALUES ('guest', 'read', '$person'), ('guest', 'write', '$person');

ALTER TABLE room.member
  ADD COLUMN name text NOT NULL DEFAULT '',   -- what they were called when they came; of the patient ''
  ADD COLUMN by text NOT NULL DEFAULT '',     -- who asked in whoever has no part in the case
  DROP CONSTRAINT member_role_check,
  ADD CHECK (role IN ('host', 'expert', 'primary', 'patient', 'interpreter', 'guest'));
GRANT UPDATE (name, by) ON room.member TO yuanzhen_app;
UPDATE room.member m SET name = coalesce(r.content::jsonb #>> '{name,0,text}', '')
  FROM records.resource r WHERE r.type = 'Practitioner' AND r.id = m.person AND NOT r.deleted;
CREATE INDEX member_beside ON room.member (person) WHERE by <> '';

-- Every interpreter who can log in, and their name; for who works with patients.
CREATE FUNCTION security.interpreters() RETURNS TABLE (person text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.id, p.display FROM security.person p
   WHERE p.role = 'interpreter' AND NOT p.disabled AND (security.who()).role IN ('expert', 'clinician')
$$;
