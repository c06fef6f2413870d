-- The systems that are enrolled: what each may send as whom, and what is sent to it.
CREATE TABLE security.peer (
  id text PRIMARY KEY,
  name text NOT NULL UNIQUE,
  institution text NOT NULL REFERENCES security.institution,
  hl7_facility text NOT NULL DEFAULT '',
  charset text NOT NULL DEFAULT '',
  hl7_to text NOT NULL DEFAULT '',
  sends text[] NOT NULL DEFAULT '{}',
  ae text NOT NULL DEFAULT '',
  dicom_to text NOT NULL DEFAULT '',
  plain boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX peer_facility ON security.peer (hl7_facility) WHERE hl7_facility <> '';
CREATE UNIQUE INDEX peer_ae ON security.peer (ae) WHERE ae <> '';

ALTER TABLE security.peer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON security.peer TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY enrolled ON security.peer FOR SELECT TO yuanzhen_app USING ('peers' = ANY ((SELECT security.keys('read'))::text[]));
CREATE POLICY enrols ON security.peer FOR INSERT TO yuanzhen_app WITH CHECK ('peers' = ANY ((SELECT security.keys('write'))::text[]));
GRANT SELECT, INSERT ON security.peer TO yuanzhen_app;
