-- What the detectors of rules with odd(…) have learnt, what rules with predict(…) expect, and what people have said was normal.

CREATE TABLE IF NOT EXISTS detector_states (
  series VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY
    COMMENT 'whose: "error_rate of shop", "item 44519"; "item 44519 to 100" is a prediction',
  newest BIGINT NOT NULL COMMENT 'epoch seconds of the value up to which it has learnt; newer ones are learnt again',
  state MEDIUMBLOB NOT NULL COMMENT 'bytes of a detector, which begin with its version, or JSON of a prediction; another version is made anew',
  updated_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS detector_feedback (
  series VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY COMMENT 'as in detector_states',
  strength DOUBLE NOT NULL COMMENT 'of the alert that was normal; 1 is about once a month',
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- A database that had step 12 before that brought the tags.
SET @have = (SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'zabbix_items' AND column_name = 'tags');
SET @ddl = IF(@have > 0, 'DO 0',
  'ALTER TABLE zabbix_items ADD COLUMN tags TEXT NULL COMMENT ''of the item and of its host: "role=db", or "role", a line each''');
PREPARE step FROM @ddl;
EXECUTE step;
DEALLOCATE PREPARE step;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (13, 1, 13);
