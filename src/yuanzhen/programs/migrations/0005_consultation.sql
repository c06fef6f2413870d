-- Teleconsultation: the process. What others read of it (Consent, DiagnosticReport) is published to the record.

CREATE SCHEMA consultation;
GRANT USAGE ON SCHEMA consultation TO yuanzhen_app;

CREATE TABLE consultation.case (
  id text PRIMARY KEY,
  state text NOT NULL,
  mode text NOT NULL,
  urgency text NOT NULL,
  question text NOT NULL,
  patient text NOT NULL,
  shown jsonb NOT NULL,              -- the masked identity, for the department before the patient is entrusted
  asker text NOT NULL,
  institution text NOT NULL,
  department text NOT NULL,
  expert text NOT NULL DEFAULT '',
  consent_version text NOT NULL,
  consent_by text NOT NULL,
  consent_how text NOT NULL,
  consent_reason text NOT NULL DEFAULT '',
  report text NOT NULL,              -- the DiagnosticReport's id, one for all versions of the opinion
  call_back text NOT NULL DEFAULT '',
  created timestamptz NOT NULL,
  changed timestamptz NOT NULL,
  audience text[] NOT NULL,
  idempotency text,                  -- the asker's Idempotency-Key
  UNIQUE (asker, idempotency)
);
-- The department's queue: urgent first, oldest first within that.
CREATE INDEX case_queue ON consultation.case (department, urgency, created) WHERE state IN ('ringing', 'queued');
CREATE INDEX case_expert ON consultation.case (expert, changed) WHERE expert <> '';
CREATE INDEX case_institution ON consultation.case (institution, changed);
CREATE INDEX case_patient ON consultation.case (patient);

CREATE TABLE consultation.step (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consultation text NOT NULL REFERENCES consultation.case,
  at timestamptz NOT NULL,
  who text NOT NULL,
  what text NOT NULL,
  reason text NOT NULL DEFAULT ''
);
CREATE INDEX step_case ON consultation.step (consultation, id);

-- A draft opens to its writer alone; until it is signed nothing of it can be read at the primary site.
CREATE TABLE consultation.draft (
  consultation text PRIMARY KEY REFERENCES consultation.case,
  writer text NOT NULL,
  findings text NOT NULL,
  conclusion text NOT NULL,
  advice text NOT NULL,
  changed timestamptz NOT NULL
);

CREATE TABLE consultation.opinion (
  consultation text NOT NULL REFERENCES consultation.case,
  version int NOT NULL,
  findings text NOT NULL,
  conclusion text NOT NULL,
  advice text NOT NULL,
  signer text NOT NULL,
  signed_at timestamptz NOT NULL,
  key text NOT NULL,
  signature text NOT NULL,
  PRIMARY KEY (consultation, version)
);

DO $$
DECLARE
  t text;
BEGIN
  FOR t IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'consultation' AND c.relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE consultation.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON consultation.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;

CREATE POLICY seen ON consultation.case FOR SELECT TO yuanzhen_app USING (audience && (SELECT security.keys('read')));
CREATE POLICY asked ON consultation.case FOR INSERT TO yuanzhen_app
  WITH CHECK (asker = (SELECT (security.who()).id) AND audience && (SELECT security.keys('write')));
CREATE POLICY changed ON consultation.case FOR UPDATE TO yuanzhen_app
  USING (audience && (SELECT security.keys('write'))) WITH CHECK (audience && (SELECT security.keys('write')));
CREATE POLICY seen ON consultation.step FOR SELECT TO yuanzhen_app
  USING (EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
CREATE POLICY taken ON consultation.step FOR INSERT TO yuanzhen_app
  WITH CHECK (who = (SELECT (security.who()).id) AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
CREATE POLICY written ON consultation.draft TO yuanzhen_app
  USING (writer = ANY ((SELECT security.keys('write'))::text[])) WITH CHECK (writer = ANY ((SELECT security.keys('write'))::text[]));
CREATE POLICY seen ON consultation.opinion FOR SELECT TO yuanzhen_app
  USING (EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
CREATE POLICY signed ON consultation.opinion FOR INSERT TO yuanzhen_app
  WITH CHECK (signer = (SELECT (security.who()).id)
              AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation AND c.expert = signer));

GRANT SELECT, INSERT, UPDATE ON consultation.case, consultation.draft TO yuanzhen_app;
GRANT DELETE ON consultation.draft TO yuanzhen_app;
GRANT SELECT, INSERT ON consultation.step, consultation.opinion TO yuanzhen_app;
