-- What has been applied here, and who is at work. Every step of this folder can be run again: it then changes nothing.

CREATE TABLE IF NOT EXISTS schema_version (
  step INT NOT NULL PRIMARY KEY COMMENT 'number of the file in sql/',
  major INT NOT NULL COMMENT 'programs refuse a newer one',
  minor INT NOT NULL COMMENT 'grows with each step; a newer one only adds',
  applied_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS leases (
  name VARCHAR(64) NOT NULL PRIMARY KEY COMMENT 'aggregator, processor, delivery, migration, retention',
  token BIGINT UNSIGNED NOT NULL COMMENT 'fencing token: grows with each change of owner',
  owner_host VARCHAR(255) NOT NULL DEFAULT '',
  owner_boot VARCHAR(128) NOT NULL DEFAULT '' COMMENT 'boot id and pid namespace: where equal, pids can be compared',
  owner_pid BIGINT NOT NULL DEFAULT 0,
  owner_started BIGINT NOT NULL DEFAULT 0 COMMENT 'start of the process, clock ticks since boot',
  connection_id BIGINT UNSIGNED NOT NULL DEFAULT 0,
  owner_server VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'the server that the connection id belongs to',
  acquired_at TIMESTAMP(3) NULL DEFAULT NULL,
  expires_at TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'by the clock of the server; NULL or past: free'
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

INSERT IGNORE INTO leases (name, token) VALUES
  ('aggregator', 0), ('processor', 0), ('delivery', 0), ('migration', 0);

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (0, 1, 0);
