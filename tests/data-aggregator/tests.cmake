mon_add_test(data_aggregator
  SOURCES
    data-aggregator/cycle_test.cpp
    data-aggregator/read_plan_test.cpp
    data-aggregator/sample_parser_test.cpp
    data-aggregator/zabbix_collector_test.cpp
    support/fake_zabbix.cpp
    support/memory_sample_store.cpp
  LIBS mon::data_aggregator_internal fmt::fmt)
