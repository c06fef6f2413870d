-- Who can be called: what each person says of themselves, and when they were last heard of.

CREATE TABLE security.presence (
  person text PRIMARY KEY,
  said text NOT NULL CHECK (said IN ('here', 'booked-only', 'away')),
  heard timestamptz NOT NULL             -- by any call or open page; written for many at once
);

ALTER TABLE security.presence ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON security.presence TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY known ON security.presence FOR SELECT TO yuanzhen_app
  USING (ARRAY[person, 'members'] && (SELECT security.keys('read')));
CREATE POLICY said ON security.presence FOR INSERT TO yuanzhen_app
  WITH CHECK (ARRAY[person, 'worker'] && (SELECT security.keys('write')));
CREATE POLICY said_again ON security.presence FOR UPDATE TO yuanzhen_app
  USING (ARRAY[person, 'worker'] && (SELECT security.keys('write')))
  WITH CHECK (ARRAY[person, 'worker'] && (SELECT security.keys('write')));
GRANT SELECT, INSERT, UPDATE ON security.presence TO yuanzhen_app;
