-- Sensitive labels on what our applications publish and others read: signed opinions, imaging studies, documents.

-- Whether a resource is labelled sensitive and closed to whoever asks: what an application keeps of it closes too.
CREATE FUNCTION records.closed(of_type text, of_id text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT FROM records.resource r WHERE r.type = of_type AND r.id = of_id AND r.sensitive
                    AND NOT r.audience && security.keys('read'))
$$;

-- An opinion whose report is labelled stays open to those who asked, took and wrote it, to the patient and to our own
-- parts; to others of the asking house and of the department it closes, its critical finding too.
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['opinion', 'critical'] LOOP
    EXECUTE format('DROP POLICY seen ON consultation.%I', t);
    EXECUTE format('CREATE POLICY seen ON consultation.%I FOR SELECT TO yuanzhen_app '
      'USING (EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation AND ('
      'array_remove(array_remove(c.audience, ''house:'' || c.institution), c.department) && (SELECT security.keys(''read'')) '
      'OR NOT records.closed(''DiagnosticReport'', c.report))))', t);
  END LOOP;
END $$;

-- The images of a study close and open with its ImagingStudy; a system that sent some still sees them, for what it sends
-- later.
CREATE FUNCTION records.relabel_images(study records.resource) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  of_uid text := substr(study.source, length('yuanzhen:imaging/') + 1);
  open text[] := study.audience;
BEGIN
  IF study.sensitive THEN
    open := open || ARRAY(SELECT DISTINCT 'told:' || t.actor FROM security.trail t
                           WHERE t.entity = study.id AND t.entity <> '' AND t.entity_type = 'ImagingStudy'
                             AND t.verb = 'dicom.store' AND t.outcome = 0 AND t.kind = 'peer');
  END IF;
  UPDATE records.study s SET audience = open WHERE s.uid = of_uid AND s.resource = study.id;
  IF FOUND THEN UPDATE records.instance i SET audience = open WHERE i.study = of_uid; END IF;
END $$;

-- Waits for objects of a study that are being written at this moment, and for its description.
CREATE FUNCTION records.hold_images(of_type text, of_id text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog AS $$
  SELECT FROM records.resource r JOIN records.study s ON s.uid = substr(r.source, length('yuanzhen:imaging/') + 1)
   WHERE of_type = 'ImagingStudy' AND r.type = of_type AND r.id = of_id FOR UPDATE OF s
$$;

-- As before, and the images of an ImagingStudy with it.
CREATE OR REPLACE FUNCTION records.relabel(of_key bigint, new_label text, new_meta jsonb, path int) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  scheme text := 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
  labels jsonb := coalesce(new_meta -> 'security', '[]');
  closed boolean := EXISTS (SELECT FROM jsonb_array_elements(labels) AS l WHERE l ->> 'code' IN ('R', 'V'));
  after records.resource;
BEGIN
  UPDATE records.resource r SET version = r.version + 1, updated = date_trunc('milliseconds', clock_timestamp()),
         meta = new_meta::text, label = new_label, sensitive = closed, audience = CASE WHEN closed
           THEN ARRAY['*!', 'care:' || r.patient || '!', '@' || r.patient] || CASE
             WHEN starts_with(r.source, 'urn:yuanzhen:peer:') THEN ARRAY['told:' || substr(r.source, 19)] ELSE '{}' END
           ELSE ARRAY['*'] || CASE WHEN r.institution <> '' THEN ARRAY['house:' || r.institution] ELSE '{}' END
             || ARRAY['care:' || r.patient, '@' || r.patient] END
   WHERE r.key = of_key RETURNING r.* INTO after;
  INSERT INTO records.version (type, id, version, updated, deleted, audience, meta, content)
    VALUES (after.type, after.id, after.version, after.updated, after.deleted, after.audience, after.meta, after.content);
  DELETE FROM records.token t WHERE t.key = of_key AND t.path = relabel.path AND t.system = scheme;
  INSERT INTO records.token (key, path, place, system, code)
    SELECT of_key, relabel.path, 0, scheme, l ->> 'code' FROM jsonb_array_elements(labels) AS l
     WHERE l ->> 'system' = scheme AND l ? 'code';
  IF after.type = 'ImagingStudy' AND starts_with(after.source, 'yuanzhen:imaging/') THEN
    PERFORM records.relabel_images(after);
  END IF;
  RETURN after.version;
END $$;
REVOKE EXECUTE ON FUNCTION records.relabel_images(records.resource), records.hold_images(text, text) FROM yuanzhen_app;

-- As before, for what we publish and others read as well; what else is ours is a state of our process, and stays readable.
CREATE OR REPLACE FUNCTION records.set_label(of_type text, of_id text, expected int, new_code text, reason text, path int)
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  a security.actor := security.who();
  one records.resource;
BEGIN
  PERFORM records.hold_images(of_type, of_id);
  SELECT r.* INTO one FROM records.resource r WHERE r.type = of_type AND r.id = of_id FOR UPDATE;
  IF a.id IS NULL OR a.role NOT IN ('clinician', 'expert') OR one.key IS NULL OR one.deleted OR one.patient = ''
     OR one.type = 'Patient' OR NOT one.audience && security.keys('write')
     OR (starts_with(one.source, 'yuanzhen:') AND one.type NOT IN ('DiagnosticReport', 'DocumentReference', 'ImagingStudy'))
  THEN
    RAISE insufficient_privilege USING MESSAGE = 'resource is not writable';
  END IF;
  IF one.version <> expected THEN RETURN -one.version; END IF;
  IF one.label <> '' THEN RETURN 0; END IF;
  INSERT INTO records.label (key, code, person, why) VALUES (one.key, new_code, a.id, reason);
  RETURN records.relabel(one.key, new_code, jsonb_set(one.meta::jsonb, '{security}',
    coalesce(one.meta::jsonb -> 'security', '[]') || jsonb_build_array(jsonb_build_object(
      'system', 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'code', new_code, 'userSelected', true))), path);
END $$;

-- As before, in the order in which a study's images are held.
CREATE OR REPLACE FUNCTION records.end_label(of_patient text, of_type text, of_id text, reason text, path int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  a security.actor := security.who();
  one records.resource;
  meta jsonb;
BEGIN
  IF a.id IS NULL OR a.role NOT IN ('clinician', 'expert') THEN
    RAISE insufficient_privilege USING MESSAGE = 'labels are of whoever treats';
  END IF;
  PERFORM records.hold_images(of_type, of_id);
  SELECT r.* INTO one FROM records.resource r WHERE r.type = of_type AND r.id = of_id FOR UPDATE;
  IF one.key IS NULL OR one.patient <> of_patient OR one.deleted OR one.label = '' THEN RETURN 0; END IF;
  UPDATE records.label l SET ended = clock_timestamp(), ended_by = a.id, ended_why = reason
   WHERE l.key = one.key AND l.ended IS NULL AND (l.person = a.id OR one.audience && security.keys('write'));
  IF NOT FOUND THEN RETURN 0; END IF;
  meta := jsonb_set(one.meta::jsonb, '{security}', coalesce((
    SELECT jsonb_agg(l ORDER BY nth) FROM jsonb_array_elements(one.meta::jsonb -> 'security') WITH ORDINALITY AS s(l, nth)
     WHERE (l ->> 'code' IN ('R', 'V') AND l -> 'userSelected' = 'true') IS NOT TRUE), '[]'));
  RETURN records.relabel(one.key, '', CASE WHEN meta -> 'security' = '[]' THEN meta - 'security' ELSE meta END, path);
END $$;

-- As before, by the index: a function's plan is made for all patients, and takes an index of what has one
-- (`patient <> ''`) only where the statement says so itself.
CREATE OR REPLACE FUNCTION records.withheld(of_patient text) RETURNS TABLE (type text, number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.type, count(*) FROM records.resource r
   WHERE r.patient = of_patient AND r.patient <> '' AND r.sensitive AND NOT r.deleted
     AND NOT r.audience && (SELECT security.keys('read'))
     AND EXISTS (SELECT FROM records.resource p WHERE p.type = 'Patient' AND p.id = of_patient
                    AND p.audience && (SELECT security.keys('read')))
   GROUP BY r.type ORDER BY r.type
$$;

CREATE OR REPLACE FUNCTION records.glances(of_patient text, earlier_than timestamptz, most int)
RETURNS TABLE (at timestamptz, kind text, actor text, role text, institution text, purpose text, times bigint,
               departments text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT max(t.at), t.kind, t.actor, t.role, t.institution, t.purpose, count(*),
         ARRAY(SELECT m.department FROM security.membership m WHERE m.person = t.actor ORDER BY 1)
    FROM (SELECT * FROM security.trail n
           WHERE n.patient = of_patient AND n.patient <> '' AND n.outcome = 0 AND n.action = 'R'
             AND n.kind IN ('person', 'machine')
             AND n.verb <> 'consultation.list' AND (n.verb <> 'records.search' OR n.entity_type <> 'Patient')
             AND (earlier_than IS NULL OR n.at < earlier_than)
           ORDER BY n.id DESC LIMIT 5000) AS t
   WHERE EXISTS (SELECT FROM records.resource p WHERE p.type = 'Patient' AND p.id = of_patient
                    AND p.audience && (SELECT security.keys('read')))
   GROUP BY t.kind, t.actor, t.role, t.institution, t.purpose, date_trunc('hour', t.at, 'UTC')
   ORDER BY date_trunc('hour', t.at, 'UTC') DESC FETCH FIRST most ROWS WITH TIES
$$;
