mon_add_test(dashboard
  SOURCES dashboard/dashboard_lint_test.cpp dashboard/grafana_query.cpp dashboard/grafana_query_test.cpp
  LIBS nlohmann_json::nlohmann_json fmt::fmt)
target_compile_definitions(dashboard_test PRIVATE MON_DASHBOARD_DIR="${PROJECT_SOURCE_DIR}/dashboard")
