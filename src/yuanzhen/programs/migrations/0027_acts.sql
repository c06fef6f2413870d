-- All acts of a consultation: claims that end, experts asked in, hand-over, hours, satisfaction.

ALTER TABLE consultation.case
  ADD COLUMN invited text[] NOT NULL DEFAULT '{}',   -- experts whom the case's expert has asked in
  ADD COLUMN earlier text[] NOT NULL DEFAULT '{}',   -- experts who had it in their hands
  ADD COLUMN slot text NOT NULL DEFAULT '',
  ADD COLUMN starts timestamptz,
  ADD COLUMN claim_ends timestamptz;
DROP INDEX consultation.case_queue;
CREATE INDEX case_queue ON consultation.case (department, urgency, created, id) WHERE state IN ('ringing', 'queued');
ALTER TABLE consultation.step
  ADD COLUMN about text NOT NULL DEFAULT '',         -- the person or the department that a line names
  ADD COLUMN documents text[] NOT NULL DEFAULT '{}';

CREATE TABLE consultation.rating (
  consultation text NOT NULL REFERENCES consultation.case,
  side text NOT NULL CHECK (side IN ('asker', 'expert', 'patient')),
  person text NOT NULL,
  score smallint NOT NULL CHECK (score BETWEEN 1 AND 5),
  words text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (consultation, side)
);
ALTER TABLE consultation.rating ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON consultation.rating TO yuanzhen_owner USING (true) WITH CHECK (true);
-- What one side says of the other is not for the other.
CREATE POLICY own ON consultation.rating FOR SELECT TO yuanzhen_app USING (person = (SELECT (security.who()).id));
CREATE POLICY rated ON consultation.rating FOR INSERT TO yuanzhen_app
  WITH CHECK (person = (SELECT (security.who()).id) AND EXISTS (SELECT FROM consultation.case c WHERE c.id = consultation));
GRANT SELECT, INSERT ON consultation.rating TO yuanzhen_app;

-- A draft is of the case's experts: whoever has it in their hands, and whom they asked in.
CREATE FUNCTION consultation.is_expert(of_case text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT FROM consultation.case c, security.who() AS a
                  WHERE c.id = of_case AND a.role = 'expert' AND (c.expert = a.id OR a.id = ANY (c.invited)))
$$;
DROP POLICY written ON consultation.draft;
CREATE POLICY written ON consultation.draft TO yuanzhen_app
  USING (consultation.is_expert(consultation))
  WITH CHECK (consultation.is_expert(consultation) AND writer = (SELECT (security.who()).id));

-- Which experts there are, with their departments: to every caller of ours, who may ask one in.
CREATE FUNCTION security.experts() RETURNS TABLE (person text, departments text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.id, array_agg(m.department ORDER BY m.department)
    FROM security.person p JOIN security.membership m ON m.person = p.id
   WHERE p.role = 'expert' AND NOT p.disabled AND (security.who()).id IS NOT NULL
   GROUP BY p.id
$$;
