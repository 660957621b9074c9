mon_add_test(processor
  SOURCES
    processor/batch_test.cpp
    processor/callees_test.cpp
    processor/contexts_test.cpp
    processor/delivery_test.cpp
    processor/detectors_test.cpp
    processor/evaluator_test.cpp
    processor/evidence_test.cpp
    processor/host_detectors_test.cpp
    processor/moves_test.cpp
    processor/item_values_test.cpp
    processor/judge_test.cpp
    processor/late_test.cpp
    processor/ledger_test.cpp
    processor/ledgers_test.cpp
    processor/metric_row_test.cpp
    processor/predictions_test.cpp
    processor/readiness_test.cpp
    processor/recent_samples_test.cpp
    processor/rule_tests_test.cpp
    processor/rules_test_program_test.cpp
    processor/series_notation_test.cpp
    processor/shared_flags_test.cpp
    processor/source_state_test.cpp
    processor/summary_test.cpp
    processor/timeline_test.cpp
    processor/told_test.cpp
    processor/fakes.cpp
  LIBS mon::processor mon::processor_internal nlohmann_json::nlohmann_json)
set_source_files_properties(processor/rules_test_program_test.cpp PROPERTIES
  COMPILE_DEFINITIONS MON_EXAMPLE_RULES_TEST="${PROJECT_SOURCE_DIR}/processor/rules_test.example.toml")
add_dependencies(processor_test processor)
mon_add_integration_test(processor_integration
  SOURCES
    processor/backtest_test.cpp
    processor/causes_pass_test.cpp
    processor/daemon_test.cpp
    processor/items_pass_test.cpp
    processor/ledger_pass_test.cpp
    processor/odd_host_pass_test.cpp
    processor/odd_pass_test.cpp
    processor/pass_test.cpp
    processor/plans_test.cpp
    processor/sharing_test.cpp
    processor/processor_world.cpp
    processor/storm_test.cpp
    processor/told_pass_test.cpp
    processor/trouble_test.cpp
    processor/watch_test.cpp
    support/plain_http.cpp
  LIBS mon::test_database mon::hyphenmon mon::processor mon::processor_internal fmt::fmt nlohmann_json::nlohmann_json)
add_dependencies(processor_integration_test processor alerting-system data-aggregator hyphenmon)
