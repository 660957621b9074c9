mon_add_test(zabbix_connector
  SOURCES zabbix-connector/rpc_test.cpp zabbix-connector/item_names_test.cpp zabbix-connector/session_test.cpp
          zabbix-connector/queries_test.cpp zabbix-connector/history_test.cpp zabbix-connector/check_test.cpp
          zabbix-connector/report_test.cpp zabbix-connector/program_test.cpp zabbix-connector/fake_api.cpp
          support/scripted_server.cpp
  LIBS mon::zabbix_connector mon::zabbix_connector_internal nlohmann_json::nlohmann_json)
add_dependencies(zabbix_connector_test zabbix-connector)
# MON_TEST_ZABBIX_ROOT and MON_TEST_ZABBIX_VERSION choose the server of another version.
mon_add_integration_test(zabbix_server
  NEEDS zabbix
  SOURCES zabbix-connector/real_server_test.cpp zabbix-connector/real_server.cpp
  LIBS mon::zabbix_connector nlohmann_json::nlohmann_json)
add_dependencies(zabbix_server_test zabbix-connector)
