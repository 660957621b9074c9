# What a row costs, in instructions: the same on a busy machine as on an idle one.
add_executable(cost_probe cost/cost_probe.cpp)
target_link_libraries(cost_probe PRIVATE
  mon::correlator mon::anomaly_detector mon::detector mon::spool fmt::fmt mon::warnings)
mon_add_integration_test(cost SOURCES cost/cost_test.cpp LIBS fmt::fmt)
add_dependencies(cost_test cost_probe correlator anomaly-detector)
target_compile_definitions(cost_test PRIVATE MON_COST_PROBE="$<TARGET_FILE:cost_probe>")
