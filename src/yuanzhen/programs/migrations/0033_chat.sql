-- What both sides of a case write to each other. Kept for good; a department that only sees that it waits, and the
-- patient, are no side.

CREATE TABLE consultation.message (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consultation text NOT NULL REFERENCES consultation.case,
  at timestamptz NOT NULL,
  who text NOT NULL,
  text text NOT NULL
);
CREATE INDEX message_case ON consultation.message (consultation, id);

ALTER TABLE consultation.message ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON consultation.message TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY seen ON consultation.message FOR SELECT TO yuanzhen_app
  USING (EXISTS (SELECT FROM consultation.case c, security.who() AS a
                  WHERE c.id = consultation AND (a.id = c.asker OR a.role = 'clinician' OR consultation.is_expert(c.id))));
CREATE POLICY written ON consultation.message FOR INSERT TO yuanzhen_app
  WITH CHECK (who = (SELECT (security.who()).id) AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
GRANT SELECT, INSERT ON consultation.message TO yuanzhen_app;
