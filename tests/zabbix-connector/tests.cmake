mon_add_test(zabbix_connector
  SOURCES zabbix-connector/rpc_test.cpp zabbix-connector/item_names_test.cpp zabbix-connector/session_test.cpp
          zabbix-connector/queries_test.cpp zabbix-connector/history_test.cpp zabbix-connector/fake_api.cpp
  LIBS mon::zabbix_connector mon::zabbix_connector_internal nlohmann_json::nlohmann_json)
