-- What is looked at afterwards by somebody else: a record opened without a relation, an emergency without consent, a
-- critical finding that nobody confirmed.
CREATE TABLE security.review (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('break-glass', 'no-consent', 'critical-call')),
  patient text NOT NULL,
  person text NOT NULL,              -- whose act it is
  institution text NOT NULL,         -- theirs
  source text NOT NULL,              -- what it was done for: 'break-glass/ID', 'consultation/ID'
  reason text NOT NULL,
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL,
  until timestamptz,                 -- how long the record stays open
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'decided')),
  verdict text NOT NULL DEFAULT '' CHECK (verdict IN ('', 'justified', 'not-justified')),
  words text NOT NULL DEFAULT '',
  decided_by text NOT NULL DEFAULT '',
  decided_at timestamptz,
  CHECK ((state = 'decided') = (verdict <> '' AND decided_by NOT IN ('', person) AND decided_at IS NOT NULL))
);
CREATE INDEX review_open ON security.review (id) WHERE state = 'open';
CREATE INDEX review_patient ON security.review (patient, id);
CREATE INDEX review_person ON security.review (person, id);

ALTER TABLE security.review ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON security.review TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY seen ON security.review FOR SELECT TO yuanzhen_app
  USING (ARRAY['reviews', person, '@' || patient] && (SELECT security.keys('read')));
CREATE POLICY asked ON security.review FOR INSERT TO yuanzhen_app
  WITH CHECK (asked_by = (SELECT (security.who()).id) AND state = 'open');
-- Nobody judges their own act, whatever the program says.
CREATE POLICY decided ON security.review FOR UPDATE TO yuanzhen_app
  USING (state = 'open' AND 'reviews' = ANY ((SELECT security.keys('write'))::text[]))
  WITH CHECK (state = 'decided' AND decided_by = (SELECT (security.who()).id));
GRANT SELECT, INSERT, UPDATE (state, verdict, words, decided_by, decided_at) ON security.review TO yuanzhen_app;

INSERT INTO security.grants (role, mode, key) VALUES
  ('quality', 'read', 'reviews'), ('quality', 'write', 'reviews'), ('officer', 'read', 'reviews');
