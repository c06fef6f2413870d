-- What searches find a resource by, along R4's official search parameters: one row a value and a path, not a parameter.
-- A path is a number of the resource's type and the steps that lead to the value (`data/records/parameters.py`), so that
-- parameters which read the same place share its rows. `place` tells which element of a list a value stands in, where a
-- composite asks for values of one element. The rows are made anew from the resources when the definitions change
-- (`data/records/indexing.py`), so those of the former tables are not carried over.

DROP FUNCTION records.put(text, text, text, int, text, text, boolean, text, text[], boolean, text, text,
                          jsonb, jsonb, jsonb, jsonb, jsonb);
DROP FUNCTION records.write(text, text, int, text, text, boolean, text, text[], boolean, text, text,
                            jsonb, jsonb, jsonb, jsonb);
DROP TABLE records.token, records.word, records.link, records.moment;

ALTER TABLE records.resource ADD COLUMN key bigint GENERATED ALWAYS AS IDENTITY;  -- in the order of making; never anew
CREATE UNIQUE INDEX resource_key ON records.resource (key);
CREATE INDEX resource_listed ON records.resource (type, key) WHERE NOT deleted;
CREATE INDEX resource_updated ON records.resource (type, updated);

CREATE TABLE records.token (
  key bigint NOT NULL,
  path int NOT NULL,
  place smallint NOT NULL,
  system text COLLATE "C",           -- '' for none; NULL where the element knows no system (code, boolean, uri)
  code text COLLATE "C" NOT NULL     -- '' where there is an element and nothing to find it by
);
CREATE INDEX token_value ON records.token (path, code, key);
CREATE INDEX token_owner ON records.token (key);

CREATE TABLE records.word (
  key bigint NOT NULL,
  path int NOT NULL,
  place smallint NOT NULL,
  head text COLLATE "C" NOT NULL,    -- how it begins: case, width and accents folded
  whole text,                        -- folded, where it is longer than its head
  exact text                         -- as it was written, where folding changes it
);
CREATE INDEX word_value ON records.word (path, head, key);
CREATE INDEX word_owner ON records.word (key);

CREATE TABLE records.link (
  key bigint NOT NULL,
  path int NOT NULL,
  place smallint NOT NULL,
  target_type text COLLATE "C" NOT NULL,
  target text COLLATE "C" NOT NULL   -- an id of ours, else the whole URL; '' where there is a reference without one
);
CREATE INDEX link_value ON records.link (path, target, key);
CREATE INDEX link_owner ON records.link (key);

CREATE TABLE records.moment (
  key bigint NOT NULL,
  path int NOT NULL,
  place smallint NOT NULL,
  starts bigint NOT NULL,            -- microseconds since 1970 in UTC, [starts, ends)
  ends bigint NOT NULL
);
CREATE INDEX moment_value ON records.moment (path, starts, key);
CREATE INDEX moment_owner ON records.moment (key);

CREATE TABLE records.amount (
  key bigint NOT NULL,
  path int NOT NULL,
  place smallint NOT NULL,
  low float8 NOT NULL,
  high float8 NOT NULL,
  system text COLLATE "C" NOT NULL,
  code text COLLATE "C" NOT NULL,
  unit text COLLATE "C" NOT NULL
);
CREATE INDEX amount_value ON records.amount (path, low, key);
CREATE INDEX amount_owner ON records.amount (key);

-- How far the index follows the definitions that it was made by (their digest).
CREATE TABLE records.indexed (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  digest text NOT NULL,
  reached bigint NOT NULL,
  done boolean NOT NULL
);
INSERT INTO records.indexed (digest, reached, done) VALUES ('', 0, false);

INSERT INTO security.grants (role, mode, key) VALUES
  ('indexer', 'read', '*'), ('indexer', 'read', '*!'), ('indexer', 'read', 'public'), ('indexer', 'read', 'indexer'),
  ('indexer', 'write', 'indexer');

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['token', 'word', 'link', 'moment', 'amount', 'indexed'] LOOP
    EXECUTE format('ALTER TABLE records.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON records.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT ON records.%I TO yuanzhen_app', t);
  END LOOP;
  -- Index rows open with the resource they belong to; whoever holds both keys of machine clients sees every resource,
  -- and is spared the look at each.
  FOREACH t IN ARRAY ARRAY['token', 'word', 'link', 'moment', 'amount'] LOOP
    EXECUTE format('CREATE POLICY seen ON records.%1$I FOR SELECT TO yuanzhen_app USING ('
      '(SELECT security.keys(''read'') @> ARRAY[''*'', ''*!'']) '
      'OR EXISTS (SELECT FROM records.resource r WHERE r.key = %1$I.key))', t);
  END LOOP;
END $$;
CREATE POLICY followed ON records.indexed FOR SELECT TO yuanzhen_app
  USING ('indexer' = ANY ((SELECT security.keys('read'))::text[]));

-- Index rows by columns; `nth` says whose they are, as a place in `keys` (NULL there: of nobody).
CREATE FUNCTION records.enter(keys bigint[],
  token_nth int[], token_path int[], token_place smallint[], token_system text[], token_code text[],
  word_nth int[], word_path int[], word_place smallint[], word_head text[], word_whole text[], word_exact text[],
  link_nth int[], link_path int[], link_place smallint[], link_type text[], link_target text[],
  moment_nth int[], moment_path int[], moment_place smallint[], moment_starts bigint[], moment_ends bigint[],
  amount_nth int[], amount_path int[], amount_place smallint[], amount_low float8[], amount_high float8[],
  amount_system text[], amount_code text[], amount_unit text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF token_nth IS NOT NULL THEN
    INSERT INTO records.token SELECT keys[a.nth], a.path, a.place, a.system, a.code
      FROM unnest(token_nth, token_path, token_place, token_system, token_code) AS a(nth, path, place, system, code)
     WHERE keys[a.nth] IS NOT NULL;
  END IF;
  IF word_nth IS NOT NULL THEN
    INSERT INTO records.word SELECT keys[a.nth], a.path, a.place, a.head, a.whole, a.exact
      FROM unnest(word_nth, word_path, word_place, word_head, word_whole, word_exact)
           AS a(nth, path, place, head, whole, exact)
     WHERE keys[a.nth] IS NOT NULL;
  END IF;
  IF link_nth IS NOT NULL THEN
    INSERT INTO records.link SELECT keys[a.nth], a.path, a.place, a.type, a.target
      FROM unnest(link_nth, link_path, link_place, link_type, link_target) AS a(nth, path, place, type, target)
     WHERE keys[a.nth] IS NOT NULL;
  END IF;
  IF moment_nth IS NOT NULL THEN
    INSERT INTO records.moment SELECT keys[a.nth], a.path, a.place, a.starts, a.ends
      FROM unnest(moment_nth, moment_path, moment_place, moment_starts, moment_ends) AS a(nth, path, place, starts, ends)
     WHERE keys[a.nth] IS NOT NULL;
  END IF;
  IF amount_nth IS NOT NULL THEN
    INSERT INTO records.amount SELECT keys[a.nth], a.path, a.place, a.low, a.high, a.system, a.code, a.unit
      FROM unnest(amount_nth, amount_path, amount_place, amount_low, amount_high, amount_system, amount_code, amount_unit)
           AS a(nth, path, place, low, high, system, code, unit)
     WHERE keys[a.nth] IS NOT NULL;
  END IF;
END $$;

-- Takes away the index rows of resources.
CREATE FUNCTION records.forget(keys bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  DELETE FROM records.token i WHERE i.key = ANY (keys);
  DELETE FROM records.word i WHERE i.key = ANY (keys);
  DELETE FROM records.link i WHERE i.key = ANY (keys);
  DELETE FROM records.moment i WHERE i.key = ANY (keys);
  DELETE FROM records.amount i WHERE i.key = ANY (keys);
END $$;

-- What is known of a patient opens at the house the Patient is of now, and no longer at the one that answered before;
-- with `held`, only what these keys open. Earlier versions stay with whom they were open to. What is of any patient has an
-- index (`patient <> ''`); a plan that is kept for all patients takes it only where the statement says so itself.
CREATE FUNCTION records.move(of_patient text, to_house text, held text[]) RETURNS void
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
REVOKE EXECUTE ON FUNCTION records.forget(bigint[]), records.move(text, text, text[]) FROM yuanzhen_app;
DO $$ BEGIN
  EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || (SELECT p.oid::regprocedure FROM pg_proc p WHERE p.proname = 'enter'
    AND p.pronamespace = 'records'::regnamespace) || ' FROM yuanzhen_app';
END $$;

-- Rows, versions and index of resources, many at once by columns, for an actor who holds a key of each as it was and as it
-- shall be. With its owner's rights: the keys are reckoned once and not for each row of each table, and nothing else writes
-- these tables. No resource stands in a call twice.
-- `expected`: NULL any, 0 must be new, n must be version n. `audiences`: JSON lists of keys. Answers for each the new
-- version, when it was written and whether the actor may read it; or minus the version that was found instead of the
-- expected one (0: none was).
-- The house that answers for a patient's resource is the Patient's as it is in this moment, whatever the writer took it
-- for: it may have moved since, and a machine that writes one resource need not ask. One resource that is new, the most
-- frequent write of all, goes a short way: no arrays are taken apart for it. What is not so simple goes the long way, and
-- looks at what is there by the key, one after another in the order of the keys: a join's plan, made while the record is
-- small and kept while it grows, would walk through the whole of it.
CREATE FUNCTION records.write(types text[], ids text[], expected int[], patients text[], institutions text[],
  sensitives boolean[], sources text[], audiences text[], deletions boolean[], metas text[], contents text[],
  token_nth int[], token_path int[], token_place smallint[], token_system text[], token_code text[],
  word_nth int[], word_path int[], word_place smallint[], word_head text[], word_whole text[], word_exact text[],
  link_nth int[], link_path int[], link_place smallint[], link_type text[], link_target text[],
  moment_nth int[], moment_path int[], moment_place smallint[], moment_starts bigint[], moment_ends bigint[],
  amount_nth int[], amount_path int[], amount_place smallint[], amount_low float8[], amount_high float8[],
  amount_system text[], amount_code text[], amount_unit text[]) RETURNS TABLE (written int, written_at timestamptz, readable boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  held text[] := security.keys('write');
  seen text[] := security.keys('read');
  stamp timestamptz := date_trunc('milliseconds', clock_timestamp());
  numbers int[] := array_fill(NULL::int, ARRAY[cardinality(ids)]);   -- NULL: not decided yet
  keys bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(ids)]);
  known bigint[] := '{}';
  one record;
  made bigint;
  short boolean;
  open text[];
BEGIN
  short := cardinality(ids) = 1 AND coalesce(expected[1], 0) = 0;
  IF short AND types[1] <> 'Patient' AND patients[1] <> '' THEN
    short := NOT EXISTS (SELECT FROM records.resource p
                          WHERE p.type = 'Patient' AND p.id = patients[1] AND p.institution <> institutions[1]);
  END IF;
  IF short THEN
    open := ARRAY(SELECT jsonb_array_elements_text(audiences[1]::jsonb));
    IF NOT open && held THEN RAISE insufficient_privilege USING MESSAGE = 'resource is not writable'; END IF;
    INSERT INTO records.resource AS r (type, id, version, updated, deleted, patient, institution, sensitive, source,
                                       audience, meta, content)
      VALUES (types[1], ids[1], 1, stamp, deletions[1], patients[1], institutions[1], sensitives[1], sources[1],
              open, metas[1], contents[1])
      ON CONFLICT (type, id) DO NOTHING RETURNING r.key INTO made;
    IF made IS NOT NULL THEN
      IF types[1] = 'Patient' THEN PERFORM records.move(ids[1], institutions[1], held); END IF;
      INSERT INTO records.version (type, id, version, updated, deleted, audience, meta, content)
        VALUES (types[1], ids[1], 1, stamp, deletions[1], open, metas[1], contents[1]);
      PERFORM records.enter(ARRAY[made],
        token_nth, token_path, token_place, token_system, token_code,
        word_nth, word_path, word_place, word_head, word_whole, word_exact,
        link_nth, link_path, link_place, link_type, link_target,
        moment_nth, moment_path, moment_place, moment_starts, moment_ends,
        amount_nth, amount_path, amount_place, amount_low, amount_high, amount_system, amount_code, amount_unit);
      RETURN QUERY SELECT 1, stamp, open && seen;
      RETURN;
    END IF;
  END IF;
  IF EXISTS (SELECT FROM unnest(audiences) AS a(open)
              WHERE NOT ARRAY(SELECT jsonb_array_elements_text(a.open::jsonb)) && held) THEN
    RAISE insufficient_privilege USING MESSAGE = 'resource is not writable';
  END IF;
  FOR one IN
    SELECT a.nth, a.institution AS told, p.institution AS house
      FROM unnest(types, patients, institutions) WITH ORDINALITY AS a(type, patient, institution, nth)
     CROSS JOIN LATERAL (SELECT r.institution FROM records.resource r
                          WHERE r.type = 'Patient' AND r.id = a.patient OFFSET 0) AS p
     WHERE a.type <> 'Patient' AND a.patient <> '' AND a.institution <> p.institution
       AND NOT EXISTS (SELECT FROM unnest(types, ids) AS b(type, id) WHERE b.type = 'Patient' AND b.id = a.patient)
  LOOP
    institutions[one.nth] := one.house;
    audiences[one.nth] := CASE WHEN one.told = ''
      THEN replace(audiences[one.nth], '"*"', '"*","house:' || one.house || '"')
      ELSE replace(audiences[one.nth], '"house:' || one.told || '"', '"house:' || one.house || '"') END;
  END LOOP;
  LOOP
    FOR one IN
      SELECT a.nth, a.type, a.id, a.institution, r.key, r.version, r.audience, r.house
        FROM (SELECT * FROM unnest(types, ids, institutions) WITH ORDINALITY AS b(type, id, institution, nth)
               WHERE numbers[b.nth] IS NULL ORDER BY b.type, b.id) AS a
       CROSS JOIN LATERAL (SELECT r.key, r.version, r.audience, r.institution AS house FROM records.resource r
                            WHERE r.type = a.type AND r.id = a.id FOR UPDATE) AS r
    LOOP
      IF NOT one.audience && held THEN
        RAISE insufficient_privilege USING MESSAGE = 'resource is not writable';
      END IF;
      IF expected[one.nth] <> one.version THEN
        numbers[one.nth] := -one.version;
      ELSE
        numbers[one.nth] := one.version + 1;
        keys[one.nth] := one.key;
        known := known || one.key;
        IF one.type = 'Patient' AND one.house <> one.institution THEN
          PERFORM records.move(one.id, one.institution, NULL);
        END IF;
      END IF;
    END LOOP;
    FOR one IN
      WITH made AS (
        INSERT INTO records.resource AS r (type, id, version, updated, deleted, patient, institution, sensitive, source,
                                           audience, meta, content)
        SELECT a.type, a.id, 1, stamp, a.deleted, a.patient, a.institution, a.sensitive, a.source,
               ARRAY(SELECT jsonb_array_elements_text(a.open::jsonb)), a.meta, a.content
          FROM unnest(types, ids, deletions, patients, institutions, sensitives, sources, audiences, metas, contents)
               WITH ORDINALITY AS a(type, id, deleted, patient, institution, sensitive, source, open, meta, content, nth)
         WHERE numbers[a.nth] IS NULL AND coalesce(expected[a.nth], 0) = 0 ORDER BY a.type, a.id
        ON CONFLICT (type, id) DO NOTHING RETURNING r.type, r.id, r.key)
      SELECT a.nth, a.type, a.id, a.institution, made.key
        FROM made JOIN unnest(types, ids, institutions) WITH ORDINALITY AS a(type, id, institution, nth)
          ON a.type = made.type AND a.id = made.id
    LOOP
      numbers[one.nth] := 1;
      keys[one.nth] := one.key;
      -- What came before its Patient stands with the house that sent it, until now.
      IF one.type = 'Patient' THEN PERFORM records.move(one.id, one.institution, held); END IF;
    END LOOP;
    FOR nth IN 1 .. cardinality(ids) LOOP
      IF numbers[nth] IS NULL AND expected[nth] <> 0 THEN numbers[nth] := 0; END IF;
    END LOOP;
    EXIT WHEN array_position(numbers, NULL) IS NULL;  -- else somebody made it in this moment: it is found next time round
  END LOOP;
  IF known <> '{}' THEN
    UPDATE records.resource r SET version = a.number, updated = stamp, deleted = a.deleted, patient = a.patient,
           institution = a.institution, sensitive = a.sensitive, source = a.source,
           audience = ARRAY(SELECT jsonb_array_elements_text(a.open::jsonb)), meta = a.meta, content = a.content
      FROM unnest(keys, numbers, deletions, patients, institutions, sensitives, sources, audiences, metas, contents)
           AS a(key, number, deleted, patient, institution, sensitive, source, open, meta, content)
     WHERE r.key = ANY (known) AND r.key = a.key AND a.number > 1;
    PERFORM records.forget(known);
  END IF;
  INSERT INTO records.version (type, id, version, updated, deleted, audience, meta, content)
    SELECT a.type, a.id, a.number, stamp, a.deleted, ARRAY(SELECT jsonb_array_elements_text(a.open::jsonb)), a.meta, a.content
      FROM unnest(types, ids, numbers, deletions, audiences, metas, contents)
           AS a(type, id, number, deleted, open, meta, content)
     WHERE a.number > 0;
  PERFORM records.enter(keys,
    token_nth, token_path, token_place, token_system, token_code,
    word_nth, word_path, word_place, word_head, word_whole, word_exact,
    link_nth, link_path, link_place, link_type, link_target,
    moment_nth, moment_path, moment_place, moment_starts, moment_ends,
    amount_nth, amount_path, amount_place, amount_low, amount_high, amount_system, amount_code, amount_unit);
  RETURN QUERY SELECT a.number, stamp, ARRAY(SELECT jsonb_array_elements_text(a.open::jsonb)) && seen
    FROM unnest(numbers, audiences) WITH ORDINALITY AS a(number, open, nth) ORDER BY a.nth;
END $$;

-- The same in one round trip with the context ('' inside a verb), and with the trail when it stands alone: kept when all
-- was written. Several that stand alone together, each with its trail, are written as a whole or not at all, so that nothing
-- is written without its trail; who asked tries again, one by one.
CREATE FUNCTION records.put(context text, types text[], ids text[], expected int[], patients text[], institutions text[],
  sensitives boolean[], sources text[], audiences text[], deletions boolean[], metas text[], contents text[],
  token_nth int[], token_path int[], token_place smallint[], token_system text[], token_code text[],
  word_nth int[], word_path int[], word_place smallint[], word_head text[], word_whole text[], word_exact text[],
  link_nth int[], link_path int[], link_place smallint[], link_type text[], link_target text[],
  moment_nth int[], moment_path int[], moment_place smallint[], moment_starts bigint[], moment_ends bigint[],
  amount_nth int[], amount_path int[], amount_place smallint[], amount_low float8[], amount_high float8[],
  amount_system text[], amount_code text[], amount_unit text[], trail jsonb)
  RETURNS TABLE (written int, written_at timestamptz, readable boolean)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  one record;
  whole boolean := true;
BEGIN
  IF context <> '' THEN PERFORM set_config('yuanzhen.context', context, true); END IF;
  FOR one IN
    SELECT w.written, w.written_at, w.readable FROM records.write(types, ids, expected, patients, institutions, sensitives, sources,
      audiences, deletions, metas, contents,
      token_nth, token_path, token_place, token_system, token_code,
      word_nth, word_path, word_place, word_head, word_whole, word_exact,
      link_nth, link_path, link_place, link_type, link_target,
      moment_nth, moment_path, moment_place, moment_starts, moment_ends,
      amount_nth, amount_path, amount_place, amount_low, amount_high, amount_system, amount_code, amount_unit) AS w
  LOOP
    written := one.written;
    written_at := one.written_at;
    readable := one.readable;
    whole := whole AND written > 0;
    RETURN NEXT;
  END LOOP;
  IF trail IS NOT NULL AND NOT whole AND cardinality(ids) > 1 THEN
    RAISE serialization_failure USING MESSAGE = 'what several ask for together is written as a whole';
  END IF;
  IF whole AND trail IS NOT NULL THEN PERFORM infrastructure.settle(trail, NULL, NULL); END IF;
END $$;

-- One step of making the index anew, from `since` to `till`: for whoever holds the key of it, and only while nobody else
-- does the same and a resource is as it was read. Says whether the step counted.
CREATE FUNCTION records.reindex(of_digest text, since bigint, till bigint, is_done boolean, of_keys bigint[], versions int[],
  token_nth int[], token_path int[], token_place smallint[], token_system text[], token_code text[],
  word_nth int[], word_path int[], word_place smallint[], word_head text[], word_whole text[], word_exact text[],
  link_nth int[], link_path int[], link_place smallint[], link_type text[], link_target text[],
  moment_nth int[], moment_path int[], moment_place smallint[], moment_starts bigint[], moment_ends bigint[],
  amount_nth int[], amount_path int[], amount_place smallint[], amount_low float8[], amount_high float8[],
  amount_system text[], amount_code text[], amount_unit text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  state records.indexed;
  keys bigint[];
BEGIN
  IF NOT 'indexer' = ANY (security.keys('write')) THEN
    RAISE insufficient_privilege USING MESSAGE = 'the index is not yours to make';
  END IF;
  SELECT * INTO state FROM records.indexed FOR UPDATE;
  IF since <> (CASE WHEN state.digest = of_digest THEN state.reached ELSE 0 END)
     OR (state.digest = of_digest AND state.done) THEN RETURN false; END IF;
  PERFORM FROM records.resource r WHERE r.key = ANY (of_keys) ORDER BY r.key FOR SHARE;
  keys := ARRAY(SELECT r.key FROM unnest(of_keys, versions) WITH ORDINALITY AS a(key, version, nth)
                  LEFT JOIN records.resource r ON r.key = a.key AND r.version = a.version ORDER BY a.nth);
  PERFORM records.forget(array_remove(keys, NULL));
  PERFORM records.enter(keys,
    token_nth, token_path, token_place, token_system, token_code,
    word_nth, word_path, word_place, word_head, word_whole, word_exact,
    link_nth, link_path, link_place, link_type, link_target,
    moment_nth, moment_path, moment_place, moment_starts, moment_ends,
    amount_nth, amount_path, amount_place, amount_low, amount_high, amount_system, amount_code, amount_unit);
  UPDATE records.indexed SET digest = of_digest, reached = till, done = is_done;
  RETURN true;
END $$;
