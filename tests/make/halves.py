"""What may be in no database of ours, whatever died when: for each a statement that finds it."""

from __future__ import annotations

HALVES = {
    "a case without its first step": """
        SELECT id FROM consultation.case c WHERE NOT EXISTS
          (SELECT FROM consultation.step s WHERE s.consultation = c.id AND s.what = 'asked')""",
    "a case without its consent": """
        SELECT id FROM consultation.case c WHERE NOT EXISTS
          (SELECT FROM records.resource r WHERE r.type = 'Consent' AND r.id = c.id)""",
    "a consent without its case": """
        SELECT id FROM records.resource r WHERE type = 'Consent' AND NOT EXISTS
          (SELECT FROM consultation.case c WHERE c.id = r.id)""",
    "a case that is not in the trail": """
        SELECT id FROM consultation.case c WHERE NOT EXISTS
          (SELECT FROM security.trail t WHERE t.entity = c.id AND t.verb = 'consultation.ask')""",
    "a case that nobody was told of": """
        SELECT id FROM consultation.case c WHERE NOT EXISTS (SELECT FROM infrastructure.outbox o
           WHERE o.kind IN ('ConsultationAsked', 'HourChanged') AND o.body ->> 'consultation' = c.id)""",
    "a step that is not in the trail": """
        SELECT s.consultation, s.what FROM consultation.step s LEFT JOIN
          (VALUES ('cosign', 'opinion.cosign'), ('addendum', 'opinion.add'), ('ask-amend', 'opinion.amend'),
                  ('ask-withdraw', 'opinion.withdraw'), ('amendment', 'opinion.approve'),
                  ('withdrawal', 'opinion.approve'), ('turn-down', 'opinion.approve')) AS of_opinion (what, verb)
          USING (what)
         WHERE s.what <> 'asked' AND NOT EXISTS (SELECT FROM security.trail t
           WHERE t.entity = s.consultation AND t.verb = coalesce(verb, 'consultation.' || s.what))""",
    "a resource without its version": """
        SELECT type, id FROM records.resource r WHERE NOT EXISTS (SELECT FROM records.version v
           WHERE v.type = r.type AND v.id = r.id AND v.version = r.version)""",
    "a version that is not in the trail": """
        SELECT v.type, v.id FROM records.version v GROUP BY v.type, v.id HAVING count(*) <>
          (SELECT count(*) FROM security.trail t
            WHERE t.verb = 'records.write' AND t.entity_type = v.type AND t.entity = v.id)""",
    "an opinion in an open case": """
        SELECT o.consultation FROM consultation.opinion o JOIN consultation.case c ON c.id = o.consultation
         WHERE c.state NOT IN ('signed', 'closed')""",
    "a signed case without opinion, report or message": """
        SELECT c.id FROM consultation.case c WHERE c.state = 'signed' AND NOT
          (EXISTS (SELECT FROM consultation.opinion o WHERE o.consultation = c.id)
           AND EXISTS (SELECT FROM records.resource r WHERE r.type = 'DiagnosticReport' AND r.id = c.report)
           AND EXISTS (SELECT FROM infrastructure.outbox o
                        WHERE o.kind = 'OpinionSigned' AND o.body ->> 'consultation' = c.id))""",
    "an expert whose access outlived the case": """
        SELECT r.source FROM security.relation r JOIN consultation.case c ON r.source = 'yuanzhen:consultation/' || c.id
         WHERE r.ends IS NULL AND c.state <> 'accepted'""",
    "an image without its study": """
        SELECT sop FROM records.instance i WHERE NOT EXISTS (SELECT FROM records.study s WHERE s.uid = i.study)""",
    "an image that is not in the trail": """
        SELECT count(*) FROM records.instance HAVING count(*) <>
          (SELECT count(*) FROM security.trail WHERE verb = 'dicom.store' AND outcome = 0)""",
    "a message that was taken without its patient": """
        SELECT control FROM intake.message m WHERE NOT EXISTS
          (SELECT FROM records.token t JOIN records.resource r USING (key)
            WHERE r.type = 'Patient' AND 'C' || t.code = m.control)""",
    "a case in somebody's hands that does not open the record to them": """
        SELECT id FROM consultation.case c WHERE state = 'accepted' AND NOT EXISTS
          (SELECT FROM security.relation r WHERE r.source = 'yuanzhen:consultation/' || c.id AND r.person = c.expert
             AND r.ends IS NULL)""",
    "a case in nobody's hands that was claimed last": """
        SELECT id FROM consultation.case c WHERE state IN ('queued', 'ringing') AND
          (SELECT s.what FROM consultation.step s WHERE s.consultation = c.id ORDER BY s.id DESC LIMIT 1)
             IN ('claim', 'accept', 'write')""",
    "a claim that nobody will end": """
        SELECT id FROM consultation.case c WHERE mode = 'written' AND state = 'accepted' AND
          (claim_ends IS NULL OR NOT EXISTS (SELECT FROM infrastructure.outbox o
             WHERE o.kind = 'ClaimTaken' AND o.body ->> 'consultation' = c.id))""",
    "a case that is not where it was handed to": """
        SELECT id FROM consultation.case c WHERE department <>
          (SELECT s.about FROM consultation.step s WHERE s.consultation = c.id AND s.what = 'hand-over'
            ORDER BY s.id DESC LIMIT 1)""",
    "a rating without its step, or a step without it": """
        SELECT id FROM consultation.case c WHERE
          (SELECT count(*) FROM consultation.rating r WHERE r.consultation = c.id) <>
          (SELECT count(*) FROM consultation.step s WHERE s.consultation = c.id AND s.what = 'rate')""",
    "a ring that its case does not know of": """
        SELECT r.id, r.state, c.state FROM ring.ring r JOIN consultation.case c ON r.source = 'consultation/' || c.id
         WHERE r.state <> 'over' AND (r.state, r.answered_by) <>
           (CASE c.state WHEN 'ringing' THEN 'ringing' WHEN 'accepted' THEN 'answered' ELSE 'over' END, c.expert)""",
    "a call that rings after the answer": """
        SELECT k.person FROM ring.call k JOIN ring.ring r ON r.id = k.ring
         WHERE k.outcome = '' AND r.state <> 'ringing'""",
    "a booking without its case, or a case without it": """
        SELECT c.id, b.source FROM calendar.booking b
          FULL JOIN (SELECT * FROM consultation.case
                      WHERE slot <> '' AND state NOT IN ('cancelled', 'did-not-take-place')) c
            ON b.source = 'consultation/' || c.id AND b.slot = c.slot AND b.expert = c.expert
         WHERE b.id IS NULL OR c.id IS NULL""",
    "a slot that is taken and not booked, or booked and not taken": """
        SELECT id FROM calendar.slot s WHERE taken <> EXISTS (SELECT FROM calendar.booking b WHERE b.slot = s.id)""",
}
