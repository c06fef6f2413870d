-- What people in a live room write to all who are in it: who sits beside the two sides of a case, and the patient, too.

CREATE TABLE room.word (
  nth bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room text NOT NULL REFERENCES room.room,
  meeting text NOT NULL,
  at timestamptz NOT NULL,
  who text NOT NULL,
  text text NOT NULL,
  idempotency text,                      -- of who wrote it
  UNIQUE (room, meeting, who, idempotency)
);
CREATE INDEX word_meeting ON room.word (room, meeting, nth);

ALTER TABLE room.word ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON room.word TO yuanzhen_owner USING (true) WITH CHECK (true);
-- Of the meeting that goes on, for whoever is in it; the worker puts it beside a recording.
CREATE POLICY seen ON room.word FOR SELECT TO yuanzhen_app
  USING ('worker' = ANY ((SELECT security.keys('read'))::text[])
         OR EXISTS (SELECT FROM room.room r JOIN room.member m ON m.room = r.id
                     WHERE r.id = word.room AND r.meeting = word.meeting
                       AND m.person = (SELECT (security.who()).id) AND m.standing IN ('in', 'lost')));
CREATE POLICY said ON room.word FOR INSERT TO yuanzhen_app
  WITH CHECK (who = (SELECT (security.who()).id)
              AND EXISTS (SELECT FROM room.room r JOIN room.member m ON m.room = r.id
                           WHERE r.id = word.room AND r.meeting = word.meeting AND m.person = who AND m.standing = 'in'));

GRANT SELECT, INSERT ON room.word TO yuanzhen_app;
