-- Every value of every item over time. The key is the item and the time, so that storing a value twice leaves one
-- row; partitioned by day, with a last partition for all that lies ahead. --migrate splits days off that one ahead
-- of time; by hand it works without: everything then lies in the last partition.

CREATE TABLE IF NOT EXISTS zabbix_history (
  itemid BIGINT UNSIGNED NOT NULL,
  clock BIGINT NOT NULL COMMENT 'epoch seconds',
  ns INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'nanoseconds',
  value DOUBLE NULL COMMENT 'in the unit of the item; NULL: text',
  value_uint BIGINT UNSIGNED NULL COMMENT 'only an integer that a DOUBLE cannot hold exactly',
  value_text MEDIUMTEXT NULL COMMENT 'text; of a number only where Zabbix writes it in another way than the shortest',
  PRIMARY KEY (itemid, clock, ns)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
PARTITION BY RANGE (clock) (
  PARTITION p_ahead VALUES LESS THAN MAXVALUE
);

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (3, 1, 3);
