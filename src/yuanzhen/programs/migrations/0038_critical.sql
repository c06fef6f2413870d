-- A critical finding wants a confirmed call: whoever reads it has read it back. Open until then.
CREATE TABLE consultation.critical (
  consultation text PRIMARY KEY REFERENCES consultation.case,
  version int NOT NULL,
  what text NOT NULL,
  raised_by text NOT NULL,
  raised_at timestamptz NOT NULL,
  FOREIGN KEY (consultation, version) REFERENCES consultation.opinion
);
CREATE TABLE consultation.critical_call (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consultation text NOT NULL REFERENCES consultation.critical,
  at timestamptz NOT NULL,
  by text NOT NULL,
  called text NOT NULL,              -- who was called, as the caller names them
  read_back boolean NOT NULL,
  words text NOT NULL
);
CREATE INDEX critical_call_case ON consultation.critical_call (consultation, id);

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['critical', 'critical_call'] LOOP
    EXECUTE format('ALTER TABLE consultation.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON consultation.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY seen ON consultation.%I FOR SELECT TO yuanzhen_app '
      'USING (EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation))', t);
    EXECUTE format('GRANT SELECT, INSERT ON consultation.%I TO yuanzhen_app', t);
  END LOOP;
END $$;
CREATE POLICY raised ON consultation.critical FOR INSERT TO yuanzhen_app
  WITH CHECK (raised_by = (SELECT (security.who()).id)
              AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation AND c.expert = raised_by));
CREATE POLICY called ON consultation.critical_call FOR INSERT TO yuanzhen_app
  WITH CHECK (by = (SELECT (security.who()).id) AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
