-- A message comes once however often its writer's page sends it; and who has seen the messages of a case up to which one.
-- A receipt is a row among the messages, numbered with them: those of a message have a higher number than it.

ALTER TABLE consultation.message
  ADD COLUMN idempotency text,
  ADD COLUMN upto bigint REFERENCES consultation.message,  -- no message: `who` has seen all up to this one
  ADD CONSTRAINT receipt CHECK (upto IS NULL OR text = '');
CREATE UNIQUE INDEX message_once ON consultation.message (consultation, who, idempotency);
CREATE INDEX message_seen ON consultation.message (consultation, who, upto) WHERE upto IS NOT NULL;
