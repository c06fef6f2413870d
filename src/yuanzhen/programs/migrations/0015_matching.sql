-- One patient, one record: the match index, the pairs that may be one person, and merges that can be undone.

CREATE SCHEMA matching;
GRANT USAGE ON SCHEMA matching TO yuanzhen_app;

-- A Patient by what it is compared with others. Numbers and phones are HMACs under a key of the home; `shown` is masked.
CREATE TABLE matching.patient (
  patient text PRIMARY KEY,
  version int NOT NULL,              -- of the Patient that this was made from
  institution text NOT NULL,
  replaced_by text NOT NULL DEFAULT '',
  name text NOT NULL,
  birth_date text NOT NULL,
  sex text NOT NULL,
  cards text[] NOT NULL,             -- identity cards whose check character holds
  numbers text[] NOT NULL,
  phones text[] NOT NULL,
  blocks text[] NOT NULL,            -- where it is sought: Patients that share one are compared
  shown jsonb NOT NULL
);
CREATE INDEX patient_blocks ON matching.patient USING gin (blocks) WITH (fastupdate = off);

-- Patients that were written since they were last looked at: marked in the transaction that wrote them.
CREATE TABLE matching.due (
  patient text PRIMARY KEY,
  since timestamptz NOT NULL DEFAULT now()
);

-- Two Patients that may be one person; `low` < `high`.
CREATE TABLE matching.pair (
  id text PRIMARY KEY,
  low text NOT NULL,
  high text NOT NULL,
  bits real NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('certain', 'unsure', 'none')),
  reasons jsonb NOT NULL,            -- [{field, agreement, weight}]
  state text NOT NULL CHECK (state IN ('open', 'later', 'joining', 'linked', 'merged', 'parting', 'apart')),
  settled_by text NOT NULL DEFAULT '',   -- a person; '' while nobody has, 'system:matcher' for what is certain
  settled_at timestamptz,
  reason text NOT NULL DEFAULT '',
  survivor text NOT NULL DEFAULT '',     -- which of the two goes on, where a person has said so
  problem text NOT NULL DEFAULT '',      -- why what a person wanted could not be done
  made timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (low < high),
  UNIQUE (low, high)
);
CREATE INDEX pair_open ON matching.pair (bits DESC, id) WHERE state IN ('open', 'later');
CREATE INDEX pair_high ON matching.pair (high);
CREATE INDEX pair_wanted ON matching.pair (state) WHERE state IN ('joining', 'parting');

-- One Patient given up for another. Versions say how the two were before.
CREATE TABLE matching.merge (
  id text PRIMARY KEY,
  survivor text NOT NULL,
  other text NOT NULL,
  survivor_before int NOT NULL,
  other_before int NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  undone_at timestamptz,
  CHECK (survivor <> other)
);
CREATE UNIQUE INDEX merge_stands ON matching.merge (other) WHERE undone_at IS NULL;
CREATE INDEX merge_survivor ON matching.merge (survivor);

-- What a merge took along: it goes back when the merge is undone.
CREATE TABLE matching.moved (
  merge text NOT NULL REFERENCES matching.merge,
  kind text NOT NULL,                -- a type of FHIR, else study, relation, case, person
  id text NOT NULL,
  house text NOT NULL DEFAULT '',    -- that answered for the resource
  places jsonb NOT NULL DEFAULT '[]',    -- paths in the resource where a reference stood that was turned
  PRIMARY KEY (merge, kind, id)
);

INSERT INTO security.grants (role, mode, key) VALUES
  ('matcher', 'read', 'public'), ('matcher', 'read', '*'), ('matcher', 'read', '*!'), ('matcher', 'read', 'matching'),
  ('matcher', 'write', '*'), ('matcher', 'write', '*!'), ('matcher', 'write', 'matching'), ('matcher', 'write', 'follow'),
  ('quality', 'read', 'matching'), ('quality', 'write', 'matching');

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['patient', 'due', 'pair', 'merge', 'moved'] LOOP
    EXECUTE format('ALTER TABLE matching.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON matching.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['patient', 'pair', 'merge', 'moved'] LOOP
    EXECUTE format('CREATE POLICY read ON matching.%I FOR SELECT TO yuanzhen_app USING (''matching'' = ANY ((SELECT security.keys(''read''))::text[]))', t);
  END LOOP;
  -- Whoever reviews settles a pair and undoes a merge; what is found and moved is the matcher's alone.
  FOREACH t IN ARRAY ARRAY['patient', 'due', 'pair', 'merge', 'moved'] LOOP
    EXECUTE format('CREATE POLICY kept ON matching.%I TO yuanzhen_app USING (''follow'' = ANY ((SELECT security.keys(''write''))::text[])) '
                   'WITH CHECK (''follow'' = ANY ((SELECT security.keys(''write''))::text[]))', t);
  END LOOP;
END $$;
CREATE POLICY settled ON matching.pair FOR UPDATE TO yuanzhen_app
  USING ('matching' = ANY ((SELECT security.keys('write'))::text[]))
  WITH CHECK ('matching' = ANY ((SELECT security.keys('write'))::text[]) AND settled_by = (SELECT (security.who()).id));
GRANT SELECT, INSERT, UPDATE, DELETE ON matching.patient TO yuanzhen_app;
GRANT SELECT, DELETE ON matching.due TO yuanzhen_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON matching.pair TO yuanzhen_app;
GRANT SELECT, INSERT ON matching.merge TO yuanzhen_app;
GRANT UPDATE (undone_at) ON matching.merge TO yuanzhen_app;
GRANT SELECT, INSERT, DELETE ON matching.moved TO yuanzhen_app;

-- Of several people or of nobody: what names a Patient who is given up is sought among these.
CREATE INDEX resource_of_nobody ON records.resource (type, id) WHERE patient = '';

-- Whoever writes a Patient, by whatever door: it is looked at soon after the commit.
CREATE FUNCTION matching.mark() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO matching.due (patient) VALUES (NEW.id) ON CONFLICT (patient) DO UPDATE SET since = now();
  PERFORM pg_notify('matching', '');
  RETURN NULL;
END $$;
CREATE TRIGGER patient_written AFTER INSERT OR UPDATE ON records.resource
  FOR EACH ROW WHEN (NEW.type = 'Patient') EXECUTE FUNCTION matching.mark();
INSERT INTO matching.due (patient) SELECT id FROM records.resource WHERE type = 'Patient';

-- A key of one patient as the other's.
CREATE FUNCTION matching.turned(audience text[], whose text, to_whom text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT array_replace(array_replace(array_replace(audience, 'care:' || whose, 'care:' || to_whom),
                                     'care:' || whose || '!', 'care:' || to_whom || '!'), '@' || whose, '@' || to_whom)
$$;

-- What is not a resource and still one patient's goes over to another: images, relations open and ended, cases, accounts.
-- Answers what went, as 'kind:id'. With `only` given nothing but that goes (what came with a merge that is undone).
CREATE FUNCTION matching.carry(whose text, to_whom text, only_these text[]) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  house_before text;
  house text;
BEGIN
  IF NOT 'follow' = ANY (security.keys('write')) THEN RAISE insufficient_privilege USING MESSAGE = 'not the matcher'; END IF;
  SELECT r.institution INTO STRICT house_before FROM records.resource r WHERE r.type = 'Patient' AND r.id = whose;
  SELECT r.institution INTO STRICT house FROM records.resource r WHERE r.type = 'Patient' AND r.id = to_whom;
  UPDATE records.instance i
     SET audience = array_replace(matching.turned(i.audience, whose, to_whom), 'house:' || house_before, 'house:' || house)
    FROM records.study s
   WHERE s.uid = i.study AND s.patient = whose AND (only_these IS NULL OR 'study:' || s.uid = ANY (only_these));
  RETURN QUERY UPDATE records.study s
     SET patient = to_whom, institution = house,
         audience = array_replace(matching.turned(s.audience, whose, to_whom), 'house:' || house_before, 'house:' || house)
   WHERE s.patient = whose AND (only_these IS NULL OR 'study:' || s.uid = ANY (only_these)) RETURNING 'study:' || s.uid;
  RETURN QUERY UPDATE security.relation r SET patient = to_whom
   WHERE r.patient = whose AND (only_these IS NULL OR 'relation:' || r.id = ANY (only_these)) RETURNING 'relation:' || r.id;
  RETURN QUERY UPDATE consultation.case c SET patient = to_whom, audience = matching.turned(c.audience, whose, to_whom)
   WHERE c.patient = whose AND (only_these IS NULL OR 'case:' || c.id = ANY (only_these)) RETURNING 'case:' || c.id;
  RETURN QUERY UPDATE security.person p SET patient = to_whom
   WHERE p.patient = whose AND (only_these IS NULL OR 'person:' || p.id = ANY (only_these)) RETURNING 'person:' || p.id;
END $$;
