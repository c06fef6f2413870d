-- An object of a study that is arriving, with its owner's rights: the keys are reckoned once, not for each statement.
CREATE FUNCTION records.hold_instance(of_patient text, of_study text, of_series text, of_sop text, for_audience text[],
  of_number int, of_header jsonb, at_blob text, of_digest text, of_bytes bigint, of_class text, of_syntax text,
  of_frames int, of_pixels jsonb, as_listed text, of_modality text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held text[] := security.keys('write');
  known records.instance;
BEGIN
  IF NOT for_audience && held THEN RAISE insufficient_privilege USING MESSAGE = 'instance is not writable'; END IF;
  PERFORM FROM records.study s
    WHERE s.uid = of_study AND s.patient = of_patient AND s.pending AND of_modality = ANY (s.modalities)
      AND s.audience && held AND s.audience = for_audience FOR SHARE;
  IF NOT FOUND THEN RETURN 'rested'; END IF;
  INSERT INTO records.instance (study, series, sop, audience, number, header, blob, digest, bytes, sop_class,
                                transfer_syntax, frames, pixels, listed)
  VALUES (of_study, of_series, of_sop, for_audience, of_number, of_header, at_blob, of_digest, of_bytes, of_class,
          of_syntax, of_frames, of_pixels, as_listed)
  ON CONFLICT (sop) DO NOTHING;
  IF FOUND THEN RETURN 'kept'; END IF;
  SELECT * INTO known FROM records.instance i WHERE i.sop = of_sop;
  RETURN CASE WHEN known.audience && held THEN known.digest ELSE 'elsewhere' END;
END $$;

-- The same in one round trip with the context and the trail, which stays the caller's own to write.
CREATE OR REPLACE FUNCTION records.keep_instance(context text, of_patient text, of_study text, of_series text, of_sop text,
  for_audience text[], of_number int, of_header jsonb, at_blob text, of_digest text, of_bytes bigint, of_class text,
  of_syntax text, of_frames int, of_pixels jsonb, as_listed text, of_modality text, trail jsonb) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  answer text;
BEGIN
  PERFORM set_config('yuanzhen.context', context, true);
  answer := records.hold_instance(of_patient, of_study, of_series, of_sop, for_audience, of_number, of_header, at_blob,
                                  of_digest, of_bytes, of_class, of_syntax, of_frames, of_pixels, as_listed, of_modality);
  IF answer = 'kept' THEN PERFORM infrastructure.settle(trail, NULL, NULL); END IF;
  RETURN answer;
END $$;

-- What is kept apart names patients: its house sees it, and whoever keeps the enrolments does not.
DROP POLICY told ON records.apart;
CREATE POLICY told ON records.apart TO yuanzhen_app
  USING ('house:' || institution = ANY ((SELECT security.keys('read'))::text[]))
  WITH CHECK ('house:' || institution = ANY ((SELECT security.keys('write'))::text[]));
