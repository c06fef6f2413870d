-- Keys by kind, and a record that goes where its patient goes.

-- Whoever writes a Patient chooses its id and names its house: either may be a department's id, a person's or an area's
-- word as well, and must open nothing of theirs. A house's key is 'house:ID', an open relation's 'care:PATIENT'; what
-- carries no kind ('public', a department, a person) is named by us alone.
CREATE OR REPLACE FUNCTION security.keys(wanted text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  a security.actor := security.who();
  held text[];
BEGIN
  IF a.id IS NULL THEN RETURN '{}'; END IF;
  SELECT coalesce(array_agg(CASE g.key WHEN '$institution' THEN 'house:' || nullif(a.institution, '')
                                       WHEN '$self' THEN '@' || nullif(a.patient, '')
                                       WHEN '$person' THEN a.id ELSE g.key END), '{}') INTO held
    FROM security.grants g WHERE g.role = a.role AND g.mode = wanted;
  IF '$departments' = ANY (held) THEN
    held := held || ARRAY(SELECT m.department FROM security.membership m WHERE m.person = a.id);
  END IF;
  IF '$relations' = ANY (held) THEN
    held := held || ARRAY(
      SELECT unnest(CASE WHEN r.sensitive THEN ARRAY['care:' || r.patient, 'care:' || r.patient || '!']
                         ELSE ARRAY['care:' || r.patient] END)
        FROM security.relation r
       WHERE r.person = a.id AND r.starts <= now() AND (r.ends IS NULL OR r.ends > now()));
  END IF;
  RETURN array_remove(held, NULL);
END $$;

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['resource', 'version', 'study', 'instance'] LOOP
    EXECUTE format($f$
      UPDATE records.%I SET audience = ARRAY(
        SELECT CASE WHEN key IN ('*', '*!', 'public') OR key LIKE '@%%' THEN key
                    WHEN '@' || rtrim(key, '!') = ANY (audience) THEN 'care:' || key
                    ELSE 'house:' || key END FROM unnest(audience) AS key)$f$, t);
  END LOOP;
END $$;
UPDATE consultation.case SET audience = array_replace(audience, institution, 'house:' || institution);

DROP POLICY told ON records.received;
CREATE POLICY told ON records.received TO yuanzhen_app
  USING (ARRAY['peers', 'house:' || institution] && (SELECT security.keys('read')))
  WITH CHECK ('house:' || institution = ANY ((SELECT security.keys('write'))::text[]));

CREATE INDEX study_patient ON records.study (patient);

-- As before; and when a Patient comes to another house, what is known of them opens there and no longer at the old one.
-- Earlier versions stay with whom they were open to, as the Patient's own do.
CREATE OR REPLACE FUNCTION records.write(of_type text, of_id text, expected int, of_patient text, of_institution text,
  is_sensitive boolean, of_source text, for_audience text[], is_deleted boolean, of_meta text, body text,
  tokens jsonb, words jsonb, links jsonb, moments jsonb) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held text[] := security.keys('write');
  stamp timestamptz := date_trunc('milliseconds', clock_timestamp());
  number int := 1;
  before record;
BEGIN
  IF NOT for_audience && held THEN RAISE insufficient_privilege USING MESSAGE = 'resource is not writable'; END IF;
  LOOP
    SELECT r.version, r.audience, r.institution INTO before
      FROM records.resource r WHERE r.type = of_type AND r.id = of_id FOR UPDATE;
    IF FOUND THEN
      IF NOT before.audience && held THEN RAISE insufficient_privilege USING MESSAGE = 'resource is not writable'; END IF;
      IF expected <> before.version THEN RETURN -before.version; END IF;
      number := before.version + 1;
      UPDATE records.resource SET version = number, updated = stamp, deleted = is_deleted, patient = of_patient,
        institution = of_institution, sensitive = is_sensitive, source = of_source, audience = for_audience,
        meta = of_meta, content = body
       WHERE type = of_type AND id = of_id;
      DELETE FROM records.token WHERE type = of_type AND id = of_id;
      DELETE FROM records.word WHERE type = of_type AND id = of_id;
      DELETE FROM records.link WHERE type = of_type AND id = of_id;
      DELETE FROM records.moment WHERE type = of_type AND id = of_id;
      EXIT;
    END IF;
    IF expected <> 0 THEN RETURN 0; END IF;
    INSERT INTO records.resource VALUES (of_type, of_id, 1, stamp, is_deleted, of_patient, of_institution, is_sensitive,
                                         of_source, for_audience, of_meta, body)
    ON CONFLICT (type, id) DO NOTHING;
    EXIT WHEN FOUND;  -- else somebody made it in this moment: it is found the next time round
  END LOOP;
  INSERT INTO records.version VALUES (of_type, of_id, number, stamp, is_deleted, for_audience, of_meta, body);
  IF tokens IS NOT NULL THEN
    INSERT INTO records.token SELECT of_type, of_id, n, s, c FROM jsonb_to_recordset(tokens) AS t(n text, s text, c text);
  END IF;
  IF words IS NOT NULL THEN
    INSERT INTO records.word SELECT of_type, of_id, n, v FROM jsonb_to_recordset(words) AS t(n text, v text);
  END IF;
  IF links IS NOT NULL THEN
    INSERT INTO records.link SELECT of_type, of_id, n, k, v FROM jsonb_to_recordset(links) AS t(n text, k text, v text);
  END IF;
  IF moments IS NOT NULL THEN
    INSERT INTO records.moment SELECT of_type, of_id, n, a, z
      FROM jsonb_to_recordset(moments) AS t(n text, a timestamptz, z timestamptz);
  END IF;
  IF of_type = 'Patient' AND before.institution <> of_institution THEN
    UPDATE records.resource r SET institution = of_institution,
           audience = array_replace(r.audience, 'house:' || before.institution, 'house:' || of_institution)
     WHERE r.patient = of_id AND r.type <> 'Patient';
    UPDATE records.study s SET institution = of_institution,
           audience = array_replace(s.audience, 'house:' || before.institution, 'house:' || of_institution)
     WHERE s.patient = of_id;
    UPDATE records.instance i
       SET audience = array_replace(i.audience, 'house:' || before.institution, 'house:' || of_institution)
     WHERE i.study IN (SELECT s.uid FROM records.study s WHERE s.patient = of_id);
  END IF;
  RETURN number;
END $$;
