mon_add_test(sample_store
  SOURCES sample-store/history_row_test.cpp sample-store/recent_values_test.cpp sample-store/text_columns_test.cpp
  LIBS mon::mysql_sample_store_internal)
mon_add_integration_test(sample_store_integration
  SOURCES sample-store/mysql_sample_store_test.cpp sample-store/mysql_zabbix_test.cpp
  LIBS mon::test_database mon::mysql_sample_store)
