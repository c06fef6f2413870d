-- Pictures looked at together: who may lead the others through them, who does, and what was shown.

ALTER TABLE reading.reading ADD COLUMN leaders text[] NOT NULL DEFAULT '{}';  -- the writers, and who asked
UPDATE reading.reading r SET leaders = array_append(writers, (SELECT asker FROM consultation.case c WHERE 'consultation/' || c.id = r.source));

CREATE TABLE reading.lead (
  reading text PRIMARY KEY REFERENCES reading.reading,
  person text NOT NULL,
  page text NOT NULL,                    -- of their pages the one that leads; '' until one takes up what was handed over
  since timestamptz NOT NULL,
  seen timestamptz NOT NULL,             -- when that page was last heard of; the epoch: laid down
  view jsonb                             -- what it looked at last
);
CREATE TABLE reading.led (
  nth bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reading text NOT NULL REFERENCES reading.reading,
  at timestamptz NOT NULL,
  person text NOT NULL,
  study text NOT NULL,
  series text NOT NULL
);
CREATE INDEX led_reading ON reading.led (reading, nth);

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['reading.lead', 'reading.led'] LOOP
    EXECUTE 'ALTER TABLE ' || t || ' ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY';
    EXECUTE 'CREATE POLICY owner ON ' || t || ' TO yuanzhen_owner USING (true) WITH CHECK (true)';
    EXECUTE 'CREATE POLICY seen ON ' || t || ' FOR SELECT TO yuanzhen_app USING (EXISTS (SELECT FROM reading.reading r WHERE r.id = reading))';
    EXECUTE 'CREATE POLICY made ON ' || t || ' FOR INSERT TO yuanzhen_app WITH CHECK (EXISTS (SELECT FROM reading.reading r '
      'WHERE r.id = reading AND r.state = ''open'' AND (SELECT (security.who()).id) = ANY (r.leaders)))';
  END LOOP;
END $$;
CREATE POLICY changed ON reading.lead FOR UPDATE TO yuanzhen_app
  USING (EXISTS (SELECT FROM reading.reading r WHERE r.id = reading AND r.state = 'open'
                  AND (SELECT (security.who()).id) = ANY (r.leaders)));

GRANT SELECT, INSERT ON reading.lead, reading.led TO yuanzhen_app;
GRANT UPDATE (person, page, since, seen, view) ON reading.lead TO yuanzhen_app;
