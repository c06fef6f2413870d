-- Requests that are not sent yet: one a clinician and patient, for its writer alone.

CREATE TABLE consultation.request (
  asker text NOT NULL,
  patient text NOT NULL,
  body jsonb NOT NULL,
  changed timestamptz NOT NULL,
  PRIMARY KEY (asker, patient)
);
ALTER TABLE consultation.request ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON consultation.request TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY own ON consultation.request TO yuanzhen_app
  USING (asker = (SELECT (security.who()).id)) WITH CHECK (asker = (SELECT (security.who()).id));
GRANT SELECT, INSERT, UPDATE, DELETE ON consultation.request TO yuanzhen_app;
CREATE INDEX case_asker ON consultation.case (asker, id) WHERE call_back <> '';
