-- Who logs out is gone from every open page at once: those of a person whose session ended ask whether they may stay.
CREATE TRIGGER told AFTER UPDATE OF revoked ON security.session
  FOR EACH ROW WHEN (old.revoked IS NULL AND new.revoked IS NOT NULL) EXECUTE FUNCTION security.tell_access();
