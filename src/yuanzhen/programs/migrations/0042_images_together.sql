-- Objects of studies that are arriving, as many as came in this moment, with their owner's rights: the keys are reckoned
-- once for all of them. In the order of their UIDs, so that two senders of the same objects cannot wait for each other.
CREATE FUNCTION records.hold_instances(objects jsonb) RETURNS TABLE (nth bigint, answer text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held text[] := security.keys('write');
  o record;
  known records.instance;
BEGIN
  FOR o IN
    SELECT * FROM ROWS FROM (jsonb_to_recordset(objects) AS (patient text, modality text, study text, series text,
        sop text, audience text[], number int, header jsonb, blob text, digest text, bytes bigint, sop_class text,
        transfer_syntax text, frames int, pixels jsonb, listed text)) WITH ORDINALITY AS t ORDER BY t.sop, t.ordinality
  LOOP
    IF NOT o.audience && held THEN RAISE insufficient_privilege USING MESSAGE = 'instance is not writable'; END IF;
    nth := o.ordinality;
    PERFORM FROM records.study s
      WHERE s.uid = o.study AND s.patient = o.patient AND s.pending AND o.modality = ANY (s.modalities)
        AND s.audience && held AND s.audience = o.audience FOR SHARE;
    IF NOT FOUND THEN
      answer := 'rested';
    ELSE
      INSERT INTO records.instance (study, series, sop, audience, number, header, blob, digest, bytes, sop_class,
                                    transfer_syntax, frames, pixels, listed)
      VALUES (o.study, o.series, o.sop, o.audience, o.number, o.header, o.blob, o.digest, o.bytes, o.sop_class,
              o.transfer_syntax, o.frames, o.pixels, o.listed)
      ON CONFLICT (sop) DO NOTHING;
      IF FOUND THEN
        answer := 'kept';
      ELSE
        SELECT * INTO known FROM records.instance i WHERE i.sop = o.sop;
        answer := CASE WHEN known.audience && held THEN known.digest ELSE 'elsewhere' END;
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;
END $$;

-- The same in one round trip with the context and the trail, a row for each object, which stays the caller's own to write.
CREATE FUNCTION records.keep_instances(context text, objects jsonb, trail jsonb) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  answers text[];
BEGIN
  PERFORM set_config('yuanzhen.context', context, true);
  SELECT array_agg(h.answer ORDER BY h.nth) INTO answers FROM records.hold_instances(objects) AS h;
  PERFORM infrastructure.settle(jsonb_agg(t.told), NULL, NULL)
     FROM jsonb_array_elements(trail) WITH ORDINALITY AS t(told, nth) WHERE answers[t.nth] = 'kept';
  RETURN answers;
END $$;

DROP FUNCTION records.keep_instance(text, text, text, text, text, text[], int, jsonb, text, text, bigint, text, text, int,
                                    jsonb, text, text, jsonb);
DROP FUNCTION records.hold_instance(text, text, text, text, text[], int, jsonb, text, text, bigint, text, text, int, jsonb,
                                    text, text);
