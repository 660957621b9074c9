-- A pass that works off a backlog takes its time: that it is at work shows before it has gone through.

SET @have = (SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'leases' AND column_name = 'worked_at');
SET @ddl = IF(@have > 0, 'DO 0',
  'ALTER TABLE leases ADD COLUMN worked_at TIMESTAMP(3) NULL COMMENT ''when a part of a pass was last committed that others follow; NULL: never yet''');
PREPARE step FROM @ddl;
EXECUTE step;
DEALLOCATE PREPARE step;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (11, 1, 11);
