-- What became of what could not be stored, and how each source fares.

-- Rows that a table refuses, with the reason: the rest of their batch is stored. Kept for people; nothing reads them.
CREATE TABLE IF NOT EXISTS quarantine (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  table_name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL COMMENT 'the table that refuses the row',
  row_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL COMMENT 'what it is known by: application/timestamp, itemid/clock/ns',
  reason VARCHAR(1024) NOT NULL,
  row_json MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  times BIGINT NOT NULL DEFAULT 1 COMMENT 'how often it came',
  first_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  last_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  UNIQUE KEY table_row (table_name, row_key),
  KEY last_at (last_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

SET @have = (SELECT CONCAT(',', GROUP_CONCAT(column_name), ',') FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'sources');
SET @clauses = CONCAT_WS(', ',
  IF(LOCATE(',bytes,', @have), NULL, 'ADD COLUMN bytes BIGINT NULL COMMENT ''of the last answer'''),
  IF(LOCATE(',error_class,', @have), NULL,
     'ADD COLUMN error_class VARCHAR(32) NULL COMMENT ''timeout, unavailable, bad reply, invalid data, rejected, configuration; NULL: none'''),
  IF(LOCATE(',breaker,', @have), NULL,
     'ADD COLUMN breaker VARCHAR(16) NULL COMMENT ''closed, open, half-open'''));
SET @ddl = IF(@clauses = '', 'DO 0', CONCAT('ALTER TABLE sources ', @clauses));
PREPARE step FROM @ddl;
EXECUTE step;
DEALLOCATE PREPARE step;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (7, 1, 7);
