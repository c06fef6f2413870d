-- The write of the record (0016), whose looks at what is there are by the key and one after another in the order of the
-- keys: a join's plan, made while the record is small and kept while it grows, walked through the whole of it.

CREATE OR REPLACE FUNCTION records.write(types text[], ids text[], expected int[], patients text[], institutions text[],
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
