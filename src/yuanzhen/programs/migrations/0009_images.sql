-- Images: what of an object is asked for often, how a study is found, and what was kept apart.

ALTER TABLE records.instance
  ADD COLUMN sop_class text NOT NULL DEFAULT '',
  ADD COLUMN transfer_syntax text NOT NULL DEFAULT '',
  ADD COLUMN frames int NOT NULL DEFAULT 0,
  ADD COLUMN pixels jsonb,                             -- where in the file the pixels lie; NULL: not known
  ADD COLUMN listed text NOT NULL DEFAULT '';          -- what QIDO-RS tells of it, as JSON

ALTER TABLE records.study
  ADD COLUMN header jsonb NOT NULL DEFAULT '{}',       -- what QIDO-RS tells of it, but what is counted
  ADD COLUMN names text[] NOT NULL DEFAULT '{}',       -- the patient's, each group of it folded as searches compare
  ADD COLUMN number text NOT NULL DEFAULT '',          -- the patient's, as the images name it
  ADD COLUMN date text NOT NULL DEFAULT '',
  ADD COLUMN accession text NOT NULL DEFAULT '',
  ADD COLUMN modalities text[] NOT NULL DEFAULT '{}';

UPDATE records.study s SET
  header = (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(f.header) AS e WHERE e.key = ANY (ARRAY[
    '00080005', '00080020', '00080030', '00080050', '00080090', '00080201', '00081030', '00100010', '00100020',
    '00100021', '00100030', '00100040', '0020000D', '00200010'])),
  names = ARRAY(SELECT lower(normalize(rtrim(g.value, '^'), NFKC))
                  FROM jsonb_each_text(coalesce(f.header #> '{00100010,Value,0}', '{}')) AS g WHERE g.value <> ''),
  number = coalesce(f.header #>> '{00100020,Value,0}', ''),
  date = coalesce(f.header #>> '{00080020,Value,0}', ''),
  accession = coalesce(f.header #>> '{00080050,Value,0}', ''),
  modalities = f.modalities
FROM (SELECT study, (array_agg(header ORDER BY series, number, sop))[1] AS header,
             array_remove(array_agg(DISTINCT header #>> '{00080060,Value,0}'), NULL) AS modalities
        FROM records.instance GROUP BY study) AS f
WHERE f.study = s.uid;

CREATE INDEX study_number ON records.study (number, date);
CREATE INDEX study_date ON records.study (date);
CREATE INDEX study_accession ON records.study (accession) WHERE accession <> '';

GRANT UPDATE (modalities) ON records.study TO yuanzhen_app;

-- What was stored and acknowledged but is not served: whose patient is unsure, or the same UID with other content.
CREATE TABLE records.apart (
  id text PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  sender text NOT NULL,
  institution text NOT NULL,
  reason text NOT NULL,
  place text NOT NULL,
  study text NOT NULL,
  series text NOT NULL,
  sop text NOT NULL,
  header jsonb NOT NULL,
  blob text NOT NULL,
  digest text NOT NULL,
  bytes bigint NOT NULL,
  UNIQUE (institution, sop, digest)
);
ALTER TABLE records.apart ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON records.apart TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY told ON records.apart TO yuanzhen_app
  USING (ARRAY['peers', 'house:' || institution] && (SELECT security.keys('read')))
  WITH CHECK ('house:' || institution = ANY ((SELECT security.keys('write'))::text[]));
GRANT SELECT, INSERT, DELETE ON records.apart TO yuanzhen_app;

-- An object of a study that is arriving, and whose patient is known to be the one expected: context, row and trail in one
-- round trip. The share lock makes whoever describes the study wait until the row is there. Answers 'kept', 'rested' when
-- the study is not so, or opens to others by now (the longer way decides then), or the digest of what has the UID already.
CREATE FUNCTION records.keep_instance(context text, of_patient text, of_study text, of_series text, of_sop text,
  for_audience text[], of_number int, of_header jsonb, at_blob text, of_digest text, of_bytes bigint, of_class text,
  of_syntax text, of_frames int, of_pixels jsonb, as_listed text, of_modality text, trail jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  known text;
BEGIN
  PERFORM set_config('yuanzhen.context', context, true);
  PERFORM FROM records.study s
    WHERE s.uid = of_study AND s.patient = of_patient AND s.audience = for_audience AND s.pending
      AND of_modality = ANY (s.modalities) FOR SHARE;
  IF NOT FOUND THEN RETURN 'rested'; END IF;
  INSERT INTO records.instance (study, series, sop, audience, number, header, blob, digest, bytes, sop_class,
                                transfer_syntax, frames, pixels, listed)
  VALUES (of_study, of_series, of_sop, for_audience, of_number, of_header, at_blob, of_digest, of_bytes, of_class,
          of_syntax, of_frames, of_pixels, as_listed)
  ON CONFLICT (sop) DO NOTHING;
  IF NOT FOUND THEN
    SELECT i.digest INTO known FROM records.instance i WHERE i.sop = of_sop;
    RETURN coalesce(known, 'elsewhere');
  END IF;
  PERFORM infrastructure.settle(trail, NULL, NULL);
  RETURN 'kept';
END $$;
