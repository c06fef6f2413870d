-- The patient's file: when something was, who told it, what is held back, who looked.

-- The moment that a FHIR date or dateTime begins, in UTC where it names no zone; NULL for 31 February and the like.
CREATE FUNCTION records.instant(told text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
BEGIN
  RETURN (CASE length(told) WHEN 4 THEN told || '-01-01T00:00:00Z' WHEN 7 THEN told || '-01T00:00:00Z'
                            WHEN 10 THEN told || 'T00:00:00Z' ELSE told END)::timestamptz;
EXCEPTION WHEN data_exception THEN RETURN NULL;
END $$;

-- The institution for which each of these systems speaks, and nothing else of them: for whoever acts.
CREATE FUNCTION records.senders(peers text[]) RETURNS TABLE (peer text, institution text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT p.id, p.institution FROM security.peer p WHERE p.id = ANY (peers) AND (security.who()).id IS NOT NULL
$$;

-- How much of a patient's record is labelled sensitive and closed to whoever asks, by type; to who sees the patient.
CREATE FUNCTION records.withheld(of_patient text) RETURNS TABLE (type text, number bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.type, count(*) FROM records.resource r
   WHERE r.patient = of_patient AND r.sensitive AND NOT r.deleted AND NOT r.audience && (SELECT security.keys('read'))
     AND EXISTS (SELECT FROM records.resource p WHERE p.type = 'Patient' AND p.id = of_patient
                    AND p.audience && (SELECT security.keys('read')))
   GROUP BY r.type ORDER BY r.type
$$;

-- Who looked at a patient's file, an hour of one person a row: to who sees the patient. Lists that merely name the
-- patient among others are left out; neither the words nor the refusals of the trail are told.
CREATE FUNCTION records.glances(of_patient text, earlier_than timestamptz, most int)
RETURNS TABLE (at timestamptz, kind text, actor text, role text, institution text, purpose text, times bigint,
               departments text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT max(t.at), t.kind, t.actor, t.role, t.institution, t.purpose, count(*),
         ARRAY(SELECT m.department FROM security.membership m WHERE m.person = t.actor ORDER BY 1)
    FROM (SELECT * FROM security.trail n
           WHERE n.patient = of_patient AND n.outcome = 0 AND n.action = 'R' AND n.kind IN ('person', 'machine')
             AND n.verb <> 'consultation.list' AND (n.verb <> 'records.search' OR n.entity_type <> 'Patient')
             AND (earlier_than IS NULL OR n.at < earlier_than)
           ORDER BY n.id DESC LIMIT 5000) AS t
   WHERE EXISTS (SELECT FROM records.resource p WHERE p.type = 'Patient' AND p.id = of_patient
                    AND p.audience && (SELECT security.keys('read')))
   GROUP BY t.kind, t.actor, t.role, t.institution, t.purpose, date_trunc('hour', t.at, 'UTC')
   ORDER BY date_trunc('hour', t.at, 'UTC') DESC FETCH FIRST most ROWS WITH TIES
$$;
