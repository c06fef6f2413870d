-- What a person made of images that were kept apart, and which of them say the same of whose they are.

ALTER TABLE records.apart
  ADD COLUMN state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'released', 'discarded')),
  ADD COLUMN ended_by text NOT NULL DEFAULT '',
  ADD COLUMN ended timestamptz,
  ADD COLUMN why text NOT NULL DEFAULT '',
  -- Of one study, from one sender, apart for one reason, with one patient in their headers: looked at and settled as one.
  ADD COLUMN claim text NOT NULL GENERATED ALWAYS AS (md5(
    institution || '|' || sender || '|' || reason || '|' || place || '|' || study || '|'
    || coalesce(header ->> '00100010', '') || coalesce(header ->> '00100020', '') || coalesce(header ->> '00100021', '')
    || coalesce(header ->> '00100030', '') || coalesce(header ->> '00100040', ''))) STORED;
CREATE INDEX apart_waiting ON records.apart (institution, claim) WHERE state = 'waiting';
GRANT UPDATE (state, ended_by, ended, why) ON records.apart TO yuanzhen_app;

-- How many wait in the actor's houses: the officer sees that there are some, and nothing of whose they are.
CREATE FUNCTION records.apart_counts() RETURNS TABLE (sender text, institution text, waiting bigint, oldest timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT a.sender, a.institution, count(*), min(a.at) FROM records.apart a
   WHERE a.state = 'waiting' AND a.institution = ANY (intake.houses()) GROUP BY a.sender, a.institution
$$;
