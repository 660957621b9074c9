-- Several daemons share out what one alone did: each holds a lease of its own, and says here with whom it shares.

SET @have = (SELECT COUNT(*) FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'leases' AND column_name = 'agreed');
SET @ddl = IF(@have > 0, 'DO 0',
  'ALTER TABLE leases ADD COLUMN agreed VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT ''the members among whom the owner shares, "SLOT:TOKEN" each: "1:17,2:9"; without its own: it shares with nobody''');
PREPARE step FROM @ddl;
EXECUTE step;
DEALLOCATE PREPARE step;

INSERT IGNORE INTO schema_version (step, major, minor) VALUES (14, 1, 14);
