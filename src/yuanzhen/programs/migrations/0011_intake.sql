-- What systems sent by HL7 and what became of it, the tables of codes that an officer edits, and what is sent to them.

CREATE SCHEMA intake;
GRANT USAGE ON SCHEMA intake TO yuanzhen_app;

-- The institutions whose messages the actor handles: a peer's own, an officer's own (the home's officers all), and for
-- the parts of the product all.
CREATE FUNCTION intake.houses() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT coalesce(CASE
    WHEN a.role IN ('door', 'relay', 'setup') THEN (SELECT array_agg(i.id) FROM security.institution i)
    WHEN a.role = 'peer' THEN ARRAY[a.institution]
    WHEN a.role = 'officer' THEN (SELECT array_agg(i.id) FROM security.institution i WHERE i.id = a.institution OR EXISTS (
      SELECT FROM security.institution h WHERE h.id = a.institution AND h.parent IS NULL))
  END, '{}') FROM security.who() AS a
$$;

-- Every message of an enrolled sender, whole, for as long as the home keeps them.
CREATE TABLE intake.message (
  id text PRIMARY KEY,
  sender text NOT NULL,
  institution text NOT NULL,
  control text NOT NULL,             -- MSH-10; alone it is no identity
  digest text NOT NULL,              -- SHA-256 of the bytes
  kind text NOT NULL,                -- type and event
  sent timestamptz,
  received timestamptz NOT NULL DEFAULT clock_timestamp(),
  charset text NOT NULL,
  body bytea NOT NULL,
  repeated boolean NOT NULL,         -- the sender has used this control id before, for other content
  state text NOT NULL CHECK (state IN ('taken', 'waiting', 'refused', 'given-up')),
  code text NOT NULL DEFAULT '',     -- why it waits or was refused
  place text NOT NULL DEFAULT '',
  numbers text[] NOT NULL DEFAULT '{}',   -- of the patient for whom it waits: system|value
  became jsonb NOT NULL DEFAULT '[]',     -- [{type, id, version}]
  mended bytea,                      -- as a person corrected it, in UTF-8
  patient text NOT NULL DEFAULT '',  -- whom a person said it is about
  ended_by text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  settled timestamptz,
  UNIQUE (sender, control, digest)
);
CREATE INDEX message_waiting ON intake.message USING gin (numbers) WHERE state = 'waiting';
CREATE INDEX message_state ON intake.message (institution, state, id);
CREATE INDEX message_received ON intake.message (received);

-- When each element of a resource was last told, so that the order of arrival does not matter.
CREATE TABLE intake.told (
  type text NOT NULL,
  id text NOT NULL,
  institution text NOT NULL,
  times jsonb NOT NULL,              -- element -> time of the message that told it; '' for the whole
  PRIMARY KEY (type, id)
);

-- What a sender's codes mean, over the rows of its dialect; `sender` '' for all of the institution's systems.
CREATE TABLE intake.code_map (
  institution text NOT NULL,
  sender text NOT NULL DEFAULT '',
  name text NOT NULL,                -- the table: unit, code, department, issuer ...
  code text NOT NULL,                -- folded to lower case
  system text NOT NULL DEFAULT '',
  target text NOT NULL DEFAULT '',
  display text NOT NULL DEFAULT '',
  changed timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (institution, sender, name, code)
);

-- Messages to peers: each peer's in the order of their making.
CREATE TABLE intake.outgoing (
  id text PRIMARY KEY,
  peer text NOT NULL,
  institution text NOT NULL,
  kind text NOT NULL,                -- ORU, ADT, SIU
  about jsonb NOT NULL,              -- ids of what it tells
  control text NOT NULL,
  made timestamptz NOT NULL DEFAULT clock_timestamp(),
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'dead')),
  tries int NOT NULL DEFAULT 0,
  code text NOT NULL DEFAULT '',     -- why the last try failed
  answer text NOT NULL DEFAULT '',   -- MSA-1 of the last answer
  body bytea,                        -- as it was last sent
  settled timestamptz
);
CREATE INDEX outgoing_peer ON intake.outgoing (peer, state, id);
CREATE INDEX outgoing_made ON intake.outgoing (made);

-- Which dialect a peer speaks.
ALTER TABLE security.peer ADD COLUMN dialect text NOT NULL DEFAULT 'default';

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['message', 'told', 'code_map', 'outgoing'] LOOP
    EXECUTE format('ALTER TABLE intake.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner ON intake.%I TO yuanzhen_owner USING (true) WITH CHECK (true)', t);
    EXECUTE format('CREATE POLICY house ON intake.%1$I TO yuanzhen_app USING (institution = ANY ((SELECT intake.houses())::text[])) '
                   'WITH CHECK (institution = ANY ((SELECT intake.houses())::text[]))', t);
  END LOOP;
END $$;
GRANT SELECT, INSERT, DELETE ON intake.message TO yuanzhen_app;
GRANT UPDATE (kind, state, code, place, numbers, became, mended, patient, ended_by, reason, settled, sent) ON intake.message TO yuanzhen_app;
GRANT SELECT, INSERT, UPDATE ON intake.told TO yuanzhen_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON intake.code_map TO yuanzhen_app;
GRANT SELECT, INSERT, DELETE ON intake.outgoing TO yuanzhen_app;
GRANT UPDATE (state, tries, code, answer, body, settled) ON intake.outgoing TO yuanzhen_app;

-- What was taken before stays taken; its bytes were not kept.
INSERT INTO intake.message (id, sender, institution, control, digest, kind, received, charset, body, repeated, state, settled)
SELECT 'before-' || row_number() OVER (ORDER BY at), sender, institution, control, digest, kind, at, '', '', false, 'taken', at
  FROM records.received;
DROP TABLE records.received;

-- Reports that were due move into the queue under the control id that they may have been sent with already.
INSERT INTO intake.outgoing (id, peer, institution, kind, about, control)
SELECT 'before-' || o.id, p.id, p.institution, 'ORU', o.body - 'peer' - 'order_key',
       left(encode(sha256(convert_to((o.body ->> 'order_key') || ':' || (o.body ->> 'version'), 'UTF8')), 'hex'), 20)
  FROM infrastructure.outbox o JOIN security.peer p ON p.id = o.body ->> 'peer'
 WHERE o.listener = 'send-report' AND o.done IS NULL;
UPDATE infrastructure.outbox
   SET kind = 'MessageDue', listener = 'send-message',
       body = jsonb_build_object('id', 'before-' || id, 'order_key', body ->> 'peer')
 WHERE listener = 'send-report' AND done IS NULL;
