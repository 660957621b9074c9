-- The database and four accounts with least rights. Run it once by an account that may create others, before or
-- after the tables are made, with the passwords put in:
--
--   sed -e 's/<admin-password>/…/' -e 's/<aggregator-password>/…/' \
--       -e 's/<processor-password>/…/' -e 's/<grafana-password>/…/' sql/accounts.sql | mysql -u root -p
--
-- '%' lets an account in from everywhere: put in the hosts that your programs run on. An account that exists keeps
-- its password. Rights can be granted on a table that is not there yet only together with CREATE, which is then
-- taken away again.

CREATE DATABASE IF NOT EXISTS monitoring_db DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE USER IF NOT EXISTS 'monitoring_admin'@'%' IDENTIFIED BY '<admin-password>';
CREATE USER IF NOT EXISTS 'monitoring_aggregator'@'%' IDENTIFIED BY '<aggregator-password>';
CREATE USER IF NOT EXISTS 'monitoring_processor'@'%' IDENTIFIED BY '<processor-password>';
CREATE USER IF NOT EXISTS 'monitoring_grafana'@'%' IDENTIFIED BY '<grafana-password>';

-- admin: data-aggregator --migrate, partitions, retention and restore (MYSQL_ADMIN_USER).
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, TRIGGER
  ON monitoring_db.* TO 'monitoring_admin'@'%';

-- aggregator: data-aggregator.
GRANT CREATE, SELECT ON monitoring_db.schema_version TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.leases TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT, DELETE ON monitoring_db.hyphenmon_metrics TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.zabbix_items TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.zabbix_history TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.sources TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.zabbix_hosts TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT, DELETE ON monitoring_db.application_hosts TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.quarantine TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.watches TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.alerts TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT ON monitoring_db.alert_events TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT ON monitoring_db.notifications TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT ON monitoring_db.notification_recipients TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT ON monitoring_db.notification_attempts TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.alert_tellings TO 'monitoring_aggregator'@'%';
GRANT CREATE, SELECT, INSERT ON monitoring_db.notification_alerts TO 'monitoring_aggregator'@'%';

REVOKE CREATE ON monitoring_db.schema_version FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.leases FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.hyphenmon_metrics FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.zabbix_items FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.zabbix_history FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.sources FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.zabbix_hosts FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.application_hosts FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.quarantine FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.watches FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.alerts FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.alert_events FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.notifications FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.notification_recipients FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.notification_attempts FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.alert_tellings FROM 'monitoring_aggregator'@'%';
REVOKE CREATE ON monitoring_db.notification_alerts FROM 'monitoring_aggregator'@'%';

-- processor: processor, and alerting-system deliver.
GRANT CREATE, SELECT ON monitoring_db.schema_version TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.leases TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT ON monitoring_db.hyphenmon_metrics TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT ON monitoring_db.zabbix_items TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT ON monitoring_db.zabbix_history TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT ON monitoring_db.sources TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT ON monitoring_db.zabbix_hosts TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT ON monitoring_db.application_hosts TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON monitoring_db.processed_ranges TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON monitoring_db.part_ranges TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON monitoring_db.pending_samples TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON monitoring_db.rule_states TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.alerts TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT ON monitoring_db.alert_events TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.notifications TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.notification_recipients TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT ON monitoring_db.notification_attempts TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.watches TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON monitoring_db.alert_tellings TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT ON monitoring_db.notification_alerts TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE ON monitoring_db.silences TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT ON monitoring_db.audit_log TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON monitoring_db.detector_states TO 'monitoring_processor'@'%';
GRANT CREATE, SELECT, INSERT, UPDATE, DELETE ON monitoring_db.detector_feedback TO 'monitoring_processor'@'%';

REVOKE CREATE ON monitoring_db.schema_version FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.leases FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.hyphenmon_metrics FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.zabbix_items FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.zabbix_history FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.sources FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.zabbix_hosts FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.application_hosts FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.processed_ranges FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.part_ranges FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.pending_samples FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.rule_states FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.alerts FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.alert_events FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.notifications FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.notification_recipients FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.notification_attempts FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.watches FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.alert_tellings FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.notification_alerts FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.silences FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.audit_log FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.detector_states FROM 'monitoring_processor'@'%';
REVOKE CREATE ON monitoring_db.detector_feedback FROM 'monitoring_processor'@'%';

-- grafana: the dashboard's data source.
GRANT SELECT ON monitoring_db.* TO 'monitoring_grafana'@'%';
