-- Managed keys, and the chain that makes the trail tamper-evident.

-- The public half of each signing key: whoever verifies reads it. `certificate` is the home's signature over id, owner,
-- purpose and public half, so that a row put here by somebody who owns the server is nobody's key.
CREATE TABLE security.signing_key (
  id text PRIMARY KEY,
  owner text NOT NULL,               -- a person, or 'home:log'
  purpose text NOT NULL CHECK (purpose IN ('person', 'log')),
  algorithm text NOT NULL CHECK (algorithm = 'SM2'),
  public_key bytea NOT NULL,         -- SubjectPublicKeyInfo
  certificate bytea NOT NULL,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired', 'revoked', 'destroyed')),
  created timestamptz NOT NULL,
  ended timestamptz,                 -- when it stopped signing
  revoked_since timestamptz,         -- from when on its signatures are not believed
  CHECK ((state = 'active') = (ended IS NULL)),
  CHECK (state <> 'revoked' OR revoked_since IS NOT NULL)
);
CREATE UNIQUE INDEX signing_key_active ON security.signing_key (owner, purpose) WHERE state = 'active';

-- The private half, sealed under the home's root. A table of its own, not a column grant: column grants know database
-- roles, and all actors share one. No actor reads it at all; it comes out by security.open_key alone.
CREATE TABLE security.signing_secret (
  key text PRIMARY KEY REFERENCES security.signing_key,
  sealed bytea NOT NULL
);

-- A key is made, opened and ended by a verb of ours, never by a statement alone: the process signs each step.
-- Makes a key unless its owner has an active one for the purpose; says whether it did.
CREATE FUNCTION security.keep_key(new_id text, of_owner text, for_purpose text, public bytea, certified bytea,
                                  sealed_private bytea, at timestamptz, mac text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT security.signed('keep-key', concat_ws('|', new_id, of_owner, for_purpose, encode(sha256(public), 'hex'),
                                               encode(sha256(sealed_private), 'hex')), mac) THEN
    RAISE insufficient_privilege USING MESSAGE = 'key not signed';
  END IF;
  INSERT INTO security.signing_key (id, owner, purpose, algorithm, public_key, certificate, created)
  VALUES (new_id, of_owner, for_purpose, 'SM2', public, certified, at)
  ON CONFLICT (owner, purpose) WHERE state = 'active' DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO security.signing_secret (key, sealed) VALUES (new_id, sealed_private);
  RETURN true;
END $$;

-- The sealed private half of an active key: to its owner, and to the chain the log's. NULL to anybody else.
CREATE FUNCTION security.open_key(wanted text, mac text) RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT security.signed('open-key', wanted, mac) THEN
    RAISE insufficient_privilege USING MESSAGE = 'opening of key not signed';
  END IF;
  RETURN (SELECT s.sealed FROM security.signing_secret s JOIN security.signing_key k ON k.id = s.key
           WHERE k.id = wanted AND k.state = 'active'
             AND (k.owner = (security.who()).id
                  OR (k.owner = 'home:log' AND 'chain' = ANY (security.keys('write')))));
END $$;

-- One step of a key's life, by its owner or whoever holds 'keys'; false when it is in another state than the caller saw.
-- A destroyed key's private half is deleted; how long a copy lives on in backups is theirs to say.
CREATE FUNCTION security.end_key(wanted text, seen_state text, new_state text, at timestamptz, since timestamptz, mac text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT security.signed('end-key', concat_ws('|', wanted, seen_state, new_state), mac) THEN
    RAISE insufficient_privilege USING MESSAGE = 'end of key not signed';
  END IF;
  UPDATE security.signing_key k
     SET state = new_state, ended = coalesce(k.ended, at), revoked_since = least(k.revoked_since, since)
   WHERE k.id = wanted AND k.state = seen_state AND new_state <> 'active'
     AND ARRAY['keys', k.owner] && security.keys('write');
  IF NOT FOUND THEN RETURN false; END IF;
  IF new_state = 'destroyed' THEN DELETE FROM security.signing_secret s WHERE s.key = wanted; END IF;
  RETURN true;
END $$;

-- The log of the log: which trail row is which leaf of the Merkle tree. No reference to the trail: it would lock its rows
-- for each leaf, and what a missing row means is for verification to say.
CREATE TABLE security.trail_leaf (
  position bigint PRIMARY KEY CHECK (position >= 0),
  trail_id bigint NOT NULL UNIQUE,
  leaf bytea NOT NULL CHECK (length(leaf) = 32)
);

-- A signed tree head for each batch.
CREATE TABLE security.trail_head (
  size bigint PRIMARY KEY CHECK (size > 0),
  root bytea NOT NULL CHECK (length(root) = 32),
  signed_at timestamptz NOT NULL,
  key text NOT NULL,
  signature bytea NOT NULL
);

-- Where the chain stands: its tree's frontier. One row that changes, so that heads stay small; it is believed only when
-- the newest head agrees. Which rows are still to be chained is not kept: each process sweeps once, then goes by snapshots.
CREATE TABLE security.trail_frontier (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  frontier bytea NOT NULL
);
INSERT INTO security.trail_frontier (frontier) VALUES ('\x0000000000000000');

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['signing_key', 'signing_secret', 'trail_leaf', 'trail_head', 'trail_frontier'] LOOP
    EXECUTE format('ALTER TABLE security.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON security.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['trail_leaf', 'trail_head', 'trail_frontier'] LOOP
    EXECUTE format('CREATE POLICY looked ON security.%I FOR SELECT TO yuanzhen_app '
      'USING (ARRAY[''trail'', ''chain''] && (SELECT security.keys(''read'')))', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['trail_leaf', 'trail_head'] LOOP
    EXECUTE format('CREATE POLICY chained ON security.%I FOR INSERT TO yuanzhen_app '
      'WITH CHECK (''chain'' = ANY ((SELECT security.keys(''write''))::text[]))', t);
    EXECUTE format('GRANT SELECT, INSERT ON security.%I TO yuanzhen_app', t);
  END LOOP;
END $$;
CREATE POLICY chained ON security.trail_frontier FOR UPDATE TO yuanzhen_app
  USING ('chain' = ANY ((SELECT security.keys('write'))::text[]));
CREATE POLICY shown ON security.signing_key FOR SELECT TO yuanzhen_app
  USING ('public' = ANY ((SELECT security.keys('read'))::text[]));
GRANT SELECT, UPDATE ON security.trail_frontier TO yuanzhen_app;
GRANT SELECT ON security.signing_key TO yuanzhen_app;

INSERT INTO security.grants (role, mode, key) VALUES
  ('officer', 'write', 'keys'),
  ('setup', 'write', 'keys'),
  ('chain', 'read', 'public'),
  ('chain', 'write', 'keys');
