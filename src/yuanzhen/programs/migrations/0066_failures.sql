-- Why calls failed and people broke off or could not take part: in how many cases each cause was met. For managers, of the
-- cases of `consultation.figures`; nobody else gets a row.

CREATE FUNCTION consultation.failures(since date, until date, of_department text) RETURNS TABLE (cause text, cases int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH RECURSIVE houses AS (
    SELECT a.institution AS id FROM security.who() AS a WHERE a.role = 'manager'
    UNION
    SELECT i.id FROM security.institution i JOIN houses h ON i.parent = h.id
  ), mine AS (
    SELECT c.id FROM consultation.case c
     WHERE c.created >= since::timestamp AT TIME ZONE 'Asia/Shanghai'
       AND c.created < (until + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
       AND (of_department = '' OR c.department = of_department)
       AND (c.institution IN (SELECT id FROM houses)
            OR c.department IN (SELECT d.id FROM security.department d JOIN houses h ON h.id = d.institution))
  ), failed AS (
    SELECT m.id, CASE WHEN l.what = 'interrupted' THEN 'link-lost' ELSE l.reason END AS cause
      FROM mine m JOIN room.line l ON l.room = m.id WHERE l.what IN ('interrupted', 'room-failed')
    UNION ALL
    SELECT m.id, k.outcome FROM mine m JOIN ring.ring g ON g.source = 'consultation/' || m.id
      JOIN ring.call k ON k.ring = g.id WHERE k.outcome NOT IN ('', 'answered', 'silenced')
  )
  SELECT f.cause, count(DISTINCT f.id)::int FROM failed f GROUP BY f.cause
$$;
