-- Objects of the store that no row names, found by their keys.

CREATE INDEX instance_blob ON records.instance USING hash (blob);
CREATE INDEX apart_blob ON records.apart USING hash (blob);
CREATE INDEX upload_blob ON records.upload USING hash (blob);

-- Those of these keys that no row names, for whoever sweeps the store: with the owner's rights, for a row that the sweeper
-- may not see names its object too. Each column that is called `blob` stands here.
CREATE FUNCTION records.unnamed(blobs text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT b FROM unnest(blobs) AS b
   WHERE 'worker' = ANY (security.keys('write'))
     AND NOT EXISTS (SELECT FROM records.instance i WHERE i.blob = b)
     AND NOT EXISTS (SELECT FROM records.apart a WHERE a.blob = b AND a.state <> 'discarded')
     AND NOT EXISTS (SELECT FROM records.upload u WHERE u.blob = b)
$$;
