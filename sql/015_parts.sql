-- Several processors share out the applications: each part of them has a ledger of its own, as processed_ranges is for all.

CREATE TABLE IF NOT EXISTS part_ranges (
  part SMALLINT NOT NULL COMMENT '0 to 63: CRC32(application) % 64; one without a row goes by processed_ranges',
  first_id BIGINT NOT NULL,
  last_id BIGINT NOT NULL,
  begun_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'when first_id was reached',
  finished_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) COMMENT 'when last_id was reached',
  PRIMARY KEY (part, first_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (15, 1, 15);
