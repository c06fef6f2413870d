-- Cases that rang, or were in an expert's hands, before there were rings: whoever waits is called from now on.

INSERT INTO ring.ring (id, source, department, question, urgency, place, call_back, state, started, alarm_at, answered_by,
                       answered, audience)
SELECT gen_random_uuid()::text, 'consultation/' || c.id, c.department, c.question, c.urgency, c.institution, c.call_back,
       CASE c.state WHEN 'ringing' THEN 'ringing' ELSE 'answered' END, c.created, c.created + interval '150 seconds',
       c.expert, CASE WHEN c.state <> 'ringing' THEN c.changed END,
       array_remove(c.audience, '@' || c.patient) || ARRAY['rings']
  FROM consultation.case c
 WHERE c.mode = 'live' AND c.urgency = 'emergency' AND c.state IN ('ringing', 'accepted');

INSERT INTO infrastructure.outbox (kind, listener, body)
SELECT 'RingDue', 'look-at-ring', jsonb_build_object('ring', r.id, 'turn', r.turn) FROM ring.ring r
 WHERE r.state = 'ringing';
