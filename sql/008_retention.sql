-- Days that were brought back from the archive. `data-aggregator retention` leaves them in their table until then.

CREATE TABLE IF NOT EXISTS restored_days (
  table_name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  day DATE NOT NULL COMMENT 'UTC',
  restored_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  keep_until TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (table_name, day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (8, 1, 8);
