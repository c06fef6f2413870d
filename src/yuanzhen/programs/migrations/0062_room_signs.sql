-- What people in a room show of themselves, and whom the host puts before all.

ALTER TABLE room.member ADD COLUMN signs jsonb NOT NULL DEFAULT '{}';  -- a raised hand, muted, without a picture
ALTER TABLE room.room ADD COLUMN spotlit text NOT NULL DEFAULT '';     -- a person; '' for nobody
GRANT UPDATE (signs) ON room.member TO yuanzhen_app;
GRANT UPDATE (spotlit) ON room.room TO yuanzhen_app;
