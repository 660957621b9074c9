-- Where the data comes from, and who is at work.

-- One row per application endpoint ("application:shop") and per Zabbix server ("zabbix").
CREATE TABLE IF NOT EXISTS sources (
  name VARCHAR(190) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  kind VARCHAR(16) NOT NULL,                 -- application, zabbix
  up TINYINT NOT NULL,                       -- did the last attempt succeed
  attempted_at TIMESTAMP(3) NULL,
  succeeded_at TIMESTAMP(3) NULL,            -- NULL: never yet
  duration_ms INT NULL,                      -- of the last attempt
  samples INT NULL,                          -- taken by the last attempt
  refused INT NULL,                          -- refused by the last attempt
  http_code INT NULL,
  error VARCHAR(1024) NULL,                  -- of the last attempt; NULL: none
  consecutive_failures INT NOT NULL DEFAULT 0,
  skew_seconds INT NULL,                     -- HTTP Date minus our clock
  newest_sample BIGINT NULL                  -- epoch seconds of the newest sample
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS zabbix_hosts (
  hostid BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  host VARCHAR(255) NOT NULL,                -- technical name
  name VARCHAR(255) NOT NULL,                -- visible name
  read_until BIGINT NOT NULL DEFAULT 0       -- epoch seconds: history of this host has been read up to here
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- Which hosts belong to which application, as the configuration said and Zabbix resolved it at the last cycle.
CREATE TABLE IF NOT EXISTS application_hosts (
  application VARCHAR(190) COLLATE utf8mb4_bin NOT NULL,
  hostid BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (application, hostid)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS leases (
  name VARCHAR(64) NOT NULL PRIMARY KEY,     -- aggregator, processor, delivery, migration
  token BIGINT UNSIGNED NOT NULL,            -- fencing token: grows with each change of owner
  owner_host VARCHAR(255) NOT NULL,
  owner_boot VARCHAR(128) NOT NULL,          -- boot id and pid namespace: is a pid of ours comparable?
  owner_pid BIGINT NOT NULL,
  owner_started BIGINT NOT NULL,             -- start time of the process in clock ticks since boot
  connection_id BIGINT UNSIGNED NOT NULL,
  acquired_at TIMESTAMP(3) NULL,
  expires_at TIMESTAMP(3) NULL               -- by the server's clock; NULL or past: free
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
