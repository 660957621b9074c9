mon_add_test(edge
  SOURCES edge/edge_test.cpp
  LIBS mon::edge nlohmann_json::nlohmann_json)
mon_add_integration_test(edge_run
  SOURCES edge/edge_run_test.cpp
  LIBS mon::test_database nlohmann_json::nlohmann_json fmt::fmt)
add_dependencies(edge_run_test data-aggregator processor alerting-system hyphenmon)
