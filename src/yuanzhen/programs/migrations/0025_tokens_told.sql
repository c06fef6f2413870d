-- Who remembers the machine behind a token hears when a token ends or a client changes.
CREATE FUNCTION security.tell_tokens() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('tokens', '');
  RETURN NULL;
END $$;
CREATE TRIGGER told AFTER UPDATE OR DELETE ON security.token
  FOR EACH STATEMENT EXECUTE FUNCTION security.tell_tokens();
CREATE TRIGGER told AFTER UPDATE OR DELETE ON security.client
  FOR EACH STATEMENT EXECUTE FUNCTION security.tell_tokens();
