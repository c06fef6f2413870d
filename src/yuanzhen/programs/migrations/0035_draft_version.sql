-- Several experts write one draft: a save says which version it was typed on.

ALTER TABLE consultation.draft ADD COLUMN version int NOT NULL DEFAULT 1;
