-- A reference is found by its target and told apart by its type: without a look at rows that lie all over the disk.
DROP INDEX records.link_value;
CREATE INDEX link_value ON records.link (path, target, key) INCLUDE (target_type);
