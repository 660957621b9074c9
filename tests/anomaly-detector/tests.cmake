mon_add_test(anomaly_detector
  SOURCES
    anomaly-detector/expression_test.cpp
    anomaly-detector/finding_test.cpp
    anomaly-detector/forecast_program_test.cpp
    anomaly-detector/odd_rule_test.cpp
    anomaly-detector/program_test.cpp
    anomaly-detector/rca_program_test.cpp
    anomaly-detector/rule_columns_test.cpp
    anomaly-detector/rule_evaluate_test.cpp
    anomaly-detector/rule_parse_test.cpp
    anomaly-detector/rule_state_test.cpp
    anomaly-detector/span_test.cpp
    anomaly-detector/stream_scorer_test.cpp
    anomaly-detector/stream_time_test.cpp
    anomaly-detector/threshold_model_test.cpp
  LIBS mon::anomaly_detector_internal)
add_dependencies(anomaly_detector_test anomaly-detector)

mon_add_test(detector
  SOURCES
    anomaly-detector/detector_stages_test.cpp
    anomaly-detector/host_watch_test.cpp
    anomaly-detector/metric_detector_test.cpp
    anomaly-detector/metric_watch_test.cpp
    anomaly-detector/row_detector_test.cpp
    anomaly-detector/visited_test.cpp
  LIBS mon::detector_internal)
