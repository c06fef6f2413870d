-- A critical finding that nobody has read back in time is the dispatchers' too: who is to be called by whom, no word of it.
CREATE TABLE consultation.critical_alarm (
  consultation text PRIMARY KEY REFERENCES consultation.critical,
  institution text NOT NULL,         -- which asks
  department text NOT NULL,
  asker text NOT NULL,
  signer text NOT NULL,
  call_back text NOT NULL,
  raised_at timestamptz NOT NULL,    -- the finding
  at timestamptz NOT NULL,           -- the alarm
  taken_by text NOT NULL DEFAULT '',
  taken_at timestamptz,
  ended_at timestamptz               -- it was read back
);
CREATE INDEX critical_alarm_going ON consultation.critical_alarm (raised_at) WHERE ended_at IS NULL;
ALTER TABLE consultation.critical_alarm ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON consultation.critical_alarm TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY seen ON consultation.critical_alarm FOR SELECT TO yuanzhen_app
  USING ('rings' = ANY ((SELECT security.keys('read'))::text[])
         OR EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
CREATE POLICY raised ON consultation.critical_alarm FOR INSERT TO yuanzhen_app
  WITH CHECK ('worker' = ANY ((SELECT security.keys('write'))::text[]));
CREATE POLICY changed ON consultation.critical_alarm FOR UPDATE TO yuanzhen_app
  USING ('rings' = ANY ((SELECT security.keys('write'))::text[])
         OR EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation))
  WITH CHECK (taken_by IN ('', (SELECT (security.who()).id)) OR ended_at IS NOT NULL);
GRANT SELECT, INSERT, UPDATE (taken_by, taken_at, ended_at) ON consultation.critical_alarm TO yuanzhen_app;
