-- Where the data comes from.

-- One row per application endpoint ("application:shop") and per Zabbix server ("zabbix").
CREATE TABLE IF NOT EXISTS sources (
  name VARCHAR(190) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  kind VARCHAR(16) NOT NULL COMMENT 'application, zabbix',
  up TINYINT NOT NULL COMMENT 'did the last attempt succeed',
  attempted_at TIMESTAMP(3) NULL DEFAULT NULL,
  succeeded_at TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'NULL: never yet',
  duration_ms INT NULL COMMENT 'milliseconds, of the last attempt',
  samples INT NULL COMMENT 'taken by the last attempt',
  refused INT NULL COMMENT 'refused by the last attempt',
  http_code INT NULL,
  error VARCHAR(1024) NULL COMMENT 'of the last attempt; NULL: none',
  consecutive_failures INT NOT NULL DEFAULT 0,
  skew_seconds INT NULL COMMENT 'seconds, HTTP Date minus our clock',
  newest_sample BIGINT NULL COMMENT 'epoch seconds of the newest sample'
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS zabbix_hosts (
  hostid BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  host VARCHAR(255) NOT NULL COMMENT 'technical name',
  name VARCHAR(255) NOT NULL COMMENT 'visible name',
  read_until BIGINT NOT NULL DEFAULT 0 COMMENT 'epoch seconds: the history of this host has been read up to here'
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- Which hosts belong to which application, as the configuration said and Zabbix resolved it at the last cycle.
CREATE TABLE IF NOT EXISTS application_hosts (
  application VARCHAR(190) COLLATE utf8mb4_bin NOT NULL,
  hostid BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (application, hostid)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (4, 1, 4);
