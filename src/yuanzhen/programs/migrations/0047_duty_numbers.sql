-- The number of an institution that somebody answers: edited by who keeps its calendar, or is its officer.
ALTER TABLE security.institution ADD duty_phone text NOT NULL DEFAULT '';
CREATE POLICY duty_phone ON security.institution FOR UPDATE TO yuanzhen_app
  USING (id = ANY ((SELECT calendar.houses())::text[]) OR id = ANY ((SELECT intake.houses())::text[]))
  WITH CHECK (id = ANY ((SELECT calendar.houses())::text[]) OR id = ANY ((SELECT intake.houses())::text[]));
GRANT UPDATE (duty_phone) ON security.institution TO yuanzhen_app;
