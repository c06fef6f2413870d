-- As before; and where several stand alone together, each with its trail, they are written as a whole or not at all, so that
-- nothing is written without its trail. Who asked tries again, one by one.
CREATE OR REPLACE FUNCTION records.put(context text, types text[], ids text[], expected int[], patients text[], institutions text[],
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
