-- Identity: institutions and departments as policy needs them, people, how they prove themselves, and their sessions.
-- All but the two directories open to the key 'identity' alone: the doors, set-up and the system's officer.

CREATE TABLE security.institution (
  id text PRIMARY KEY,
  name text NOT NULL,
  level text NOT NULL CHECK (level IN ('city', 'county', 'township', 'branch')),
  parent text REFERENCES security.institution
);

CREATE TABLE security.department (
  id text PRIMARY KEY,
  name text NOT NULL,
  institution text NOT NULL REFERENCES security.institution
);
CREATE INDEX department_institution ON security.department (institution);

CREATE TABLE security.person (
  id text PRIMARY KEY,               -- of the Practitioner, Patient or RelatedPerson
  name text NOT NULL UNIQUE,         -- what one types to log in: NFKC, case folded
  display text NOT NULL,
  role text NOT NULL CHECK (role IN ('expert', 'clinician', 'nurse', 'patient', 'carer', 'interpreter', 'manager',
                                     'dispatcher', 'quality', 'officer')),
  institution text NOT NULL REFERENCES security.institution,
  patient text NOT NULL DEFAULT '',
  disabled boolean NOT NULL DEFAULT false,
  created timestamptz NOT NULL,
  CHECK ((role IN ('patient', 'carer')) = (patient <> ''))
);

CREATE TABLE security.credential (
  person text PRIMARY KEY REFERENCES security.person,
  hash text NOT NULL,                -- argon2id, PHC string
  one_time boolean NOT NULL,
  changed timestamptz NOT NULL
);

CREATE TABLE security.factor (
  id text PRIMARY KEY,
  person text NOT NULL REFERENCES security.person,
  kind text NOT NULL CHECK (kind IN ('totp', 'webauthn')),
  confirmed boolean NOT NULL,
  label text NOT NULL DEFAULT '',
  secret bytea,                      -- totp: sealed
  last_step bigint NOT NULL DEFAULT 0,
  credential bytea UNIQUE,           -- webauthn: the authenticator's id of it
  public_key bytea,
  sign_count bigint NOT NULL DEFAULT 0,
  created timestamptz NOT NULL,
  CHECK ((kind = 'totp') = (secret IS NOT NULL)),
  CHECK ((kind = 'webauthn') = (credential IS NOT NULL AND public_key IS NOT NULL))
);
CREATE UNIQUE INDEX factor_one_totp ON security.factor (person, confirmed) WHERE kind = 'totp';
CREATE INDEX factor_person ON security.factor (person);

-- A password was right and the second factor is awaited.
CREATE TABLE security.pending (
  digest bytea PRIMARY KEY,
  id text NOT NULL UNIQUE,
  person text NOT NULL REFERENCES security.person,
  tries int NOT NULL DEFAULT 0,
  ends timestamptz NOT NULL
);
CREATE INDEX pending_person ON security.pending (person);

CREATE TABLE security.session (
  id text PRIMARY KEY,
  digest bytea NOT NULL UNIQUE,      -- SHA-256 of the cookie's token, which is kept nowhere
  person text NOT NULL REFERENCES security.person,
  csrf text NOT NULL,
  created timestamptz NOT NULL,
  seen timestamptz NOT NULL,
  factor_at timestamptz NOT NULL,
  ends timestamptz NOT NULL,
  revoked timestamptz
);
CREATE INDEX session_person ON security.session (person) WHERE revoked IS NULL;

-- What an authenticator is asked to sign, good once; the holder is a session or a pending log-in.
CREATE TABLE security.challenge (
  holder text NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('enrol', 'factor')),
  challenge bytea NOT NULL,
  ends timestamptz NOT NULL,
  PRIMARY KEY (holder, purpose)
);

-- Failures of late, by account and by address: they slow down, they never lock.
CREATE TABLE security.failures (
  key text PRIMARY KEY,
  count int NOT NULL,
  last timestamptz NOT NULL
);

CREATE TABLE security.recovery (
  person text PRIMARY KEY REFERENCES security.person,
  hash text NOT NULL,
  tries int NOT NULL DEFAULT 0,
  ends timestamptz NOT NULL
);

CREATE TABLE security.client (
  id text PRIMARY KEY,
  name text NOT NULL,
  digest bytea NOT NULL,             -- SHA-256 of a secret of 256 random bits
  scopes text NOT NULL,
  institution text NOT NULL REFERENCES security.institution,
  disabled boolean NOT NULL DEFAULT false,
  created timestamptz NOT NULL
);

CREATE TABLE security.token (
  digest bytea PRIMARY KEY,
  client text NOT NULL REFERENCES security.client,
  scopes text NOT NULL,
  ends timestamptz NOT NULL
);
CREATE INDEX token_ends ON security.token (ends);

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['institution', 'department', 'person', 'credential', 'factor', 'pending', 'session', 'challenge',
                           'failures', 'recovery', 'client', 'token'] LOOP
    EXECUTE format('ALTER TABLE security.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON security.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY identity ON security.%I TO yuanzhen_app '
      'USING (''identity'' = ANY ((SELECT security.keys(''read''))::text[])) '
      'WITH CHECK (''identity'' = ANY ((SELECT security.keys(''write''))::text[]))', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON security.%I TO yuanzhen_app', t);
  END LOOP;
  -- What is used up or over leaves no row behind.
  FOREACH t IN ARRAY ARRAY['factor', 'pending', 'session', 'challenge', 'failures', 'recovery', 'token'] LOOP
    EXECUTE format('GRANT DELETE ON security.%I TO yuanzhen_app', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['institution', 'department'] LOOP
    EXECUTE format('CREATE POLICY listed ON security.%I FOR SELECT TO yuanzhen_app '
      'USING (''public'' = ANY ((SELECT security.keys(''read''))::text[]))', t);
  END LOOP;
END $$;
CREATE POLICY own ON security.person FOR SELECT TO yuanzhen_app USING (id = ANY ((SELECT security.keys('read'))::text[]));
