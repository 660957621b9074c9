# All programs together. They are built first, because the test runs what lies in bin/.
mon_add_integration_test(pipeline
  NEEDS zabbix
  SOURCES
    alerting-system/mail_server.cpp
    integration/pipeline_test.cpp
  LIBS mon::test_database nlohmann_json::nlohmann_json fmt::fmt)
add_dependencies(pipeline_test hyphenmon data-aggregator processor alerting-system)
mon_add_integration_test(incident
  NEEDS zabbix
  SOURCES
    alerting-system/mail_server.cpp
    integration/incident_test.cpp
  LIBS mon::test_database mon::hyphenmon nlohmann_json::nlohmann_json fmt::fmt)
add_dependencies(incident_test hyphenmon data-aggregator processor alerting-system)
