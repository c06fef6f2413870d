-- What proves who somebody is opens to the doors alone. Set-up and the system's officer could read passwords' digests and
-- sessions' and clients' as well, and so could a statement slipped into one of theirs; they enter them, and void them by
-- functions that tell nothing.

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['credential', 'factor', 'pending', 'session', 'challenge', 'failures', 'recovery', 'client',
                           'token'] LOOP
    EXECUTE format('DROP POLICY identity ON security.%I', t);
    EXECUTE format('CREATE POLICY login ON security.%I TO yuanzhen_app '
      'USING (''login'' = ANY ((SELECT security.keys(''read''))::text[])) '
      'WITH CHECK (''login'' = ANY ((SELECT security.keys(''write''))::text[]))', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['credential', 'factor', 'client'] LOOP
    EXECUTE format('CREATE POLICY entered ON security.%I FOR INSERT TO yuanzhen_app '
      'WITH CHECK (''identity'' = ANY ((SELECT security.keys(''write''))::text[]))', t);
  END LOOP;
END $$;
INSERT INTO security.grants (role, mode, key) VALUES ('door', 'read', 'login'), ('door', 'write', 'login');

-- All sessions and pending log-ins of a person are over.
CREATE FUNCTION security.end_log_ins(whose text, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT 'identity' = ANY (security.keys('write')) THEN
    RAISE insufficient_privilege USING MESSAGE = 'log-ins are not yours to end';
  END IF;
  UPDATE security.session SET revoked = at WHERE person = whose AND revoked IS NULL;
  DELETE FROM security.pending WHERE person = whose;
END $$;

-- A person has no second factor any more.
CREATE FUNCTION security.forget_factors(whose text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT 'identity' = ANY (security.keys('write')) THEN
    RAISE insufficient_privilege USING MESSAGE = 'factors are not yours to forget';
  END IF;
  DELETE FROM security.factor WHERE person = whose;
END $$;

-- A recovery code takes the place of the one before.
CREATE FUNCTION security.put_recovery(whose text, code_hash text, until timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT 'identity' = ANY (security.keys('write')) THEN
    RAISE insufficient_privilege USING MESSAGE = 'recovery codes are not yours to issue';
  END IF;
  INSERT INTO security.recovery (person, hash, ends) VALUES (whose, code_hash, until)
  ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, ends = excluded.ends, tries = 0;
END $$;

-- Lets a machine client in no more, its tokens are void; false when there is none.
CREATE FUNCTION security.disable_client(which text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT 'identity' = ANY (security.keys('write')) THEN
    RAISE insufficient_privilege USING MESSAGE = 'clients are not yours to disable';
  END IF;
  UPDATE security.client SET disabled = true WHERE id = which;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM security.token WHERE client = which;
  RETURN true;
END $$;
