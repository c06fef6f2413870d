-- Referral: a patient goes to another house, and what became of them comes back.

CREATE SCHEMA referral;
GRANT USAGE ON SCHEMA referral TO yuanzhen_app;

CREATE TABLE referral.referral (
  id text PRIMARY KEY,
  state text NOT NULL,
  patient text NOT NULL,
  shown jsonb NOT NULL,                  -- the masked identity, for the receiving side before it takes the referral
  direction text NOT NULL CHECK (direction IN ('up', 'down', 'across')),
  kind text NOT NULL,
  urgency text NOT NULL,
  reason text NOT NULL,
  plan text NOT NULL,                    -- what is to be gone on with
  agreed text NOT NULL,
  why_unable text NOT NULL,
  documents text[] NOT NULL,             -- of the record: 'ImagingStudy/ID'
  source text NOT NULL,                  -- out of what: 'consultation/ID', or ''
  sender text NOT NULL,
  house text NOT NULL,                   -- the sender's
  institution text NOT NULL,             -- that receives it
  department text NOT NULL,              -- of it, or ''
  handler text NOT NULL DEFAULT '',
  outcome_kind text NOT NULL DEFAULT '',
  outcome text NOT NULL DEFAULT '',
  outcome_plan text NOT NULL DEFAULT '',
  outcome_documents text[] NOT NULL DEFAULT '{}',
  starts timestamptz,                    -- its hour, once it is booked
  created timestamptz NOT NULL,
  since timestamptz NOT NULL,            -- when it came to its state
  turn int NOT NULL DEFAULT 0,
  chased int NOT NULL DEFAULT 0,
  audience text[] NOT NULL,
  idempotency text,
  UNIQUE (sender, idempotency),
  CHECK (house <> institution),
  -- None comes back, or ends well, without what became of the patient.
  CONSTRAINT outcome_comes_back CHECK (state NOT IN ('returned', 'closed') OR (outcome <> '' AND outcome_kind <> ''))
);
CREATE INDEX referral_house ON referral.referral (house, id);
CREATE INDEX referral_institution ON referral.referral (institution, id);
CREATE INDEX referral_patient ON referral.referral (patient);

CREATE TABLE referral.step (
  nth bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  referral text NOT NULL REFERENCES referral.referral,
  at timestamptz NOT NULL,
  who text NOT NULL,
  what text NOT NULL,
  words text NOT NULL,
  documents text[] NOT NULL
);
CREATE INDEX step_referral ON referral.step (referral, nth);

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['referral.referral', 'referral.step'] LOOP
    EXECUTE 'ALTER TABLE ' || t || ' ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY';
    EXECUTE 'CREATE POLICY owner ON ' || t || ' TO yuanzhen_owner USING (true) WITH CHECK (true)';
  END LOOP;
END $$;
CREATE POLICY seen ON referral.referral FOR SELECT TO yuanzhen_app USING (audience && (SELECT security.keys('read')));
CREATE POLICY sent ON referral.referral FOR INSERT TO yuanzhen_app
  WITH CHECK (sender = (SELECT (security.who()).id) AND audience && (SELECT security.keys('write')));
CREATE POLICY changed ON referral.referral FOR UPDATE TO yuanzhen_app
  USING (audience && (SELECT security.keys('write'))) WITH CHECK (audience && (SELECT security.keys('write')));
CREATE POLICY seen ON referral.step FOR SELECT TO yuanzhen_app
  USING (EXISTS (SELECT FROM referral.referral r WHERE r.id = referral));
CREATE POLICY taken ON referral.step FOR INSERT TO yuanzhen_app
  WITH CHECK (who = (SELECT (security.who()).id) AND EXISTS (SELECT FROM referral.referral r WHERE r.id = referral));
GRANT SELECT, INSERT ON referral.referral, referral.step TO yuanzhen_app;
GRANT UPDATE (state, institution, department, direction, handler, outcome_kind, outcome, outcome_plan, outcome_documents, starts,
  since, turn, chased, audience, kind, urgency, reason, plan, agreed, why_unable, documents) ON referral.referral TO yuanzhen_app;

-- The referral desk of a house: its clinicians, for whoever tells members.
CREATE FUNCTION referral.desk(of_house text) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.id FROM security.person p
   WHERE 'members' = ANY ((SELECT security.keys('read'))::text[]) AND p.institution = of_house AND p.role = 'clinician'
     AND NOT p.disabled
$$;
