-- Reading pictures together: what the invited experts mark, theirs alone until the opinion is signed.

CREATE SCHEMA reading;
GRANT USAGE ON SCHEMA reading TO yuanzhen_app;

CREATE TABLE reading.reading (
  id text PRIMARY KEY,
  source text NOT NULL UNIQUE,           -- whose application reads: 'consultation/ID'
  patient text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'signed', 'ended')),
  writers text[] NOT NULL,               -- the invited experts
  audience text[] NOT NULL               -- who knows of it, and sees the marks once they are signed
);
CREATE TABLE reading.mark (
  reading text NOT NULL REFERENCES reading.reading,
  id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('length', 'angle', 'ellipse', 'key')),
  study text NOT NULL,
  series text NOT NULL,
  instance text NOT NULL,
  frame int NOT NULL,
  points jsonb NOT NULL,
  figures jsonb NOT NULL,
  unit text NOT NULL,
  author text NOT NULL,
  changed timestamptz NOT NULL,
  PRIMARY KEY (reading, id)
);

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['reading.reading', 'reading.mark'] LOOP
    EXECUTE 'ALTER TABLE ' || t || ' ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY';
    EXECUTE 'CREATE POLICY owner ON ' || t || ' TO yuanzhen_owner USING (true) WITH CHECK (true)';
  END LOOP;
END $$;

CREATE POLICY seen ON reading.reading FOR SELECT TO yuanzhen_app USING (audience && (SELECT security.keys('read')));
CREATE POLICY begun ON reading.reading FOR INSERT TO yuanzhen_app
  WITH CHECK (audience && (SELECT security.keys('write')));
CREATE POLICY changed ON reading.reading FOR UPDATE TO yuanzhen_app
  USING (audience && (SELECT security.keys('write'))) WITH CHECK (audience && (SELECT security.keys('write')));
CREATE POLICY seen ON reading.mark FOR SELECT TO yuanzhen_app
  USING (EXISTS (SELECT FROM reading.reading r WHERE r.id = reading
                  AND (r.state = 'signed' OR (r.state = 'open' AND (SELECT (security.who()).id) = ANY (r.writers)))));
CREATE POLICY set ON reading.mark FOR INSERT TO yuanzhen_app
  WITH CHECK (author = (SELECT (security.who()).id)
              AND EXISTS (SELECT FROM reading.reading r WHERE r.id = reading AND r.state = 'open' AND author = ANY (r.writers)));
CREATE POLICY moved ON reading.mark FOR UPDATE TO yuanzhen_app
  USING (EXISTS (SELECT FROM reading.reading r WHERE r.id = reading AND r.state = 'open'
                  AND (SELECT (security.who()).id) = ANY (r.writers)))
  WITH CHECK (author = (SELECT (security.who()).id));
CREATE POLICY removed ON reading.mark FOR DELETE TO yuanzhen_app
  USING (EXISTS (SELECT FROM reading.reading r WHERE r.id = reading AND r.state = 'open'
                  AND (SELECT (security.who()).id) = ANY (r.writers)));

GRANT SELECT, INSERT, UPDATE ON reading.reading, reading.mark TO yuanzhen_app;
GRANT DELETE ON reading.mark TO yuanzhen_app;
