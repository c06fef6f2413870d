-- A reference's target is compared with types and ids of resources: in their collation, or no index of theirs is used.
ALTER TABLE records.link ALTER COLUMN target_type TYPE text COLLATE "default",
                         ALTER COLUMN target TYPE text COLLATE "default";
