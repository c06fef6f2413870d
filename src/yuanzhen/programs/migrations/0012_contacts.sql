-- When each system was last heard at a door, or turned away; and which an officer has switched off.

CREATE TABLE intake.contact (
  door text NOT NULL CHECK (door IN ('hl7', 'dicom')),
  peer text NOT NULL,                -- '' for one that nobody enrolled
  name text NOT NULL,                -- what a stranger calls itself (MSH-4, AE title); '' for an enrolled one
  institution text NOT NULL,         -- a stranger's: the home's own
  address text NOT NULL,
  seen timestamptz,
  refused timestamptz,
  code text NOT NULL,                -- why it was turned away last
  refusals bigint NOT NULL,
  PRIMARY KEY (door, peer, name)
);
ALTER TABLE intake.contact ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON intake.contact TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY house ON intake.contact TO yuanzhen_app USING (institution = ANY ((SELECT intake.houses())::text[]))
  WITH CHECK (institution = ANY ((SELECT intake.houses())::text[]));
GRANT SELECT, INSERT, DELETE ON intake.contact TO yuanzhen_app;
GRANT UPDATE (institution, address, seen, refused, code, refusals) ON intake.contact TO yuanzhen_app;

-- The last message of a sender is asked for whenever the console is looked at.
CREATE INDEX message_sender ON intake.message (sender, id);

ALTER TABLE security.peer ADD COLUMN off boolean NOT NULL DEFAULT false;
CREATE POLICY changes ON security.peer FOR UPDATE TO yuanzhen_app
  USING ('peers' = ANY ((SELECT security.keys('write'))::text[]))
  WITH CHECK ('peers' = ANY ((SELECT security.keys('write'))::text[]));
GRANT UPDATE (charset, dialect, hl7_facility, ae, hl7_to, dicom_to, sends, off) ON security.peer TO yuanzhen_app;
