mon_add_test(retention
  SOURCES
    retention/archive_test.cpp
    retention/compressed_file_test.cpp
    retention/row_format_test.cpp
  LIBS mon::retention_internal fmt::fmt)
mon_add_integration_test(retention_integration
  SOURCES
    retention/program_test.cpp
    retention/restore_test.cpp
    retention/retention_test.cpp
  LIBS mon::test_database mon::retention mon::migrate fmt::fmt)
add_dependencies(retention_integration_test data-aggregator processor)
