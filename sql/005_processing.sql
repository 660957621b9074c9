-- What the processor has read and decided.

-- The ledger: rows of hyphenmon_metrics whose id lies in one of these ranges have been read. A row that commits late
-- lies in a gap between two ranges and is still new. A gap closes when both of its neighbours were reached a day ago.
CREATE TABLE IF NOT EXISTS processed_ranges (
  first_id BIGINT NOT NULL PRIMARY KEY,
  last_id BIGINT NOT NULL,
  begun_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'when first_id was reached',
  finished_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'when last_id was reached'
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- Samples that were read and still wait for the window after them, for rules that name an item.
CREATE TABLE IF NOT EXISTS pending_samples (
  sample_id BIGINT NOT NULL PRIMARY KEY,
  application VARCHAR(190) COLLATE utf8mb4_bin NOT NULL,
  timestamp BIGINT NOT NULL,
  waits_since TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- One row per rule and application: where its state machine stands. Moves forward in event time only.
CREATE TABLE IF NOT EXISTS rule_states (
  rule VARCHAR(190) COLLATE utf8mb4_bin NOT NULL,
  application VARCHAR(190) COLLATE utf8mb4_bin NOT NULL,
  state TEXT NOT NULL COMMENT 'JSON, written and read by the processor',
  newest_sample BIGINT NOT NULL COMMENT 'event time up to which it has moved',
  alert_id BIGINT NULL COMMENT 'the open alert',
  PRIMARY KEY (rule, application)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- One row per incident: from the sample that fired to the one that resolved it.
CREATE TABLE IF NOT EXISTS alerts (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  rule VARCHAR(190) COLLATE utf8mb4_bin NOT NULL,
  application VARCHAR(190) COLLATE utf8mb4_bin NOT NULL,
  severity VARCHAR(16) NOT NULL COMMENT 'info, warning, critical',
  status VARCHAR(16) NOT NULL COMMENT 'firing, resolved',
  started_at BIGINT NOT NULL COMMENT 'event time of the first true sample, epoch seconds',
  fired_at BIGINT NOT NULL COMMENT 'event time of the sample at which it fired',
  ended_at BIGINT NULL COMMENT 'event time of the first false sample of the recovery',
  hosts VARCHAR(2048) NULL COMMENT 'names of the hosts a rule with items was true for',
  summary VARCHAR(1024) NOT NULL,
  value DOUBLE NULL COMMENT 'of the metric that the rule names first, when it fired',
  limit_value DOUBLE NULL,
  peak DOUBLE NULL COMMENT 'the worst value while it lasted',
  -- Text: MySQL's own type would rewrite the numbers in it, and the connector cannot read that type.
  evidence LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'JSON: the finding with its joined values',
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  KEY status (status, started_at),
  KEY application_started (application, started_at),
  UNIQUE KEY incident (rule, application, started_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS alert_events (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  alert_id BIGINT NOT NULL,
  kind VARCHAR(32) NOT NULL COMMENT 'fired, resolved, late_data',
  event_time BIGINT NOT NULL COMMENT 'epoch seconds',
  detail TEXT NULL,
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  KEY alert_id (alert_id, id),
  KEY event_time (event_time)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (5, 1, 5);
