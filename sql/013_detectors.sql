-- What the detectors of rules with odd(…) have learnt, and what people have said was normal.

CREATE TABLE IF NOT EXISTS detector_states (
  series VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY
    COMMENT 'whose: "error_rate of shop", "item 44519"',
  newest BIGINT NOT NULL COMMENT 'epoch seconds of the value up to which it has learnt; newer ones are learnt again',
  state MEDIUMBLOB NOT NULL COMMENT 'begins with its version; another one is learnt anew',
  updated_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS detector_feedback (
  series VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY COMMENT 'as in detector_states',
  strength DOUBLE NOT NULL COMMENT 'of the alert that was normal; 1 is about once a month',
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (13, 1, 13);
