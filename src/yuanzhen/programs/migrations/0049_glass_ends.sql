-- A record that was opened in need is closed before its time, by whom and when: by quality or the officer, or by whoever
-- opened it.
ALTER TABLE security.review
  ADD ended_at timestamptz,
  ADD ended_by text NOT NULL DEFAULT '',
  ADD CHECK ((ended_at IS NULL) = (ended_by = ''));

-- Answers whether it was open until now. The only way to these columns, so that nothing else of a review is changed by it.
CREATE FUNCTION security.end_glass(which text, at timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH ended AS (
    UPDATE security.review SET ended_at = at, ended_by = (security.who()).id
     WHERE id = which AND kind = 'break-glass' AND ended_at IS NULL AND until > at
       AND ARRAY['reviews', person] && (SELECT security.keys('read')) RETURNING id)
  SELECT EXISTS (SELECT FROM ended)
$$;
