-- How alerts are told: labels, who has taken one on, what holds one back, and which mail told of which alerts.

SET @have = (SELECT CONCAT(',', GROUP_CONCAT(column_name), ',') FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'alerts');
SET @clauses = CONCAT_WS(', ',
  IF(LOCATE(',labels,', @have), NULL,
     'ADD COLUMN labels TEXT NULL COMMENT ''JSON object: those of the rule; rule, application, severity and host go without saying'''),
  IF(LOCATE(',priority,', @have), NULL,
     'ADD COLUMN priority INT NULL COMMENT ''0 to 100, when it was last told'''),
  IF(LOCATE(',priority_parts,', @have), NULL,
     'ADD COLUMN priority_parts VARCHAR(1024) NULL COMMENT ''what it is made of, in words'''),
  IF(LOCATE(',acknowledged_at,', @have), NULL,
     'ADD COLUMN acknowledged_at TIMESTAMP(3) NULL DEFAULT NULL COMMENT ''NULL: nobody has taken it on'''),
  IF(LOCATE(',acknowledged_by,', @have), NULL,
     'ADD COLUMN acknowledged_by VARCHAR(190) NULL'));
SET @ddl = IF(@clauses = '', 'DO 0', CONCAT('ALTER TABLE alerts ', @clauses, ', LOCK = NONE'));
PREPARE step FROM @ddl;
EXECUTE step;

SET @have = (SELECT CONCAT(',', GROUP_CONCAT(column_name), ',') FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'notifications');
SET @clauses = CONCAT_WS(', ',
  IF(LOCATE(',chart,', @have), NULL,
     'ADD COLUMN chart MEDIUMTEXT NULL COMMENT ''JSON: the series that the picture in the mail is drawn from'''),
  IF(LOCATE(',payload,', @have), NULL,
     'ADD COLUMN payload MEDIUMTEXT NULL COMMENT ''JSON: what webhooks and commands get, in Alertmanager''''s format'''));
SET @ddl = IF(@clauses = '', 'DO 0', CONCAT('ALTER TABLE notifications ', @clauses));
PREPARE step FROM @ddl;
EXECUTE step;

SET @have = (SELECT CONCAT(',', GROUP_CONCAT(column_name), ',') FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'zabbix_hosts');
SET @clauses = CONCAT_WS(', ',
  IF(LOCATE(',maintenance,', @have), NULL,
     'ADD COLUMN maintenance TINYINT NOT NULL DEFAULT 0 COMMENT ''1: Zabbix has the host in maintenance'''),
  IF(LOCATE(',maintenance_name,', @have), NULL,
     'ADD COLUMN maintenance_name VARCHAR(255) NULL'));
SET @ddl = IF(@clauses = '', 'DO 0', CONCAT('ALTER TABLE zabbix_hosts ', @clauses));
PREPARE step FROM @ddl;
EXECUTE step;

SET @have = (SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'zabbix_items' AND column_name = 'tags');
SET @ddl = IF(@have > 0, 'DO 0',
  'ALTER TABLE zabbix_items ADD COLUMN tags TEXT NULL COMMENT ''of the item and of its host: "role=db", or "role", a line each''');
PREPARE step FROM @ddl;
EXECUTE step;

SET @have = (SELECT COUNT(*) FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = 'notifications' AND column_name = 'created_at' AND seq_in_index = 1);
SET @ddl = IF(@have > 0, 'DO 0', 'ALTER TABLE notifications ADD KEY created_at (created_at), LOCK = NONE');
PREPARE step FROM @ddl;
EXECUTE step;
DEALLOCATE PREPARE step;

-- What is still to be told: a row for each alert that is open, or over and not told to be.
CREATE TABLE IF NOT EXISTS alert_tellings (
  alert_id BIGINT NOT NULL PRIMARY KEY,
  first_told_at TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'when the first mail about it was queued; NULL: none was',
  told_at TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'when the last one was',
  recovery_told_at TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'when the mail about its end was queued',
  held_by VARCHAR(190) NULL COMMENT 'what holds it back: "silence 7", "alert 12", "maintenance of web-1", "flapping", "group"; NULL: nothing',
  held_until TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'NULL: until that is over',
  step INT NOT NULL DEFAULT 0 COMMENT 'escalation steps that were taken',
  repeats INT NOT NULL DEFAULT 0 COMMENT 'mails that said that it goes on',
  owed TEXT NULL COMMENT 'who had too many mails to be told yet, separated by commas'
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- Which alerts a mail tells of. A mail that tells of one alone has notifications.alert_id as well.
CREATE TABLE IF NOT EXISTS notification_alerts (
  notification_id BIGINT NOT NULL,
  alert_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL COMMENT 'what it says of this alert: problem, recovery, both, reminder, escalation',
  PRIMARY KEY (notification_id, alert_id),
  KEY alert_id (alert_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS silences (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  matchers VARCHAR(1024) COLLATE utf8mb4_bin NOT NULL COMMENT 'rule="high-error-rate", application=~"shop.*": all of them must match',
  comment VARCHAR(1024) NOT NULL,
  created_by VARCHAR(190) NOT NULL,
  created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  starts_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  ends_at TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'NULL: not by a time',
  until_resolved TINYINT NOT NULL DEFAULT 0 COMMENT '1: it ends when no alert that it matches is open any more',
  recurrence VARCHAR(255) NULL COMMENT 'only then: "mon-fri 22:00-06:00", "sun", several with ";"; NULL: all the time',
  time_zone VARCHAR(64) NULL COMMENT 'of the recurrence, an IANA name',
  expired_at TIMESTAMP(3) NULL DEFAULT NULL COMMENT 'ended by a person, or because what it matches is over; NULL: not',
  KEY ends_at (ends_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- Who has changed what by a command, and why.
CREATE TABLE IF NOT EXISTS audit_log (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  happened_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  who VARCHAR(190) NOT NULL,
  action VARCHAR(32) NOT NULL COMMENT 'acknowledge, unacknowledge, silence, edit-silence, expire-silence, retry-mail',
  subject VARCHAR(190) NOT NULL COMMENT '"alert 12", "silence 7", "mail 17"',
  reason VARCHAR(1024) NULL,
  detail TEXT NULL COMMENT 'what changed',
  KEY subject (subject),
  KEY happened_at (happened_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

-- Incidents that were told before there was this table end by mails of their own, too.
INSERT IGNORE INTO alert_tellings (alert_id, first_told_at, told_at)
  SELECT id, created_at, created_at FROM alerts WHERE status = 'firing';
INSERT IGNORE INTO notification_alerts (notification_id, alert_id, kind)
  SELECT n.id, n.alert_id, n.kind FROM notifications n JOIN alerts a ON a.id = n.alert_id AND a.status = 'firing';

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (12, 1, 12);
