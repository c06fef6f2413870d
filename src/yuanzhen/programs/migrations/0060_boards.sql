-- What the people of a case draw and write together, as its pages tell it (Yjs updates): nothing of it is ever changed.

CREATE TABLE consultation.board_update (
  nth bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consultation text NOT NULL REFERENCES consultation.case,
  kind text NOT NULL CHECK (kind IN ('board', 'minutes')),
  who text NOT NULL,
  at timestamptz NOT NULL,
  content bytea NOT NULL
);
CREATE INDEX board_update_case ON consultation.board_update (consultation, kind, nth);

ALTER TABLE consultation.board_update ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON consultation.board_update TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY seen ON consultation.board_update FOR SELECT TO yuanzhen_app
  USING (EXISTS (SELECT FROM consultation.case c, security.who() AS a
                  WHERE c.id = consultation AND (a.id = c.asker OR a.role = 'clinician' OR consultation.is_expert(c.id))));
CREATE POLICY written ON consultation.board_update FOR INSERT TO yuanzhen_app
  WITH CHECK (who = (SELECT (security.who()).id) AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
GRANT SELECT, INSERT ON consultation.board_update TO yuanzhen_app;
