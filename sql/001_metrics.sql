-- What was measured: the samples of the applications, and each Zabbix item with its newest value.
-- Both tables may exist already, made by hand or by another program; 002 brings such tables up to date.

CREATE TABLE IF NOT EXISTS hyphenmon_metrics (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  timestamp BIGINT NULL COMMENT 'epoch seconds, the time that the application gives',
  response_time_ms INT NULL COMMENT 'milliseconds',
  error_rate FLOAT NULL COMMENT 'ratio, 0 to 1',
  recorded_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  application VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'NULL: inserted by another program',
  skew_seconds INT NULL COMMENT 'seconds, HTTP Date minus our clock; NULL: unknown or within the limit',
  UNIQUE KEY application_timestamp (application, timestamp),
  KEY recorded_at (recorded_at),
  KEY timestamp (timestamp)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS zabbix_items (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  itemid VARCHAR(255) NULL,
  name VARCHAR(255) NULL COMMENT 'macros resolved',
  lastvalue TEXT NULL COMMENT 'as Zabbix sent it; NULL: no value yet',
  lastclock BIGINT NULL COMMENT 'epoch seconds; NULL: no value yet',
  hostid VARCHAR(255) NULL,
  recorded_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'when the newest value was stored',
  lastns INT UNSIGNED NULL COMMENT 'nanoseconds of lastclock',
  item_key TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  units VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  value_type TINYINT NULL COMMENT '0 float, 1 character, 2 log, 3 unsigned, 4 text',
  state TINYINT NOT NULL DEFAULT 0 COMMENT '0 normal, 1 not supported, 2 vanished from Zabbix',
  error TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'why it is not supported',
  UNIQUE KEY itemid (itemid),
  KEY recorded_at (recorded_at),
  KEY hostid (hostid)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (1, 1, 1);
