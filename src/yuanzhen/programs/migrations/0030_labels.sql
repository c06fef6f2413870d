-- Sensitive labels (meta.security R or V) that a person sets and takes back.

-- As before; what a system of a house told opens to that system, for what it tells of it later.
CREATE OR REPLACE FUNCTION security.keys(wanted text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  a security.actor := security.who();
  held text[];
BEGIN
  IF a.id IS NULL THEN RETURN '{}'; END IF;
  SELECT coalesce(array_agg(CASE g.key WHEN '$institution' THEN 'house:' || nullif(a.institution, '')
                                       WHEN '$self' THEN '@' || nullif(a.patient, '')
                                       WHEN '$teller' THEN 'told:' || a.id
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
INSERT INTO security.grants (role, mode, key) VALUES ('peer', 'read', '$teller'), ('peer', 'write', '$teller');

UPDATE records.resource SET audience = audience || ('told:' || substr(source, 19))
 WHERE sensitive AND starts_with(source, 'urn:yuanzhen:peer:');

ALTER TABLE records.resource ADD COLUMN label text NOT NULL DEFAULT '';   -- the one a person set, '' for none

CREATE TABLE records.label (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key bigint NOT NULL,               -- the resource
  code text NOT NULL CHECK (code IN ('R', 'V')),
  person text NOT NULL,
  why text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended timestamptz,
  ended_by text NOT NULL DEFAULT '',
  ended_why text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX label_open ON records.label (key) WHERE ended IS NULL;
ALTER TABLE records.label ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON records.label TO yuanzhen_owner USING (true) WITH CHECK (true);
-- To whom a label is open: to whoever set it, and to whoever sees the resource.
CREATE POLICY seen ON records.label FOR SELECT TO yuanzhen_app USING (
  (person = (SELECT (security.who()).id) AND (SELECT (security.who()).kind) = 'person')
  OR EXISTS (SELECT FROM records.resource r WHERE r.key = label.key));
GRANT SELECT ON records.label TO yuanzhen_app;

-- A person's label outlasts what others write: a writer who did not know of it yet tries again, and then knows.
CREATE FUNCTION records.keep_label() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NOT (NEW.sensitive AND NEW.meta LIKE '%"userSelected"%') THEN
    RAISE serialization_failure USING MESSAGE = 'a person has labelled the resource';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_label BEFORE UPDATE ON records.resource
  FOR EACH ROW WHEN (OLD.label <> '' AND NEW.label = OLD.label) EXECUTE FUNCTION records.keep_label();

-- The next version of a resource with another `meta.security`; its index row beside it (`path`: of R4's _security).
CREATE FUNCTION records.relabel(of_key bigint, new_label text, new_meta jsonb, path int) RETURNS int
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
  RETURN after.version;
END $$;
REVOKE EXECUTE ON FUNCTION records.relabel(bigint, text, jsonb, int), records.keep_label() FROM yuanzhen_app;

-- Whoever treats the patient and may write the resource labels it, and sees it no more unless what is sensitive is theirs
-- to see. Answers the new version; minus the one that is there, where it is not the one expected; 0 where a label is.
CREATE FUNCTION records.set_label(of_type text, of_id text, expected int, new_code text, reason text, path int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  a security.actor := security.who();
  one records.resource;
BEGIN
  SELECT r.* INTO one FROM records.resource r WHERE r.type = of_type AND r.id = of_id FOR UPDATE;
  IF a.id IS NULL OR a.role NOT IN ('clinician', 'expert') OR one.key IS NULL OR one.deleted OR one.patient = ''
     OR one.type = 'Patient' OR starts_with(one.source, 'yuanzhen:') OR NOT one.audience && security.keys('write') THEN
    RAISE insufficient_privilege USING MESSAGE = 'resource is not writable';
  END IF;
  IF one.version <> expected THEN RETURN -one.version; END IF;
  IF one.label <> '' THEN RETURN 0; END IF;
  INSERT INTO records.label (key, code, person, why) VALUES (one.key, new_code, a.id, reason);
  RETURN records.relabel(one.key, new_code, jsonb_set(one.meta::jsonb, '{security}',
    coalesce(one.meta::jsonb -> 'security', '[]') || jsonb_build_array(jsonb_build_object(
      'system', 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'code', new_code, 'userSelected', true))), path);
END $$;

-- It is taken back by whoever set it, and by whoever treats the patient and sees it. A sender's own label stays. Answers
-- the new version; 0 where there is no label for whoever asks.
CREATE FUNCTION records.end_label(of_patient text, of_type text, of_id text, reason text, path int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  a security.actor := security.who();
  one records.resource;
  meta jsonb;
BEGIN
  IF a.id IS NULL OR a.role NOT IN ('clinician', 'expert') THEN
    RAISE insufficient_privilege USING MESSAGE = 'labels are of whoever treats';
  END IF;
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

-- What somebody has labelled of a patient and what they see labelled: never more than its place and the label.
CREATE FUNCTION records.labels(of_patient text)
RETURNS TABLE (type text, id text, code text, person text, at timestamptz, why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.type, r.id, l.code, l.person, l.at, l.why
    FROM records.resource r JOIN records.label l ON l.key = r.key AND l.ended IS NULL
   WHERE r.patient = of_patient AND r.label <> '' AND NOT r.deleted
     AND (l.person = (SELECT (security.who()).id) OR r.audience && (SELECT security.keys('read')))
   ORDER BY l.at DESC, l.id DESC LIMIT 200
$$;
CREATE INDEX resource_labelled ON records.resource (patient) WHERE label <> '';
