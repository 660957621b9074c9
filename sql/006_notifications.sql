-- The outbox: written in the transaction that changes an alert, emptied by `alerting-system deliver`.

CREATE TABLE IF NOT EXISTS notifications (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  alert_id BIGINT NULL COMMENT 'NULL: not about an alert',
  kind VARCHAR(16) NOT NULL COMMENT 'problem, recovery, both (a late incident whose end is known)',
  dedup_key VARCHAR(190) COLLATE utf8mb4_bin NOT NULL COMMENT '"alert/8c2f64b1e09d3a57/1750000000/problem": queueing it twice leaves one',
  subject VARCHAR(998) NOT NULL,
  body_text MEDIUMTEXT NOT NULL,
  body_html MEDIUMTEXT NOT NULL,
  thread_key VARCHAR(190) COLLATE utf8mb4_bin NOT NULL COMMENT 'mails of one incident: one thread',
  priority TINYINT NOT NULL DEFAULT 3 COMMENT 'X-Priority, 1 highest',
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  UNIQUE KEY dedup_key (dedup_key),
  KEY thread_key (thread_key),
  KEY alert_id (alert_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS notification_recipients (
  notification_id BIGINT NOT NULL,
  recipient VARCHAR(320) COLLATE utf8mb4_bin NOT NULL,
  status VARCHAR(16) NOT NULL DEFAULT 'queued' COMMENT 'queued, sending, sent, uncertain, dead, skipped',
  attempts INT NOT NULL DEFAULT 0,
  next_attempt_at TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'NULL: none to come',
  last_error VARCHAR(1024) NULL COMMENT 'what the server said',
  sent_at TIMESTAMP(3) NULL,
  PRIMARY KEY (notification_id, recipient),
  KEY due (status, next_attempt_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS notification_attempts (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  notification_id BIGINT NOT NULL,
  recipient VARCHAR(320) COLLATE utf8mb4_bin NOT NULL,
  outcome VARCHAR(16) NOT NULL COMMENT 'sent, deferred, refused, uncertain',
  reply VARCHAR(1024) NULL COMMENT 'what the server said',
  attempted_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  KEY notification_id (notification_id, recipient)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (6, 1, 6);
