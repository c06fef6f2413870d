-- The keys with which those in a room seal their faces and voices: one for each sender and epoch.

-- An epoch begins whenever who is in the room changes, and ends when the next one begins. The row stays when its keys are gone.
CREATE TABLE security.media_epoch (
  room text NOT NULL,
  epoch int NOT NULL CHECK (epoch BETWEEN 1 AND 16777215),  -- what a frame's nonce has room for
  reason text NOT NULL,
  since timestamptz NOT NULL,
  keep interval NOT NULL,            -- how long its keys are kept once it has ended: for a recording
  kept_until timestamptz,            -- NULL while it goes on
  PRIMARY KEY (room, epoch)
);
CREATE UNIQUE INDEX media_epoch_on ON security.media_epoch (room) WHERE kept_until IS NULL;
CREATE INDEX media_epoch_due ON security.media_epoch (kept_until);

-- Sealed under the home's root. As with signing keys, no actor reads the table: a verb of ours opens it, signed.
CREATE TABLE security.media_key (
  room text NOT NULL,
  epoch int NOT NULL,
  sender text NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (room, epoch, sender),
  FOREIGN KEY (room, epoch) REFERENCES security.media_epoch
);

-- Ends the epoch that goes on and begins the next, with a key for each who is in it; false when a later one has begun.
CREATE FUNCTION security.begin_media_epoch(of_room text, number int, senders text[], sealed_keys bytea[], why text,
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
  UPDATE security.media_epoch e SET kept_until = at + e.keep WHERE e.room = of_room AND e.kept_until IS NULL;
  INSERT INTO security.media_epoch (room, epoch, reason, since, keep) VALUES (of_room, number, why, at, keep_for);
  INSERT INTO security.media_key (room, epoch, sender, sealed)
  SELECT of_room, number, u.sender, u.sealed FROM unnest(senders, sealed_keys) AS u (sender, sealed);
  RETURN true;
END $$;

-- The keys of the epoch that goes on, to whoever is in it; no row to anybody else.
CREATE FUNCTION security.open_media_keys(of_room text, mac text)
RETURNS TABLE (in_epoch int, of_sender text, sealed_key bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT security.signed('media-keys', of_room, mac) THEN
    RAISE insufficient_privilege USING MESSAGE = 'opening of keys not signed';
  END IF;
  RETURN QUERY
  SELECT k.epoch, k.sender, k.sealed
    FROM security.media_epoch e
    JOIN security.media_key mine ON mine.room = e.room AND mine.epoch = e.epoch AND mine.sender = (security.who()).id
    JOIN security.media_key k ON k.room = e.room AND k.epoch = e.epoch
   WHERE e.room = of_room AND e.kept_until IS NULL
   ORDER BY k.sender;
END $$;

-- Every key of a room that is still kept, to what opens its recordings.
CREATE FUNCTION security.open_recorded_keys(of_room text, mac text)
RETURNS TABLE (in_epoch int, of_sender text, sealed_key bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT security.signed('recorded-keys', of_room, mac) THEN
    RAISE insufficient_privilege USING MESSAGE = 'opening of keys not signed';
  END IF;
  RETURN QUERY
  SELECT k.epoch, k.sender, k.sealed FROM security.media_key k
   WHERE k.room = of_room AND 'worker' = ANY (security.keys('write'))
   ORDER BY k.epoch, k.sender;
END $$;

-- Destroys the keys that are kept no longer; answers how many. How long a copy lives on in backups is theirs to say.
CREATE FUNCTION security.destroy_media_keys(at timestamptz, mac text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  gone int;
BEGIN
  IF NOT security.signed('destroy-media-keys', '', mac) OR 'worker' <> ALL (security.keys('write')) THEN
    RAISE insufficient_privilege USING MESSAGE = 'destruction of keys not signed';
  END IF;
  DELETE FROM security.media_key k USING security.media_epoch e
   WHERE e.room = k.room AND e.epoch = k.epoch AND e.kept_until <= at;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['media_epoch', 'media_key'] LOOP
    EXECUTE format('ALTER TABLE security.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON security.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
