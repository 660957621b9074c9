mon_add_test(dashboard
  SOURCES dashboard/dashboard_lint_test.cpp dashboard/grafana_query.cpp dashboard/grafana_query_test.cpp
  LIBS nlohmann_json::nlohmann_json fmt::fmt)
target_compile_definitions(dashboard_test PRIVATE MON_DASHBOARD_DIR="${PROJECT_SOURCE_DIR}/dashboard")

mon_add_integration_test(dashboard_query
  SOURCES dashboard/dashboard_query_test.cpp dashboard/dashboard_seed.cpp dashboard/grafana_query.cpp
          dashboard/legacy_query_test.cpp dashboard/sql_session.cpp
  LIBS mon::test_database nlohmann_json::nlohmann_json fmt::fmt MySQLConnectorCpp::MySQLConnectorCpp)
target_compile_definitions(dashboard_query_test PRIVATE MON_DASHBOARD_DIR="${PROJECT_SOURCE_DIR}/dashboard")
