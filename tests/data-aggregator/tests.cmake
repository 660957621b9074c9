mon_add_test(data_aggregator
  SOURCES
    data-aggregator/cycle_test.cpp
    data-aggregator/read_plan_test.cpp
    data-aggregator/sample_parser_test.cpp
    data-aggregator/zabbix_collector_test.cpp
    support/fake_zabbix.cpp
    support/memory_sample_store.cpp
  LIBS mon::data_aggregator_internal fmt::fmt)
mon_add_integration_test(data_aggregator_integration
  NEEDS zabbix
  SOURCES
    data-aggregator/daemon_run_test.cpp
    data-aggregator/single_run_test.cpp
    data-aggregator/zabbix_run_test.cpp
    support/plain_http.cpp
  LIBS mon::test_database mon::zabbix_connector fmt::fmt)
add_dependencies(data_aggregator_integration_test data-aggregator hyphenmon)
