-- Whose telephone was rung for a call, and what the gateway gave as a receipt.
ALTER TABLE ring.call
  ADD COLUMN pushed timestamptz,               -- the last time
  ADD COLUMN receipt text NOT NULL DEFAULT '';
GRANT UPDATE (pushed, receipt) ON ring.call TO yuanzhen_app;
