-- Who stands in for somebody who is not there: another expert of a department of theirs; '' for nobody.
ALTER TABLE calendar.absence ADD cover text NOT NULL DEFAULT '', ADD CHECK (cover <> person);
CREATE INDEX absence_cover ON calendar.absence (cover, ends) WHERE cover <> '';
