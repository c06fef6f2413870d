-- The ground: who acts, the trail, the outbox, live channels.
-- Owned by yuanzhen_owner; the application's role (yuanzhen_app) owns nothing and reaches every row through a policy.

CREATE SCHEMA security;
GRANT USAGE ON SCHEMA infrastructure, security TO yuanzhen_app;

-- A new function would be everybody's to call; ours are the application's, here and in every later migration.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO yuanzhen_app;

-- The key under which the application's processes sign contexts: both HMAC pads, read by definer functions alone.
CREATE TABLE security.context_key (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
  outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64)
);

-- RFC 2104 with SHA-256 over purpose|pid|body: true only for what a process of ours signed for this very backend.
CREATE FUNCTION security.signed(purpose text, body text, mac text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  k security.context_key;
BEGIN
  SELECT * INTO k FROM security.context_key;
  RETURN FOUND AND encode(sha256(k.outer_pad || sha256(k.inner_pad || convert_to(
    purpose || '|' || pg_backend_pid() || '|' || body, 'UTF8'))), 'hex') = mac;
END $$;
REVOKE EXECUTE ON FUNCTION security.signed(text, text, text) FROM yuanzhen_app;

CREATE TYPE security.actor AS (kind text, id text, role text, institution text, patient text, purpose text);

-- Who acts in this transaction; NULL without a context or with a forged one.
CREATE FUNCTION security.who() RETURNS security.actor
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  token text := current_setting('yuanzhen.context', true);
  body text;
  part text[];
BEGIN
  IF token IS NULL OR length(token) < 66 THEN RETURN NULL; END IF;
  body := left(token, -65);
  IF NOT security.signed('context', body, right(token, 64)) THEN RETURN NULL; END IF;
  part := string_to_array(body, '|');
  RETURN ROW(part[1], part[2], part[3], part[4], part[5], part[6])::security.actor;
END $$;

-- Tiered access as a table: what each role holds. '$institution', '$departments', '$relations' and '$self' are
-- filled in from the actor; every other key names an area ('identity') or the whole record ('*', '*!' with the sensitive).
CREATE TABLE security.grants (
  role text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('read', 'write')),
  key text NOT NULL,
  PRIMARY KEY (role, mode, key)
);

-- Who may see whom, why and until when; written by applications when their work begins, ended when it ends.
CREATE TABLE security.relation (
  id text PRIMARY KEY,
  person text NOT NULL,
  patient text NOT NULL,
  source text NOT NULL,
  sensitive boolean NOT NULL DEFAULT false,
  starts timestamptz NOT NULL DEFAULT now(),
  ends timestamptz
);
CREATE INDEX relation_person ON security.relation (person, patient);
CREATE INDEX relation_source ON security.relation (source);

CREATE TABLE security.membership (
  person text NOT NULL,
  department text NOT NULL,
  PRIMARY KEY (person, department)
);

-- The keys that the actor of this transaction holds; compared with a row's audience. No actor, no keys.
CREATE FUNCTION security.keys(wanted text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  a security.actor := security.who();
  held text[];
BEGIN
  IF a.id IS NULL THEN RETURN '{}'; END IF;
  SELECT coalesce(array_agg(CASE g.key WHEN '$institution' THEN nullif(a.institution, '')
                                       WHEN '$self' THEN '@' || nullif(a.patient, '')
                                       WHEN '$person' THEN a.id ELSE g.key END), '{}') INTO held
    FROM security.grants g WHERE g.role = a.role AND g.mode = wanted;
  IF '$departments' = ANY (held) THEN
    held := held || ARRAY(SELECT m.department FROM security.membership m WHERE m.person = a.id);
  END IF;
  IF '$relations' = ANY (held) THEN
    held := held || ARRAY(
      SELECT unnest(CASE WHEN r.sensitive THEN ARRAY[r.patient, r.patient || '!'] ELSE ARRAY[r.patient] END)
        FROM security.relation r
       WHERE r.person = a.id AND r.starts <= now() AND (r.ends IS NULL OR r.ends > now()));
  END IF;
  RETURN array_remove(held, NULL);
END $$;

-- A relation is decided by a verb of ours, never by a statement alone: the process signs it. Each has a row and an id of
-- its own, so that a signature opens once; who was entrusted before for the same work is so no longer.
CREATE FUNCTION security.entrust(new_id text, who text, whom text, because text, with_sensitive boolean,
                                 until timestamptz, mac text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT security.signed('entrust', concat_ws('|', new_id, who, whom, because, with_sensitive,
      coalesce((extract(epoch FROM until) * 1000000)::bigint::text, '')), mac) THEN
    RAISE insufficient_privilege USING MESSAGE = 'relation not signed';
  END IF;
  UPDATE security.relation SET ends = now()
   WHERE person = who AND patient = whom AND source = because AND (ends IS NULL OR ends > now());
  INSERT INTO security.relation (id, person, patient, source, sensitive, ends)
  VALUES (new_id, who, whom, because, with_sensitive, until);
END $$;

-- Ends what one piece of work opened; returns whose access that was.
CREATE FUNCTION security.dismiss(because text, mac text) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NOT security.signed('dismiss', because, mac) THEN
    RAISE insufficient_privilege USING MESSAGE = 'end of relation not signed';
  END IF;
  RETURN QUERY UPDATE security.relation SET ends = now()
    WHERE source = because AND (ends IS NULL OR ends > now()) RETURNING person;
END $$;

-- The trail: who, when, from where, on what, why, outcome. Nobody changes or deletes a row.
CREATE TABLE security.trail (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind text NOT NULL,
  actor text NOT NULL,
  role text NOT NULL,
  institution text NOT NULL,
  purpose text NOT NULL,
  origin text NOT NULL,
  request text NOT NULL,
  verb text NOT NULL,
  action text NOT NULL CHECK (action IN ('C', 'R', 'U', 'D', 'E')),
  outcome smallint NOT NULL CHECK (outcome IN (0, 4, 8)),
  entity_type text NOT NULL,
  entity text NOT NULL,
  patient text NOT NULL,
  code text NOT NULL,
  reason text NOT NULL
);
CREATE INDEX trail_patient ON security.trail (patient, id) WHERE patient <> '';
CREATE INDEX trail_entity ON security.trail (entity, id) WHERE entity <> '';
CREATE INDEX trail_actor ON security.trail (actor, id);
CREATE INDEX trail_at ON security.trail (at);
CREATE INDEX trail_xid ON security.trail (xid);

-- What must follow a commit: one row for each fact and listener, taken by the relay when due.
CREATE TABLE infrastructure.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  listener text NOT NULL,
  body jsonb NOT NULL,
  created timestamptz NOT NULL DEFAULT now(),
  due timestamptz NOT NULL DEFAULT now(),
  tries int NOT NULL DEFAULT 0,
  problem text,
  done timestamptz
);
CREATE INDEX outbox_due ON infrastructure.outbox (due, id) WHERE done IS NULL;

-- Live channels: a counter each, and the events of the last hour, so that a page that was away catches up.
CREATE TABLE infrastructure.channel (
  name text PRIMARY KEY,
  seq bigint NOT NULL
);
CREATE TABLE infrastructure.event (
  channel text NOT NULL,
  seq bigint NOT NULL,
  event text NOT NULL,
  data jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (channel, seq)
);
CREATE INDEX event_at ON infrastructure.event (at);

CREATE FUNCTION infrastructure.publish(events jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  e record;
  n bigint;
BEGIN
  IF (security.who()).id IS NULL THEN RAISE insufficient_privilege USING MESSAGE = 'no actor'; END IF;
  FOR e IN SELECT * FROM jsonb_to_recordset(events) AS t(channel text, event text, data jsonb) LOOP
    INSERT INTO infrastructure.channel AS c (name, seq) VALUES (e.channel, 1)
      ON CONFLICT (name) DO UPDATE SET seq = c.seq + 1 RETURNING c.seq INTO n;
    INSERT INTO infrastructure.event (channel, seq, event, data) VALUES (e.channel, n, e.event, e.data);
    PERFORM pg_notify('live', e.channel);
  END LOOP;
END $$;

-- The last statement of a verb: its trail, its facts, its live events, in one round trip.
CREATE FUNCTION infrastructure.settle(trail jsonb, facts jsonb, events jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF trail IS NOT NULL THEN
    INSERT INTO security.trail (kind, actor, role, institution, purpose, origin, request, verb, action, outcome,
                                entity_type, entity, patient, code, reason)
    SELECT kind, actor, role, institution, purpose, origin, request, verb, action, outcome,
           entity_type, entity, patient, code, reason
      FROM jsonb_to_recordset(trail) AS t(kind text, actor text, role text, institution text, purpose text,
        origin text, request text, verb text, action text, outcome smallint, entity_type text, entity text,
        patient text, code text, reason text);
  END IF;
  IF facts IS NOT NULL THEN
    INSERT INTO infrastructure.outbox (kind, listener, body, due)
    SELECT kind, listener, body, coalesce(due, now())
      FROM jsonb_to_recordset(facts) AS t(kind text, listener text, body jsonb, due timestamptz);
    PERFORM pg_notify('outbox', '');
  END IF;
  IF events IS NOT NULL THEN PERFORM infrastructure.publish(events); END IF;
END $$;

-- Trail rows of reads and refusals, gathered: the context and the rows in one round trip.
CREATE FUNCTION infrastructure.keep(context text, trail jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM set_config('yuanzhen.context', context, true);
  PERFORM infrastructure.settle(trail, NULL, NULL);
END $$;

-- Row-level security, forced for the owner too; each policy compares with keys that are reckoned once a statement.
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname IN ('infrastructure', 'security') AND c.relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t.nspname, t.relname);
    EXECUTE format('CREATE POLICY owner ON %I.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t.nspname, t.relname);
  END LOOP;
END $$;

CREATE POLICY held ON security.grants FOR SELECT TO yuanzhen_app USING ('identity' = ANY ((SELECT security.keys('read'))::text[]));
CREATE POLICY identity ON security.membership TO yuanzhen_app
  USING (ARRAY['identity', 'members', person] && (SELECT security.keys('read')))
  WITH CHECK ('identity' = ANY ((SELECT security.keys('write'))::text[]));
CREATE POLICY own ON security.relation FOR SELECT TO yuanzhen_app
  USING (ARRAY['identity', person, '@' || patient] && (SELECT security.keys('read')));
CREATE POLICY looked ON security.trail FOR SELECT TO yuanzhen_app
  USING (ARRAY['trail', '@' || patient] && (SELECT security.keys('read')));
CREATE POLICY kept ON security.trail FOR INSERT TO yuanzhen_app
  WITH CHECK (ARRAY['trail', '#' || actor] && ((SELECT security.keys('write')) || ('#' || (SELECT (security.who()).id))));
CREATE POLICY appended ON infrastructure.outbox FOR INSERT TO yuanzhen_app WITH CHECK ((SELECT (security.who()).id) IS NOT NULL);
CREATE POLICY relayed ON infrastructure.outbox TO yuanzhen_app USING ('outbox' = ANY ((SELECT security.keys('write'))::text[]));
CREATE POLICY heard ON infrastructure.event TO yuanzhen_app USING ('live' = ANY ((SELECT security.keys('read'))::text[]));
CREATE POLICY counted ON infrastructure.channel FOR SELECT TO yuanzhen_app USING ('live' = ANY ((SELECT security.keys('read'))::text[]));

GRANT SELECT ON security.grants, security.relation TO yuanzhen_app;
GRANT SELECT, INSERT, DELETE ON security.membership TO yuanzhen_app;
-- Number, time and transaction of a trail row are the database's to say.
GRANT SELECT, INSERT (kind, actor, role, institution, purpose, origin, request, verb, action, outcome,
                      entity_type, entity, patient, code, reason) ON security.trail TO yuanzhen_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON infrastructure.outbox TO yuanzhen_app;
GRANT SELECT, DELETE ON infrastructure.event TO yuanzhen_app;
GRANT SELECT ON infrastructure.channel TO yuanzhen_app;

INSERT INTO security.grants (role, mode, key)
SELECT role, mode, unnest(string_to_array(keys, ' ')) FROM (VALUES
  -- role        mode     keys
  ('expert',      'read',  'public $person $departments $relations'),
  ('expert',      'write', '$person $departments $relations'),
  ('clinician',   'read',  'public $person $institution $relations'),
  ('clinician',   'write', '$person $institution $relations'),
  ('nurse',       'read',  'public $person $relations'),
  ('nurse',       'write', '$person $relations'),
  ('patient',     'read',  'public $self'),  -- no $person: their id is the Patient's, which opens their record for writing
  ('carer',       'read',  'public $person $relations'),
  ('carer',       'write', '$person'),
  ('interpreter', 'read',  'public $person'),
  ('interpreter', 'write', '$person'),
  ('manager',     'read',  'public $person'),
  ('manager',     'write', '$person'),
  ('dispatcher',  'read',  'public $person'),
  ('dispatcher',  'write', '$person'),
  ('quality',     'read',  'public $person trail'),
  ('quality',     'write', '$person'),
  ('officer',     'read',  'public $person trail identity peers'),
  ('officer',     'write', '$person public identity peers'),
  ('machine-r',   'read',  'public trail * *!'),
  ('machine-rw',  'read',  'public trail * *!'),
  ('machine-rw',  'write', 'public * *!'),
  ('peer',        'read',  'public $institution'),
  ('peer',        'write', '$institution'),
  ('door',        'read',  'identity peers live public'),
  ('door',        'write', 'identity trail'),
  ('relay',       'read',  'outbox live public peers members worker * *!'),
  ('relay',       'write', 'outbox live public worker * *!'),
  ('chain',       'read',  'trail chain'),
  ('chain',       'write', 'chain'),
  ('setup',       'read',  'public identity peers'),
  ('setup',       'write', 'public identity peers')
) AS t(role, mode, keys);
