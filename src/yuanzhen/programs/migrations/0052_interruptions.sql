-- How many consultations broke off: of those whose people met in a room, the share in which somebody was lost.

DROP FUNCTION consultation.figures(date, date, text);

-- Totals of the cases that a manager's house, or one below it, asked or was asked, begun from `since` to `until` (days
-- here; both count). One row for all, one for each week (its Monday), department, state, and reason why one did not take
-- place. Times, shares and satisfaction are told of at least five, a reason that fewer than five cases give is ''. Nobody else
-- gets a row.
CREATE FUNCTION consultation.figures(since date, until date, of_department text)
RETURNS TABLE (part text, name text, cases int, emergencies int, answered int, answer_s float, emergencies_answered int,
               emergency_answer_s float, emergency_slowest_s float, in_time int, signed int, opinion_s float,
               calls int, failed_calls int, passes int, askers int, askers_score float, experts int, experts_score float, met int, interrupted_pct float)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH RECURSIVE houses AS (
    SELECT a.institution AS id FROM security.who() AS a WHERE a.role = 'manager'
    UNION
    SELECT i.id FROM security.institution i JOIN houses h ON i.parent = h.id
  ), mine AS (
    SELECT c.* FROM consultation.case c
     WHERE c.created >= since::timestamp AT TIME ZONE 'Asia/Shanghai'
       AND c.created < (until + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
       AND (of_department = '' OR c.department = of_department)
       AND (c.institution IN (SELECT id FROM houses)
            OR c.department IN (SELECT d.id FROM security.department d JOIN houses h ON h.id = d.institution))
  ), one AS (
    SELECT c.id, c.department, c.state,
           to_char(date_trunc('week', c.created AT TIME ZONE 'Asia/Shanghai'), 'YYYY-MM-DD') AS week,
           c.mode = 'live' AND c.urgency = 'emergency' AS rings,
           extract(epoch FROM s.answered - c.created)::float AS answer_s,
           extract(epoch FROM s.signed - c.created)::float AS opinion_s,
           s.passes, s.reason, r.calls, r.failed, asker.score AS asker_score, expert.score AS expert_score,
           coalesce(m.met, false) AS met, coalesce(m.broke, false) AS broke
      FROM mine c
      CROSS JOIN LATERAL (
        SELECT min(at) FILTER (WHERE what IN ('accept', 'claim')) AS answered,
               min(at) FILTER (WHERE what = 'sign') AS signed,
               count(*) FILTER (WHERE what IN ('decline', 'release', 'hand-over', 'claim-ended')) AS passes,
               max(reason) FILTER (WHERE what IN ('did-not-take-place', 'cancel', 'withdraw-consent')) AS reason
          FROM consultation.step WHERE consultation = c.id) AS s
      CROSS JOIN LATERAL (
        SELECT count(*) AS calls, count(*) FILTER (WHERE l.outcome NOT IN ('', 'answered', 'silenced')) AS failed
          FROM ring.ring g JOIN ring.call l ON l.ring = g.id WHERE g.source = 'consultation/' || c.id) AS r
      CROSS JOIN LATERAL (
        SELECT bool_or(l.what = 'room-joined') AS met, bool_or(l.what = 'interrupted') AS broke
          FROM room.line l WHERE l.room = c.id) AS m
      LEFT JOIN LATERAL (
        SELECT avg(score) AS score FROM consultation.rating
         WHERE consultation = c.id AND side IN ('asker', 'patient')) AS asker ON true
      LEFT JOIN consultation.rating expert ON expert.consultation = c.id AND expert.side = 'expert'
  ), why AS (
    SELECT CASE WHEN count(*) OVER (PARTITION BY reason) >= 5 THEN reason ELSE '' END AS words
      FROM one WHERE state IN ('cancelled', 'did-not-take-place')
  )
  SELECT CASE WHEN GROUPING(week) = 0 THEN 'week' WHEN GROUPING(department) = 0 THEN 'department'
              WHEN GROUPING(state) = 0 THEN 'state' ELSE 'all' END,
         coalesce(week, department, state, ''),
         count(*)::int, count(*) FILTER (WHERE rings)::int, count(answer_s)::int,
         CASE WHEN count(answer_s) >= 5 THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY answer_s) END,
         (count(answer_s) FILTER (WHERE rings))::int,
         CASE WHEN count(answer_s) FILTER (WHERE rings) >= 5
              THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY answer_s) FILTER (WHERE rings) END,
         CASE WHEN count(answer_s) FILTER (WHERE rings) >= 5
              THEN percentile_cont(0.9) WITHIN GROUP (ORDER BY answer_s) FILTER (WHERE rings) END,
         (count(*) FILTER (WHERE rings AND answer_s <= 180))::int,
         count(opinion_s)::int,
         CASE WHEN count(opinion_s) >= 5 THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY opinion_s) END,
         coalesce(sum(calls), 0)::int, coalesce(sum(failed), 0)::int, coalesce(sum(passes), 0)::int,
         count(asker_score)::int, CASE WHEN count(asker_score) >= 5 THEN avg(asker_score)::float END,
         count(expert_score)::int, CASE WHEN count(expert_score) >= 5 THEN avg(expert_score)::float END,
         (count(*) FILTER (WHERE met))::int,
         CASE WHEN count(*) FILTER (WHERE met) >= 5
              THEN 100.0 * count(*) FILTER (WHERE broke) / count(*) FILTER (WHERE met) END
    FROM one WHERE EXISTS (SELECT FROM houses)
   GROUP BY GROUPING SETS ((), (week), (department), (state))
  HAVING EXISTS (SELECT FROM houses)
  UNION ALL
  SELECT 'reason', words, count(*)::int, 0, 0, NULL, 0, NULL, NULL, 0, 0, NULL, 0, 0, 0, 0, NULL, 0, NULL, 0, NULL
    FROM why GROUP BY words
$$;
