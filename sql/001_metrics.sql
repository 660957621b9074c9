-- What was measured: the application's samples, and each Zabbix item with its newest value.
-- Both tables may exist already, made by hand or by another program; 002 brings such tables up to date.

CREATE TABLE IF NOT EXISTS hyphenmon_metrics (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  timestamp BIGINT,                          -- epoch seconds, the application's own time
  response_time_ms INT,
  error_rate FLOAT,                          -- 0 to 1
  recorded_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  application VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,  -- NULL: inserted by another program
  skew_seconds INT NULL,                     -- HTTP Date minus our clock, where it is beyond the limit
  UNIQUE KEY application_timestamp (application, timestamp),
  KEY recorded_at (recorded_at),
  KEY timestamp (timestamp)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS zabbix_items (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  itemid VARCHAR(255) UNIQUE,
  name VARCHAR(255),                         -- macros resolved
  lastvalue TEXT,                            -- as Zabbix sent it; NULL: no value yet
  lastclock BIGINT,                          -- epoch seconds; NULL: no value yet
  hostid VARCHAR(255),
  recorded_at TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
  item_key VARCHAR(2048) NULL,
  units VARCHAR(255) NULL,
  value_type TINYINT NULL,                   -- 0 float, 1 character, 2 log, 3 unsigned, 4 text
  state TINYINT NOT NULL DEFAULT 0,          -- 0 normal, 1 not supported, 2 vanished from Zabbix
  error VARCHAR(2048) NULL,                  -- why it is not supported
  KEY recorded_at (recorded_at),
  KEY hostid (hostid)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
