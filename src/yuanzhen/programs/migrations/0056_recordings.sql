-- What is recorded of a live room: with whose consent, what became of it, and the films that it was opened to.

CREATE TABLE room.recording (
  id text PRIMARY KEY,                    -- that of its FHIR Consent too
  room text NOT NULL REFERENCES room.room,
  meeting text NOT NULL,
  patient text NOT NULL,
  state text NOT NULL CHECK (state IN ('begins', 'on', 'ends', 'recorded', 'opened', 'destroyed')),
  agreed jsonb NOT NULL,                  -- who consented, and how
  by text NOT NULL,                       -- who began it
  begun timestamptz NOT NULL,
  keep interval NOT NULL,                 -- how long after its end it is destroyed
  ended timestamptz,
  ended_by text NOT NULL DEFAULT '',      -- '' for ourselves
  reason text NOT NULL DEFAULT '',        -- why it ended
  withdrawn timestamptz,
  withdrawn_by text NOT NULL DEFAULT '',
  problem text NOT NULL DEFAULT '',       -- why it could not be opened, when it was tried last
  tried timestamptz
);
CREATE UNIQUE INDEX recording_on ON room.recording (room) WHERE state IN ('begins', 'on', 'ends');
CREATE INDEX recording_room ON room.recording (room, begun);
CREATE INDEX recording_waits ON room.recording (ended) WHERE state = 'recorded';
CREATE INDEX recording_due ON room.recording (ended) WHERE state IN ('recorded', 'opened');

-- Number 0 is the time line of what happened meanwhile; each other one a film of one connection of one person.
CREATE TABLE room.recording_track (
  recording text NOT NULL REFERENCES room.recording,
  nth int NOT NULL,
  person text NOT NULL,
  label text NOT NULL,                    -- '' for camera and microphone
  type text NOT NULL,
  blob text NOT NULL,
  bytes bigint NOT NULL,
  at_ms bigint NOT NULL,                  -- after the recording was begun
  lasts_ms bigint NOT NULL,
  counts jsonb NOT NULL,                  -- frames in it, and what lacks
  PRIMARY KEY (recording, nth)
);
CREATE INDEX recording_track_blob ON room.recording_track USING hash (blob);

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['room.recording', 'room.recording_track'] LOOP
    EXECUTE 'ALTER TABLE ' || t || ' ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY';
    EXECUTE 'CREATE POLICY owner ON ' || t || ' TO yuanzhen_owner USING (true) WITH CHECK (true)';
  END LOOP;
END $$;
CREATE POLICY seen ON room.recording FOR SELECT TO yuanzhen_app
  USING (EXISTS (SELECT FROM room.room r WHERE r.id = room));
CREATE POLICY made ON room.recording FOR INSERT TO yuanzhen_app
  WITH CHECK (EXISTS (SELECT FROM room.room r WHERE r.id = room AND room.enters(r.audience)));
CREATE POLICY changed ON room.recording FOR UPDATE TO yuanzhen_app
  USING (EXISTS (SELECT FROM room.room r WHERE r.id = room AND room.enters(r.audience)));
CREATE POLICY seen ON room.recording_track FOR SELECT TO yuanzhen_app
  USING (EXISTS (SELECT FROM room.recording r WHERE r.id = recording));
CREATE POLICY made ON room.recording_track FOR INSERT TO yuanzhen_app
  WITH CHECK ('worker' = ANY ((SELECT security.keys('write'))::text[]));
CREATE POLICY gone ON room.recording_track FOR DELETE TO yuanzhen_app
  USING ('worker' = ANY ((SELECT security.keys('write'))::text[]));

GRANT SELECT, INSERT ON room.recording, room.recording_track TO yuanzhen_app;
GRANT DELETE ON room.recording_track TO yuanzhen_app;
GRANT UPDATE (state, ended, ended_by, reason, withdrawn, withdrawn_by, problem, tried) ON room.recording TO yuanzhen_app;

CREATE OR REPLACE FUNCTION records.unnamed(blobs text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT b FROM unnest(blobs) AS b
   WHERE 'worker' = ANY (security.keys('write'))
     AND NOT EXISTS (SELECT FROM records.instance i WHERE i.blob = b)
     AND NOT EXISTS (SELECT FROM records.apart a WHERE a.blob = b AND a.state <> 'discarded')
     AND NOT EXISTS (SELECT FROM records.upload u WHERE u.blob = b)
     AND NOT EXISTS (SELECT FROM records.piece p WHERE p.blob = b)
     AND NOT EXISTS (SELECT FROM room.recording_track t WHERE t.blob = b)
$$;

-- The epoch in which a recording begins is kept as long as the next one: what is under way is sealed with its keys.
CREATE OR REPLACE FUNCTION security.begin_media_epoch(of_room text, number int, senders text[], sealed_keys bytea[], why text,
                                                      keep_for interval, at timestamptz, mac text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT security.signed('media-epoch', concat_ws('|', of_room, number, array_to_string(senders, ','),
       (SELECT encode(sha256(coalesce(string_agg(s, ''::bytea ORDER BY nth), ''::bytea)), 'hex')
          FROM unnest(sealed_keys) WITH ORDINALITY AS u (s, nth)), why), mac) THEN
    RAISE insufficient_privilege USING MESSAGE = 'epoch not signed';
  END IF;
  PERFORM FROM security.media_epoch e WHERE e.room = of_room AND e.kept_until IS NULL FOR UPDATE;
  IF EXISTS (SELECT FROM security.media_epoch e WHERE e.room = of_room AND e.epoch >= number) THEN RETURN false; END IF;
  UPDATE security.media_epoch e SET kept_until = at + greatest(e.keep, keep_for)
   WHERE e.room = of_room AND e.kept_until IS NULL;
  INSERT INTO security.media_epoch (room, epoch, reason, since, keep) VALUES (of_room, number, why, at, keep_for);
  INSERT INTO security.media_key (room, epoch, sender, sealed)
  SELECT of_room, number, u.sender, u.sealed FROM unnest(senders, sealed_keys) AS u (sender, sealed);
  RETURN true;
END $$;
