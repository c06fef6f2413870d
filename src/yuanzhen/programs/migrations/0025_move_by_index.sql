-- A new Patient takes along what is known of them: found by the index of what is of any patient (`patient <> ''`), not by a
-- walk through the record. A plan that is kept for all patients takes that index only where the statement says so itself.

CREATE OR REPLACE FUNCTION records.move(of_patient text, to_house text, held text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  UPDATE records.resource r SET institution = to_house,
         audience = array_replace(r.audience, 'house:' || r.institution, 'house:' || to_house)
   WHERE r.patient = of_patient AND r.patient <> '' AND r.type <> 'Patient' AND r.institution <> to_house
     AND (held IS NULL OR r.audience && held);
  UPDATE records.instance i
     SET audience = array_replace(i.audience, 'house:' || s.institution, 'house:' || to_house)
    FROM records.study s
   WHERE i.study = s.uid AND s.patient = of_patient AND s.institution <> to_house
     AND (held IS NULL OR s.audience && held);
  UPDATE records.study s SET institution = to_house,
         audience = array_replace(s.audience, 'house:' || s.institution, 'house:' || to_house)
   WHERE s.patient = of_patient AND s.institution <> to_house AND (held IS NULL OR s.audience && held);
END $$;
