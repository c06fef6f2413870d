-- A whiteboard is kept to the case when its room ends, whoever of those who drew is still there: our own worker reads it.

CREATE POLICY kept ON consultation.board_update FOR SELECT TO yuanzhen_app
  USING ((SELECT (security.who()).role) = 'relay'
         AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
