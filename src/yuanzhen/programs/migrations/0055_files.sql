-- Files of any size that the people of a case give each other: they come in pieces, are looked at for viruses, and open
-- to others when nothing was found, or when somebody has said yes to what could not be looked at.

CREATE TABLE records.piece (
  file text NOT NULL,
  at bigint NOT NULL,                    -- its first byte in the file
  bytes bigint NOT NULL CHECK (bytes > 0),
  blob text NOT NULL,
  who text NOT NULL,                     -- sent it
  PRIMARY KEY (file, at)
);
CREATE INDEX piece_blob ON records.piece USING hash (blob);
ALTER TABLE records.upload ALTER COLUMN blob DROP NOT NULL;  -- without one it lies in pieces

CREATE TABLE consultation.file (
  id text PRIMARY KEY,
  consultation text NOT NULL REFERENCES consultation.case,
  who text NOT NULL,
  at timestamptz NOT NULL,               -- of its last piece
  name text NOT NULL,
  bytes bigint NOT NULL CHECK (bytes > 0),
  mark text NOT NULL,                    -- by which its sender's page knows it again
  got bigint NOT NULL,                   -- bytes of it that are here
  state text NOT NULL CHECK (state IN ('coming', 'whole', 'clean', 'unscanned', 'infected', 'opened')),
  type text NOT NULL,                    -- what it was found to be once it was whole
  found text NOT NULL,                   -- what was found in it, or why it was not looked at
  engine text NOT NULL,                  -- which looked
  opened_by text NOT NULL,               -- said yes to what was not looked at
  opened_at timestamptz
);
CREATE INDEX file_case ON consultation.file (consultation, at);

ALTER TABLE records.piece ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON records.piece TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY seen ON records.piece FOR SELECT TO yuanzhen_app
  USING (who = (SELECT (security.who()).id) OR 'worker' = ANY ((SELECT security.keys('write'))::text[])
         OR EXISTS (SELECT FROM records.upload u WHERE u.id = piece.file));
CREATE POLICY sent ON records.piece FOR INSERT TO yuanzhen_app WITH CHECK (who = (SELECT (security.who()).id));
CREATE POLICY dropped ON records.piece FOR DELETE TO yuanzhen_app
  USING ((who = (SELECT (security.who()).id) OR 'worker' = ANY ((SELECT security.keys('write'))::text[]))
         AND NOT EXISTS (SELECT FROM records.upload u WHERE u.id = piece.file));
GRANT SELECT, INSERT, DELETE ON records.piece TO yuanzhen_app;

ALTER TABLE consultation.file ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON consultation.file TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY seen ON consultation.file FOR SELECT TO yuanzhen_app
  USING (EXISTS (SELECT FROM consultation.case c, security.who() AS a
                  WHERE c.id = consultation AND (a.id = c.asker OR a.role = 'clinician' OR a.role = 'relay'
                                                 OR consultation.is_expert(c.id))));
CREATE POLICY sent ON consultation.file FOR INSERT TO yuanzhen_app
  WITH CHECK (who = (SELECT (security.who()).id) AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
CREATE POLICY changed ON consultation.file FOR UPDATE TO yuanzhen_app
  USING (EXISTS (SELECT FROM consultation.case c, security.who() AS a
                  WHERE c.id = consultation AND (a.id = c.asker OR a.role = 'clinician' OR a.role = 'relay'
                                                 OR consultation.is_expert(c.id))));
CREATE POLICY dropped ON consultation.file FOR DELETE TO yuanzhen_app
  USING ((who = (SELECT (security.who()).id) OR 'worker' = ANY ((SELECT security.keys('write'))::text[]))
         AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
GRANT SELECT, INSERT, DELETE ON consultation.file TO yuanzhen_app;
GRANT UPDATE (at, got, state, type, found, engine, opened_by, opened_at) ON consultation.file TO yuanzhen_app;

-- As in 0044, with the pieces.
CREATE OR REPLACE FUNCTION records.unnamed(blobs text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT b FROM unnest(blobs) AS b
   WHERE 'worker' = ANY (security.keys('write'))
     AND NOT EXISTS (SELECT FROM records.instance i WHERE i.blob = b)
     AND NOT EXISTS (SELECT FROM records.apart a WHERE a.blob = b AND a.state <> 'discarded')
     AND NOT EXISTS (SELECT FROM records.upload u WHERE u.blob = b)
     AND NOT EXISTS (SELECT FROM records.piece p WHERE p.blob = b)
$$;
