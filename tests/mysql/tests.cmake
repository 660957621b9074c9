mon_add_test(mysql
  SOURCES mysql/errors_test.cpp mysql/options_test.cpp mysql/process_test.cpp mysql/share_test.cpp
    mysql/statements_test.cpp
  LIBS mon::mysql_internal mon::migrate_internal MySQLConnectorCpp::MySQLConnectorCpp)
mon_add_integration_test(mysql_integration
  SOURCES mysql/bulk_test.cpp mysql/bulk_tls_test.cpp mysql/connection_test.cpp
    mysql/lease_test.cpp mysql/membership_test.cpp mysql/pool_test.cpp mysql/schema_test.cpp mysql/transact_test.cpp
  LIBS mon::test_database)
