-- What is looked at together while its room is recorded, for the recording's time line; at other times nothing of it is kept.

ALTER TABLE reading.reading ADD COLUMN recorded boolean NOT NULL DEFAULT false;

CREATE TABLE reading.looked (
  nth bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reading text NOT NULL REFERENCES reading.reading,
  at timestamptz NOT NULL,
  person text NOT NULL,
  view jsonb                              -- NULL: nobody leads any more
);
CREATE INDEX looked_reading ON reading.looked (reading, at);

ALTER TABLE reading.looked ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON reading.looked TO yuanzhen_owner USING (true) WITH CHECK (true);
-- Who leads writes, and our worker writes where they were when the recording began; it alone reads and removes.
CREATE POLICY made ON reading.looked FOR INSERT TO yuanzhen_app
  WITH CHECK ('worker' = ANY ((SELECT security.keys('write'))::text[])
              OR EXISTS (SELECT FROM reading.reading r WHERE r.id = reading AND r.recorded
                          AND (SELECT (security.who()).id) = ANY (r.leaders)));
CREATE POLICY seen ON reading.looked FOR SELECT TO yuanzhen_app
  USING ('worker' = ANY ((SELECT security.keys('read'))::text[]));
CREATE POLICY gone ON reading.looked FOR DELETE TO yuanzhen_app
  USING ('worker' = ANY ((SELECT security.keys('write'))::text[]));

GRANT SELECT, INSERT, DELETE ON reading.looked TO yuanzhen_app;

UPDATE room.recording_track SET label = 'events' WHERE nth = 0;
