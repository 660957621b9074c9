mon_add_test(data_aggregator
  SOURCES
    data-aggregator/application_poller_test.cpp
    data-aggregator/breaker_test.cpp
    data-aggregator/cycle_test.cpp
    data-aggregator/read_plan_test.cpp
    data-aggregator/sample_parser_test.cpp
    data-aggregator/zabbix_collector_test.cpp
    support/fake_zabbix.cpp
    support/memory_sample_store.cpp
  LIBS mon::data_aggregator_internal fmt::fmt)
mon_add_integration_test(data_aggregator_run
  SOURCES
    data-aggregator/daemon_run_test.cpp
    data-aggregator/single_run_test.cpp
    data-aggregator/spool_run_test.cpp
    support/plain_http.cpp
  LIBS mon::test_database fmt::fmt)
mon_add_integration_test(data_aggregator_sharing
  SOURCES data-aggregator/sharing_run_test.cpp
  LIBS mon::test_database fmt::fmt)
mon_add_integration_test(data_aggregator_zabbix
  NEEDS zabbix
  SOURCES data-aggregator/zabbix_run_test.cpp zabbix-connector/real_server.cpp
  LIBS mon::test_database mon::zabbix_connector nlohmann_json::nlohmann_json fmt::fmt)
foreach(aggregator_test data_aggregator_run data_aggregator_sharing data_aggregator_zabbix)
  add_dependencies(${aggregator_test}_test data-aggregator hyphenmon)
endforeach()
