-- Acts that wait for a second person, and the versions of an opinion: added to, corrected or withdrawn, never altered.

-- An act that takes effect when somebody else approves it: its name, the digest of its exact arguments, who asked.
CREATE TABLE security.approval (
  id text PRIMARY KEY,
  verb text NOT NULL,
  entity text NOT NULL,              -- what it is done to: 'consultation/ID'
  patient text NOT NULL,
  digest bytea NOT NULL CHECK (length(digest) = 32),  -- SM3 of the arguments' canonical bytes
  reason text NOT NULL,
  department text NOT NULL,          -- whose experts may approve it, besides quality
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'rejected', 'void')),
  decided_by text NOT NULL DEFAULT '',
  decided_at timestamptz,
  words text NOT NULL DEFAULT '',
  key text NOT NULL DEFAULT '',      -- the approver's signature over all of the above
  signature text NOT NULL DEFAULT '',
  audience text[] NOT NULL,
  CHECK (state IN ('waiting', 'void') OR (decided_by NOT IN ('', asked_by) AND decided_at IS NOT NULL)),
  CHECK (state <> 'approved' OR signature <> '')
);
CREATE INDEX approval_waiting ON security.approval (entity) WHERE state = 'waiting';
CREATE INDEX approval_asked ON security.approval (asked_by, id);

ALTER TABLE security.approval ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON security.approval TO yuanzhen_owner USING (true) WITH CHECK (true);
CREATE POLICY seen ON security.approval FOR SELECT TO yuanzhen_app USING (audience && (SELECT security.keys('read')));
CREATE POLICY asked ON security.approval FOR INSERT TO yuanzhen_app
  WITH CHECK (asked_by = (SELECT (security.who()).id) AND state = 'waiting' AND audience && (SELECT security.keys('write')));
-- Nobody approves what they asked for themselves, whatever the program says.
CREATE POLICY decided ON security.approval FOR UPDATE TO yuanzhen_app
  USING (state = 'waiting' AND audience && (SELECT security.keys('write')))
  WITH CHECK (state = 'void' OR (decided_by = (SELECT (security.who()).id) AND asked_by <> decided_by
                                 AND audience && (SELECT security.keys('write'))));
GRANT SELECT, INSERT, UPDATE (state, decided_by, decided_at, words, key, signature) ON security.approval TO yuanzhen_app;

-- Who holds a role: for the relay, which tells them.
CREATE FUNCTION security.holders(wanted text) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT 'members' = ANY (security.keys('read')) THEN RETURN; END IF;
  RETURN QUERY SELECT p.id FROM security.person p WHERE p.role = wanted AND NOT p.disabled;
END $$;

-- What a version is, and over which it was made. `before` is the signature of the version before: they are a chain.
ALTER TABLE consultation.opinion
  ADD kind text NOT NULL DEFAULT 'first' CHECK (kind IN ('first', 'addendum', 'amendment', 'withdrawal')),
  ADD addendum text NOT NULL DEFAULT '',
  ADD reason text NOT NULL DEFAULT '',
  ADD before text NOT NULL DEFAULT '',
  ADD approval text NOT NULL DEFAULT '',  -- that let it, or what it adds to, take effect
  ADD CHECK (kind NOT IN ('amendment', 'withdrawal') OR approval <> '');

-- A version that its signer has signed already and that waits for a second person.
CREATE TABLE consultation.proposal (
  approval text PRIMARY KEY,
  consultation text NOT NULL REFERENCES consultation.case,
  version int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('amendment', 'withdrawal')),
  findings text NOT NULL,
  conclusion text NOT NULL,
  advice text NOT NULL,
  reason text NOT NULL,
  before text NOT NULL,
  signer text NOT NULL,
  signed_at timestamptz NOT NULL,
  key text NOT NULL,
  signature text NOT NULL
);

-- Further signers of the same version, each over the same bytes.
CREATE TABLE consultation.cosignature (
  consultation text NOT NULL,
  version int NOT NULL,
  signer text NOT NULL,
  signed_at timestamptz NOT NULL,
  key text NOT NULL,
  signature text NOT NULL,
  PRIMARY KEY (consultation, version, signer),
  FOREIGN KEY (consultation, version) REFERENCES consultation.opinion
);

-- Who of the asking side has opened a version: until then it has arrived and not been read.
CREATE TABLE consultation.opened (
  consultation text NOT NULL,
  version int NOT NULL,
  person text NOT NULL,
  part text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (consultation, version, person),
  FOREIGN KEY (consultation, version) REFERENCES consultation.opinion
);

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['proposal', 'cosignature', 'opened'] LOOP
    EXECUTE format('ALTER TABLE consultation.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON consultation.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('GRANT SELECT, INSERT ON consultation.%I TO yuanzhen_app', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['cosignature', 'opened'] LOOP
    EXECUTE format('CREATE POLICY seen ON consultation.%I FOR SELECT TO yuanzhen_app '
      'USING (EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation))', t);
  END LOOP;
END $$;
CREATE POLICY seen ON consultation.proposal FOR SELECT TO yuanzhen_app
  USING (EXISTS (SELECT FROM security.approval a WHERE a.id = approval));
CREATE POLICY proposed ON consultation.proposal FOR INSERT TO yuanzhen_app
  WITH CHECK (signer = (SELECT (security.who()).id) AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
CREATE POLICY signed ON consultation.cosignature FOR INSERT TO yuanzhen_app
  WITH CHECK (signer = (SELECT (security.who()).id) AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
CREATE POLICY opened ON consultation.opened FOR INSERT TO yuanzhen_app
  WITH CHECK (person = (SELECT (security.who()).id) AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));

-- The expert signs and adds to it; what another has signed enters with an approval of one's own giving.
DROP POLICY signed ON consultation.opinion;
CREATE POLICY signed ON consultation.opinion FOR INSERT TO yuanzhen_app
  WITH CHECK (signer = (SELECT (security.who()).id) AND kind IN ('first', 'addendum')
              AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation AND c.expert = signer));
CREATE POLICY approved ON consultation.opinion FOR INSERT TO yuanzhen_app
  WITH CHECK (EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation)
    AND EXISTS (SELECT FROM security.approval a
                 WHERE a.id = approval AND a.state = 'approved' AND a.asked_by = signer
                   AND a.entity = 'consultation/' || consultation
                   AND (CASE kind WHEN 'addendum' THEN a.asked_by ELSE a.decided_by END) = (SELECT (security.who()).id)));

-- Quality judges what waits; a relation that we open for the moment lets them publish what they approved. The relay
-- sees whether something still waits, to show it no longer than that.
INSERT INTO security.grants (role, mode, key) VALUES
  ('relay', 'read', 'approvals'),
  ('quality', 'read', 'approvals'), ('quality', 'write', 'approvals'),
  ('quality', 'read', '$relations'), ('quality', 'write', '$relations');
