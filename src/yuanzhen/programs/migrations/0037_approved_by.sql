-- Who let a version take effect, for whoever sees the version: the approval itself is for who asked and who may decide.
ALTER TABLE consultation.opinion
  ADD approved_by text NOT NULL DEFAULT '',
  ADD approved_at timestamptz;
UPDATE consultation.opinion o SET approved_by = a.decided_by, approved_at = a.decided_at
  FROM security.approval a WHERE a.id = o.approval AND o.kind IN ('amendment', 'withdrawal');
