-- How a consent was given: who for the patient, who heard it, the name that was drawn.

ALTER TABLE consultation.case ADD COLUMN consent_given jsonb NOT NULL DEFAULT '{}';
