-- By which of a patient's numbers a resource was told, sealed: when a merge is undone, what came by the given-up patient's
-- own numbers meanwhile is theirs.
ALTER TABLE intake.told ADD COLUMN numbers text[] NOT NULL DEFAULT '{}';
CREATE POLICY followed ON intake.told FOR SELECT TO yuanzhen_app
  USING ('follow' = ANY ((SELECT security.keys('write'))::text[]));
