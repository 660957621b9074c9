mon_add_test(anomaly_detector
  SOURCES
    anomaly-detector/finding_test.cpp
    anomaly-detector/rule_parse_test.cpp
    anomaly-detector/rule_evaluate_test.cpp
    anomaly-detector/rule_state_test.cpp
  LIBS mon::anomaly_detector)
