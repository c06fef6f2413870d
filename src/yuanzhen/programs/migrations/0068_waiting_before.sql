-- What has an hour already waits for an earlier one alone.

ALTER TABLE calendar.waiting ADD COLUMN before timestamptz;  -- only what begins before this suits; NULL: any time
GRANT UPDATE (before) ON calendar.waiting TO yuanzhen_app;
