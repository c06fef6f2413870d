-- The clinical record: FHIR resources as JSON text (decimals as written), one row now and one a version.

CREATE SCHEMA records;
GRANT USAGE ON SCHEMA records TO yuanzhen_app;

CREATE TABLE records.resource (
  type text NOT NULL,
  id text NOT NULL,
  version int NOT NULL,
  updated timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted boolean NOT NULL DEFAULT false,
  patient text NOT NULL,             -- the Patient whose compartment this is in; '' for none
  institution text NOT NULL,         -- the Organization that answers for it; '' for none
  sensitive boolean NOT NULL,        -- meta.security R or V
  source text NOT NULL,              -- meta.source; what we publish ourselves is 'yuanzhen:...' and read-only from outside
  audience text[] NOT NULL,          -- which keys open it (see security.keys)
  meta text NOT NULL,                -- JSON object: Resource.meta without versionId and lastUpdated
  content text NOT NULL,             -- JSON object: the rest, without resourceType and id
  PRIMARY KEY (type, id)
);
CREATE INDEX resource_patient ON records.resource (patient, type) WHERE patient <> '';

CREATE TABLE records.version (
  type text NOT NULL,
  id text NOT NULL,
  version int NOT NULL,
  updated timestamptz NOT NULL,
  deleted boolean NOT NULL,
  audience text[] NOT NULL,
  meta text NOT NULL,
  content text NOT NULL,
  PRIMARY KEY (type, id, version)
);

-- What searches find a resource by: one row a value, as its search parameter names it.
CREATE TABLE records.token (
  type text NOT NULL,
  id text NOT NULL,
  name text NOT NULL,
  system text NOT NULL,
  code text NOT NULL
);
CREATE INDEX token_value ON records.token (type, name, code, system);
CREATE INDEX token_owner ON records.token (type, id);

CREATE TABLE records.word (
  type text NOT NULL,
  id text NOT NULL,
  name text NOT NULL,
  value text NOT NULL               -- folded to lower case
);
CREATE INDEX word_value ON records.word (type, name, value text_pattern_ops);
CREATE INDEX word_owner ON records.word (type, id);

CREATE TABLE records.link (
  type text NOT NULL,
  id text NOT NULL,
  name text NOT NULL,
  target_type text NOT NULL,
  target text NOT NULL
);
CREATE INDEX link_target ON records.link (target, type, name);
CREATE INDEX link_owner ON records.link (type, id);

CREATE TABLE records.moment (
  type text NOT NULL,
  id text NOT NULL,
  name text NOT NULL,
  starts timestamptz NOT NULL,
  ends timestamptz NOT NULL
);
CREATE INDEX moment_value ON records.moment (type, name, starts);
CREATE INDEX moment_owner ON records.moment (type, id);

-- One object of an imaging study: what a reader asks for, without opening the file.
CREATE TABLE records.instance (
  study text NOT NULL,
  series text NOT NULL,
  sop text PRIMARY KEY,
  audience text[] NOT NULL,
  number int,
  header jsonb NOT NULL,            -- DICOM JSON model, without pixels
  blob text NOT NULL,
  digest text NOT NULL,             -- SM3 of the file
  bytes bigint NOT NULL,
  received timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX instance_series ON records.instance (study, series, number);

-- A study that arrives: described as an ImagingStudy when it has come to rest, not once an image.
CREATE TABLE records.study (
  uid text PRIMARY KEY,
  resource text NOT NULL,           -- the ImagingStudy's id
  patient text NOT NULL,
  institution text NOT NULL,
  audience text[] NOT NULL,
  pending boolean NOT NULL DEFAULT true
);

-- What was taken from a message: the same content of the same sender twice is one message.
CREATE TABLE records.received (
  sender text NOT NULL,
  control text NOT NULL,
  digest text NOT NULL,             -- a control id alone is no identity
  institution text NOT NULL,
  kind text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (sender, control, digest)
);

-- Row, version and index of a resource, for an actor who holds a key of it as it was and as it shall be. With its owner's
-- rights: the keys are reckoned once and not for each row of each table, and nothing else writes these tables.
-- `expected`: NULL any, 0 must be new, n must be version n. Answers the new version, or minus the version that was found
-- instead of the expected one.
CREATE FUNCTION records.write(of_type text, of_id text, expected int, of_patient text, of_institution text,
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
    SELECT r.version, r.audience INTO before FROM records.resource r WHERE r.type = of_type AND r.id = of_id FOR UPDATE;
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
  RETURN number;
END $$;

-- The same in one round trip with the context ('' inside a verb) and with the trail when it stands alone.
CREATE FUNCTION records.put(context text, of_type text, of_id text, expected int, of_patient text, of_institution text,
  is_sensitive boolean, of_source text, for_audience text[], is_deleted boolean, of_meta text, body text,
  tokens jsonb, words jsonb, links jsonb, moments jsonb, trail jsonb) RETURNS int
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  number int;
BEGIN
  IF context <> '' THEN PERFORM set_config('yuanzhen.context', context, true); END IF;
  number := records.write(of_type, of_id, expected, of_patient, of_institution, is_sensitive, of_source, for_audience,
                          is_deleted, of_meta, body, tokens, words, links, moments);
  IF number > 0 AND trail IS NOT NULL THEN PERFORM infrastructure.settle(trail, NULL, NULL); END IF;
  RETURN number;
END $$;

DO $$
DECLARE
  t text;
BEGIN
  FOR t IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'records' AND c.relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE records.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON records.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT ON records.%I TO yuanzhen_app', t);
  END LOOP;
  -- The resource and its images open by audience, index rows with the resource they belong to, and a version by its
  -- own audience as long as the resource as it is now is open as well.
  FOREACH t IN ARRAY ARRAY['resource', 'instance', 'study'] LOOP
    EXECUTE format('CREATE POLICY seen ON records.%I FOR SELECT TO yuanzhen_app USING (audience && (SELECT security.keys(''read'')))', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['token', 'word', 'link', 'moment'] LOOP
    EXECUTE format('CREATE POLICY seen ON records.%1$I FOR SELECT TO yuanzhen_app USING (EXISTS (SELECT FROM records.resource r WHERE r.type = %1$I.type AND r.id = %1$I.id))', t);
  END LOOP;
  CREATE POLICY seen ON records.version FOR SELECT TO yuanzhen_app USING (audience && (SELECT security.keys('read'))
    AND EXISTS (SELECT FROM records.resource r WHERE r.type = version.type AND r.id = version.id));
  FOREACH t IN ARRAY ARRAY['instance', 'study'] LOOP
    EXECUTE format('CREATE POLICY written ON records.%I FOR INSERT TO yuanzhen_app WITH CHECK (audience && (SELECT security.keys(''write'')))', t);
  END LOOP;
  CREATE POLICY changed ON records.study FOR UPDATE TO yuanzhen_app
    USING (audience && (SELECT security.keys('write'))) WITH CHECK (audience && (SELECT security.keys('write')));
  GRANT INSERT ON records.instance, records.study, records.received TO yuanzhen_app;
  GRANT UPDATE (pending) ON records.study TO yuanzhen_app;
END $$;

CREATE POLICY told ON records.received TO yuanzhen_app
  USING (ARRAY['peers', institution] && (SELECT security.keys('read')))
  WITH CHECK (institution = ANY ((SELECT security.keys('write'))::text[]));
