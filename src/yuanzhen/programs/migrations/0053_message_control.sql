-- A message is looked for by what its sender calls it.
CREATE INDEX message_control ON intake.message (control, id);
