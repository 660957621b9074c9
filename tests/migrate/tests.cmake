mon_add_integration_test(migrate_integration
  SOURCES migrate/accounts_test.cpp migrate/migrate_test.cpp migrate/partitions_test.cpp
          migrate/take_over_test.cpp
  LIBS mon::test_database mon::migrate)
