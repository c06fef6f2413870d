-- Files that people bring: each belongs to a DocumentReference, which decides who sees it.

CREATE TABLE records.upload (
  id text PRIMARY KEY,               -- the DocumentReference's
  patient text NOT NULL,
  blob text NOT NULL,
  type text NOT NULL,
  name text NOT NULL,
  bytes bigint NOT NULL,
  digest text NOT NULL               -- SM3, hex
);
ALTER TABLE records.upload ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON records.upload TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY seen ON records.upload FOR SELECT TO yuanzhen_app
  USING (EXISTS (SELECT FROM records.resource r WHERE r.type = 'DocumentReference' AND r.id = upload.id AND NOT r.deleted
                    AND r.audience && (SELECT security.keys('read'))));
CREATE POLICY brought ON records.upload FOR INSERT TO yuanzhen_app
  WITH CHECK (EXISTS (SELECT FROM records.resource r WHERE r.type = 'DocumentReference' AND r.id = upload.id
                         AND r.patient = upload.patient AND r.audience && (SELECT security.keys('write'))));
GRANT SELECT, INSERT ON records.upload TO yuanzhen_app;
