-- What a consultation must hold once it is over, and which of it is there; cases close by themselves after a time.

CREATE INDEX case_settled ON consultation.case (changed) WHERE state IN ('signed', 'closed');

-- Whether each thing is there that a case must hold: of one case, for whom it opens to; without one, of the closed cases
-- that quality's house, or one below it, asked or was asked, last changed from `since` to `until` (days here; both
-- count). No word of a case, and not whose it is. Nobody else gets a row.
CREATE FUNCTION consultation.archive(of_case text, since date, until date)
RETURNS TABLE (id text, department text, institution text, asker text, expert text, closed timestamptz,
               unable boolean, reviewed boolean, asked boolean, versions int, unbroken boolean, printed boolean,
               pictures boolean, marked boolean, opened boolean, asker_rated boolean, expert_rated boolean,
               critical boolean, confirmed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH RECURSIVE houses AS (
    SELECT a.institution AS id FROM security.who() AS a WHERE a.role = 'quality'
    UNION
    SELECT i.id FROM security.institution i JOIN houses h ON i.parent = h.id
  ), one AS (
    SELECT c.* FROM consultation.case c WHERE c.id = of_case AND c.audience && (SELECT security.keys('read'))
    UNION ALL
    SELECT c.* FROM consultation.case c
     WHERE of_case = '' AND c.state = 'closed'
       AND c.changed >= since::timestamp AT TIME ZONE 'Asia/Shanghai'
       AND c.changed < (until + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
       AND (c.institution IN (SELECT h.id FROM houses h)
            OR c.department IN (SELECT d.id FROM security.department d JOIN houses h ON h.id = d.institution))
  )
  SELECT c.id, c.department, c.institution, c.asker, c.expert, s.closed, c.consent_by = 'unable',
         EXISTS (SELECT FROM security.review r
                  WHERE r.source = 'consultation/' || c.id AND r.kind = 'no-consent' AND r.state = 'decided'),
         c.question <> '', o.versions, o.unbroken,
         EXISTS (SELECT FROM consultation.printed p WHERE p.consultation = c.id AND p.version = o.versions),
         EXISTS (SELECT FROM records.study t JOIN records.instance i ON i.study = t.uid
                  WHERE t.patient = c.patient AND i.received < o.signed),
         EXISTS (SELECT FROM reading.mark m WHERE m.reading = c.id),
         EXISTS (SELECT FROM consultation.opened p WHERE p.consultation = c.id AND p.version = o.versions),
         EXISTS (SELECT FROM consultation.rating r WHERE r.consultation = c.id AND r.side IN ('asker', 'patient')),
         EXISTS (SELECT FROM consultation.rating r WHERE r.consultation = c.id AND r.side = 'expert'),
         EXISTS (SELECT FROM consultation.critical f WHERE f.consultation = c.id),
         EXISTS (SELECT FROM consultation.critical_call l WHERE l.consultation = c.id AND l.read_back)
    FROM one c
    CROSS JOIN LATERAL (
      SELECT max(at) FILTER (WHERE what IN ('close', 'closed-by-time')) AS closed
        FROM consultation.step WHERE consultation = c.id) AS s
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS versions, min(v.signed_at) AS signed, coalesce(bool_and(v.signature <> '' AND v.chained), false) AS unbroken
        FROM (SELECT signed_at, signature, before = lag(signature, 1, '') OVER (ORDER BY version) AS chained
                FROM consultation.opinion WHERE consultation = c.id) AS v) AS o
$$;
