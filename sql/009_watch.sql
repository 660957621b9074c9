-- How the platform watches its sources and itself. All times are the server's, so that no program's clock matters.

SET @have = (SELECT CONCAT(',', GROUP_CONCAT(column_name), ',') FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'sources');
SET @clauses = CONCAT_WS(', ',
  IF(LOCATE(',reported_at,', @have), NULL,
     'ADD COLUMN reported_at TIMESTAMP(3) NULL COMMENT ''when this row was last written, by the clock of the server'''),
  IF(LOCATE(',usual_interval_ms,', @have), NULL,
     'ADD COLUMN usual_interval_ms INT NULL COMMENT ''between two reports, smoothed'''),
  IF(LOCATE(',failing_since,', @have), NULL,
     'ADD COLUMN failing_since TIMESTAMP(3) NULL COMMENT ''NULL: the last attempt succeeded'''),
  IF(LOCATE(',last_sample,', @have), NULL,
     'ADD COLUMN last_sample BIGINT NULL COMMENT ''epoch seconds of the sample that came last'''),
  IF(LOCATE(',fresh_at,', @have), NULL,
     'ADD COLUMN fresh_at TIMESTAMP(3) NULL COMMENT ''when last_sample last changed'''),
  IF(LOCATE(',usual_step_ms,', @have), NULL,
     'ADD COLUMN usual_step_ms INT NULL COMMENT ''between two changes of it, smoothed'''));
SET @ddl = IF(@clauses = '', 'DO 0', CONCAT('ALTER TABLE sources ', @clauses));
PREPARE step FROM @ddl;
EXECUTE step;

SET @have = (SELECT CONCAT(',', GROUP_CONCAT(column_name), ',') FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'leases');
SET @clauses = CONCAT_WS(', ',
  IF(LOCATE(',passed_at,', @have), NULL,
     'ADD COLUMN passed_at TIMESTAMP(3) NULL COMMENT ''when a pass last went through; NULL: never yet'''),
  IF(LOCATE(',usual_interval_ms,', @have), NULL,
     'ADD COLUMN usual_interval_ms INT NULL COMMENT ''between two such passes, smoothed'''));
SET @ddl = IF(@clauses = '', 'DO 0', CONCAT('ALTER TABLE leases ', @clauses));
PREPARE step FROM @ddl;
EXECUTE step;
DEALLOCATE PREPARE step;

-- One row per source ("application:shop", "zabbix") and per part of the platform ("aggregator", "processor", "mail").
CREATE TABLE IF NOT EXISTS watches (
  subject VARCHAR(190) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  state VARCHAR(16) NOT NULL COMMENT 'OK, NODATA (silent), STALE (the same again and again), ERROR (no usable answer)',
  since TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'of that state',
  seen_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'when it was first seen in that state',
  detail VARCHAR(1024) NULL COMMENT 'what was seen; NULL: nothing is wrong',
  told_since TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'when the problem that was mailed began; NULL: none is open',
  told_detail VARCHAR(1024) NULL COMMENT 'what that mail said',
  alert_id BIGINT NULL COMMENT 'the open alert; those of the aggregator have none'
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (9, 1, 9);
