add_executable(common_sample_program common/sample_program.cpp)
target_link_libraries(common_sample_program PRIVATE mon::common fmt::fmt CLI11::CLI11 mon::warnings)

mon_add_test(common
  SOURCES
    common/basics_test.cpp
    common/config_file_test.cpp
    common/config_tables_test.cpp
    common/config_fuzz_test.cpp
    common/config_layers_test.cpp
    common/config_show_test.cpp
    common/example_test.cpp
    common/log_test.cpp
    common/program_test.cpp
    common/secret_files_test.cpp
    common/service_notifier_test.cpp
    common/signals_test.cpp
    common/text_test.cpp
    common/unicode_test.cpp
    common/units_test.cpp
    support/notify_socket.cpp
  LIBS mon::common mon::common_internal fmt::fmt nlohmann_json::nlohmann_json)
add_dependencies(common_test common_sample_program)
target_compile_definitions(common_test PRIVATE
  MON_EXAMPLE_CONFIG="${PROJECT_SOURCE_DIR}/monitoring.example.toml"
  MON_COMMON_README="${PROJECT_SOURCE_DIR}/common/README.md")

# The same for every program of the platform.
set(programs hyphenmon zabbix-connector data-aggregator correlator anomaly-detector alerting-system processor)
list(JOIN programs " " program_names)
mon_add_integration_test(programs SOURCES common/programs_test.cpp LIBS mon::common)
target_compile_definitions(programs_test PRIVATE
  MON_EXAMPLE_CONFIG="${PROJECT_SOURCE_DIR}/monitoring.example.toml"
  MON_PROGRAMS="${program_names}")
add_dependencies(programs_test ${programs})
