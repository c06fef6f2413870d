-- What a history is read by.

CREATE INDEX version_newest ON records.version (updated);
CREATE INDEX version_newest_of_type ON records.version (type, updated);
