-- Every value of every item over time. The key is the item and the time, so that storing a value twice leaves one
-- row; partitioned by day, with a last partition for all that lies ahead. --migrate splits days off that one ahead
-- of time; by hand it works without: everything then lies in the last partition.

CREATE TABLE IF NOT EXISTS zabbix_history (
  itemid BIGINT UNSIGNED NOT NULL,
  clock BIGINT NOT NULL,                     -- epoch seconds
  ns INT UNSIGNED NOT NULL DEFAULT 0,
  value DOUBLE NULL,                         -- NULL: text
  value_uint BIGINT UNSIGNED NULL,           -- only an integer that a DOUBLE cannot hold exactly
  value_text MEDIUMTEXT NULL,                -- text; of a number only where Zabbix prints it in another way than the shortest
  PRIMARY KEY (itemid, clock, ns)
) DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
PARTITION BY RANGE (clock) (
  PARTITION p_ahead VALUES LESS THAN MAXVALUE
);
