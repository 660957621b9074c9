-- Several processors share out the applications: each part of them has a ledger of its own.

SET @have = (SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'processed_ranges' AND column_name = 'part');
SET @ddl = IF(@have > 0, 'DO 0',
  'ALTER TABLE processed_ranges ADD COLUMN part SMALLINT NOT NULL DEFAULT -1 COMMENT ''0 to 63: CRC32(application) % 64; -1: all that have no ledger of their own'', DROP PRIMARY KEY, ADD PRIMARY KEY (part, first_id)');
PREPARE step FROM @ddl;
EXECUTE step;
DEALLOCATE PREPARE step;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (15, 1, 15);
