-- How the relay takes what is due, what the live channels may forget, and who must hear that access changed.

ALTER TABLE infrastructure.outbox ADD COLUMN order_key text GENERATED ALWAYS AS (body ->> 'order_key') STORED;
DROP INDEX infrastructure.outbox_due;
CREATE INDEX outbox_due ON infrastructure.outbox (due, id) WHERE done IS NULL AND order_key IS NULL;
CREATE INDEX outbox_order ON infrastructure.outbox (listener, order_key, id) WHERE done IS NULL AND order_key IS NOT NULL;
CREATE INDEX outbox_done ON infrastructure.outbox (done) WHERE done IS NOT NULL;

-- The first undone row of each (listener, order key): only these may go, the rest of a key waits behind them.
-- One step down the index for each key, however many rows wait behind it.
CREATE FUNCTION infrastructure.heads(listeners text[]) RETURNS TABLE (id bigint, due timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH RECURSIVE head AS (
    SELECT first.* FROM unnest(listeners) AS wanted(name) CROSS JOIN LATERAL (
      SELECT o.listener, o.order_key, o.id, o.due FROM infrastructure.outbox o
       WHERE o.done IS NULL AND o.order_key IS NOT NULL AND o.listener = wanted.name
       ORDER BY o.order_key, o.id LIMIT 1) AS first
    UNION ALL
    SELECT next.* FROM head CROSS JOIN LATERAL (
      SELECT o.listener, o.order_key, o.id, o.due FROM infrastructure.outbox o
       WHERE o.done IS NULL AND o.order_key IS NOT NULL AND o.listener = head.listener AND o.order_key > head.order_key
       ORDER BY o.order_key, o.id LIMIT 1) AS next
  )
  SELECT head.id, head.due FROM head
$$;
REVOKE EXECUTE ON FUNCTION infrastructure.heads(text[]) FROM yuanzhen_app;

CREATE FUNCTION infrastructure.must_relay() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
  IF NOT 'outbox' = ANY (security.keys('write')) THEN
    RAISE insufficient_privilege USING MESSAGE = 'not the relay';
  END IF;
END $$;

-- Takes one due row that nobody holds. Without a lease it is done with this transaction, and undone with its
-- roll-back; with one it is hidden until the lease is over, and whoever took it says when it is done.
-- Rows with an order key and rows without take turns at going first, so that neither waits for all of the other.
CREATE FUNCTION infrastructure.take(listeners text[], lease interval, keyed_first boolean)
RETURNS TABLE (id bigint, listener text, body text, tries int, late_s float8)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  taken bigint;
BEGIN
  PERFORM infrastructure.must_relay();
  FOR turn IN 0..1 LOOP
    IF keyed_first = (turn = 0) THEN
      SELECT o.id INTO taken FROM infrastructure.outbox o
       WHERE o.id IN (SELECT h.id FROM infrastructure.heads(listeners) h WHERE h.due <= moment)
         AND o.done IS NULL AND o.due <= moment
       ORDER BY o.due, o.id LIMIT 1 FOR UPDATE SKIP LOCKED;
    ELSE
      SELECT o.id INTO taken FROM infrastructure.outbox o
       WHERE o.done IS NULL AND o.order_key IS NULL AND o.due <= moment AND o.listener = ANY (listeners)
       ORDER BY o.due, o.id LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    EXIT WHEN taken IS NOT NULL;
  END LOOP;
  RETURN QUERY UPDATE infrastructure.outbox o
     SET tries = o.tries + 1,
         done = CASE WHEN lease IS NULL THEN moment END,
         due = CASE WHEN lease IS NULL THEN o.due ELSE moment + lease END
    FROM infrastructure.outbox before
   WHERE o.id = taken AND before.id = taken
  RETURNING o.id, o.listener, o.body::text, o.tries, extract(epoch FROM moment - before.due)::float8;
END $$;

-- Seconds until the next row that is not due yet; NULL when none is waiting.
CREATE FUNCTION infrastructure.next_due(context text, listeners text[]) RETURNS float8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  soonest timestamptz;
BEGIN
  PERFORM set_config('yuanzhen.context', context, true);
  PERFORM infrastructure.must_relay();
  SELECT least(
    (SELECT o.due FROM infrastructure.outbox o
      WHERE o.done IS NULL AND o.order_key IS NULL AND o.due > moment AND o.listener = ANY (listeners)
      ORDER BY o.due LIMIT 1),
    (SELECT min(h.due) FROM infrastructure.heads(listeners) h WHERE h.due > moment)) INTO soonest;
  RETURN extract(epoch FROM soonest - moment);
END $$;

-- Open pages of a person whose access changed are asked again what they may see.
CREATE FUNCTION security.tell_access() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('access', coalesce(new.person, old.person));
  RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON security.relation
  FOR EACH ROW EXECUTE FUNCTION security.tell_access();
CREATE TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON security.membership
  FOR EACH ROW EXECUTE FUNCTION security.tell_access();
