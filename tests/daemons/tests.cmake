mon_add_test(daemon
  SOURCES daemons/loop_test.cpp support/notify_socket.cpp
  LIBS mon::daemon)

# The real daemons.
mon_add_integration_test(daemons
  SOURCES
    alerting-system/mail_server.cpp
    daemons/cron_metrics_test.cpp
    daemons/daemons_fixture.cpp
    daemons/degraded_test.cpp
    daemons/prometheus_test.cpp
    daemons/reload_test.cpp
    daemons/secrets_test.cpp
    daemons/service_test.cpp
    daemons/stop_test.cpp
    support/notify_socket.cpp
    support/plain_http.cpp
  LIBS mon::test_database mon::alerting_system nlohmann_json::nlohmann_json fmt::fmt)
add_dependencies(daemons_test hyphenmon data-aggregator processor alerting-system)

# The unit files, for the programs where they are built: systemd looks whether they are there.
mon_configure_units(${CMAKE_CURRENT_BINARY_DIR}/systemd ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
mon_add_integration_test(systemd_units SOURCES daemons/systemd_units_test.cpp LIBS mon::common fmt::fmt)
target_compile_definitions(systemd_units_test PRIVATE MON_SYSTEMD_UNITS="${CMAKE_CURRENT_BINARY_DIR}/systemd")
add_dependencies(systemd_units_test data-aggregator processor alerting-system)
