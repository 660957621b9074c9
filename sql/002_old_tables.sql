-- Brings hyphenmon_metrics and zabbix_items up to date where they were made before this platform, by hand or by
-- another program. No row and no value of an old column changes. Where nothing is missing, nothing is done.
--
-- Adding columns and keys lets writers go on. A change of the engine or of the character set does not: it holds writers
-- up while it copies the table. `data-aggregator --migrate` makes that copy beside the living table instead.

-- Another engine than InnoDB has no transactions.
SET @ddl = (SELECT IF(COUNT(*) > 0, 'ALTER TABLE hyphenmon_metrics ENGINE = InnoDB', 'DO 0')
  FROM information_schema.tables
  WHERE table_schema = DATABASE() AND table_name = 'hyphenmon_metrics' AND engine <> 'InnoDB');
PREPARE step FROM @ddl;
EXECUTE step;

SET @ddl = (SELECT IF(COUNT(*) > 0, 'ALTER TABLE zabbix_items ENGINE = InnoDB', 'DO 0')
  FROM information_schema.tables
  WHERE table_schema = DATABASE() AND table_name = 'zabbix_items' AND engine <> 'InnoDB');
PREPARE step FROM @ddl;
EXECUTE step;

-- Names and values of Zabbix are UTF-8.
SET @ddl = (SELECT IF(COUNT(*) > 0,
    'ALTER TABLE zabbix_items CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci, ROW_FORMAT = DYNAMIC',
    'DO 0')
  FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'zabbix_items' AND character_set_name <> 'utf8mb4');
PREPARE step FROM @ddl;
EXECUTE step;

-- Columns that the old tables do not have. (TEXT can be added at once; a VARCHAR of more than some 1,000 characters would
-- be added by a rebuild of the table.)
SET @have = (SELECT CONCAT(',', GROUP_CONCAT(column_name), ',') FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'hyphenmon_metrics');
SET @clauses = CONCAT_WS(', ',
  IF(LOCATE(',recorded_at,', @have), NULL,
     'ADD COLUMN recorded_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP'),
  IF(LOCATE(',application,', @have), NULL,
     'ADD COLUMN application VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT ''NULL: inserted by another program'''),
  IF(LOCATE(',skew_seconds,', @have), NULL,
     'ADD COLUMN skew_seconds INT NULL COMMENT ''seconds, HTTP Date minus our clock; NULL: unknown or within the limit'''));
SET @ddl = IF(@clauses = '', 'DO 0', CONCAT('ALTER TABLE hyphenmon_metrics ', @clauses, ', LOCK = NONE'));
PREPARE step FROM @ddl;
EXECUTE step;

SET @have = (SELECT CONCAT(',', GROUP_CONCAT(column_name), ',') FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'zabbix_items');
SET @clauses = CONCAT_WS(', ',
  IF(LOCATE(',recorded_at,', @have), NULL,
     'ADD COLUMN recorded_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP COMMENT ''when the newest value was stored'''),
  IF(LOCATE(',lastns,', @have), NULL,
     'ADD COLUMN lastns INT UNSIGNED NULL COMMENT ''nanoseconds of lastclock'''),
  IF(LOCATE(',item_key,', @have), NULL,
     'ADD COLUMN item_key TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL'),
  IF(LOCATE(',units,', @have), NULL,
     'ADD COLUMN units VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL'),
  IF(LOCATE(',value_type,', @have), NULL,
     'ADD COLUMN value_type TINYINT NULL COMMENT ''0 float, 1 character, 2 log, 3 unsigned, 4 text'''),
  IF(LOCATE(',state,', @have), NULL,
     'ADD COLUMN state TINYINT NOT NULL DEFAULT 0 COMMENT ''0 normal, 1 not supported, 2 vanished from Zabbix'''),
  IF(LOCATE(',error,', @have), NULL,
     'ADD COLUMN error TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT ''why it is not supported'''));
SET @ddl = IF(@clauses = '', 'DO 0', CONCAT('ALTER TABLE zabbix_items ', @clauses, ', LOCK = NONE'));
PREPARE step FROM @ddl;
EXECUTE step;

-- Keys that the queries use. A key that begins with the same column does as well, whatever its name.
SET @have = (SELECT CONCAT(',', GROUP_CONCAT(column_name), ',') FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'hyphenmon_metrics' AND seq_in_index = 1);
SET @clauses = CONCAT_WS(', ',
  IF(LOCATE(',application,', @have), NULL, 'ADD UNIQUE KEY application_timestamp (application, timestamp)'),
  IF(LOCATE(',recorded_at,', @have), NULL, 'ADD KEY recorded_at (recorded_at)'),
  IF(LOCATE(',timestamp,', @have), NULL, 'ADD KEY timestamp (timestamp)'));
SET @ddl = IF(@clauses = '', 'DO 0', CONCAT('ALTER TABLE hyphenmon_metrics ', @clauses, ', LOCK = NONE'));
PREPARE step FROM @ddl;
EXECUTE step;

-- One row per item is enforced where it holds; rows that are there twice are kept.
SET @have = (SELECT CONCAT(',', GROUP_CONCAT(column_name), ',') FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'zabbix_items' AND seq_in_index = 1);
SET @doubles = IF(LOCATE(',itemid,', @have), 0, (SELECT COUNT(itemid) - COUNT(DISTINCT itemid) FROM zabbix_items));
SET @clauses = CONCAT_WS(', ',
  IF(LOCATE(',itemid,', @have), NULL,
     IF(@doubles = 0, 'ADD UNIQUE KEY itemid (itemid)', 'ADD KEY itemid (itemid)')),
  IF(LOCATE(',recorded_at,', @have), NULL, 'ADD KEY recorded_at (recorded_at)'),
  IF(LOCATE(',hostid,', @have), NULL, 'ADD KEY hostid (hostid)'));
SET @ddl = IF(@clauses = '', 'DO 0', CONCAT('ALTER TABLE zabbix_items ', @clauses, ', LOCK = NONE'));
PREPARE step FROM @ddl;
EXECUTE step;
DEALLOCATE PREPARE step;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (2, 1, 2);
