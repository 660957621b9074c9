-- Alerts that a data-aggregator told by itself while the database was away: it records them before the samples that they
-- rest on come.

SET @have = (SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'alerts' AND column_name = 'judged');
SET @ddl = IF(@have > 0, 'DO 0',
  'ALTER TABLE alerts ADD COLUMN judged TINYINT NOT NULL DEFAULT 1 COMMENT ''0: told by a data-aggregator that was cut off; its samples have not been judged here yet'', LOCK = NONE');
PREPARE step FROM @ddl;
EXECUTE step;

SET @have = (SELECT COUNT(*) FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'alerts' AND column_name = 'judged' AND seq_in_index = 1);
SET @ddl = IF(@have > 0, 'DO 0', 'ALTER TABLE alerts ADD KEY judged (judged), LOCK = NONE');
PREPARE step FROM @ddl;
EXECUTE step;
DEALLOCATE PREPARE step;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (10, 1, 10);
