-- The printed page of an opinion, known again by its bytes.

-- Every page that was ever handed out: its digest, whose version it shows, and the home's signature over both, so that a
-- row put here by somebody who owns the server makes no page genuine.
CREATE TABLE consultation.printed (
  digest bytea PRIMARY KEY CHECK (length(digest) = 32),  -- SM3 of the page's bytes
  code text NOT NULL,
  consultation text NOT NULL,
  version int NOT NULL,
  made timestamptz NOT NULL,
  vouched bytea NOT NULL,
  FOREIGN KEY (consultation, version) REFERENCES consultation.opinion
);
ALTER TABLE consultation.printed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON consultation.printed TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY looked ON consultation.printed FOR SELECT TO yuanzhen_app
  USING ('worker' = ANY ((SELECT security.keys('read'))::text[]));
CREATE POLICY printed ON consultation.printed FOR INSERT TO yuanzhen_app
  WITH CHECK (EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
GRANT SELECT, INSERT ON consultation.printed TO yuanzhen_app;

-- Who holds a page may be anybody: the question is answered as a part of the product that reads cases and nothing else.
INSERT INTO security.grants (role, mode, key) VALUES ('check', 'read', 'public'), ('check', 'read', 'worker');
