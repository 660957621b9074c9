mon_add_test(alerting_system
  SOURCES
    alerting-system/chart_test.cpp
    alerting-system/compose_test.cpp
    alerting-system/message_test.cpp
    alerting-system/payload_test.cpp
    alerting-system/time_argument_test.cpp
    alerting-system/time_zone_test.cpp
  LIBS mon::alerting_system mon::alerting_system_internal nlohmann_json::nlohmann_json)

mon_add_integration_test(mail_transport
  SOURCES
    alerting-system/mail_server.cpp
    alerting-system/maildir_test.cpp
    alerting-system/smtp_test.cpp
  LIBS mon::mail_transport CURL::libcurl nlohmann_json::nlohmann_json)
mon_add_integration_test(receivers
  SOURCES alerting-system/receivers_test.cpp support/scripted_server.cpp
  LIBS mon::receivers nlohmann_json::nlohmann_json)
mon_add_integration_test(mail_delivery
  SOURCES
    alerting-system/delivery_run_test.cpp
    alerting-system/delivery_test.cpp
    support/scripted_server.cpp
  LIBS mon::mail_delivery mon::test_database)
mon_add_integration_test(alerting_system_program
  SOURCES
    alerting-system/mail_server.cpp
    alerting-system/dead_letters_test.cpp
    alerting-system/program_test.cpp
    support/plain_http.cpp
  LIBS mon::alerting_system mon::test_database nlohmann_json::nlohmann_json)
add_dependencies(alerting_system_program_test alerting-system)
mon_add_integration_test(on_call
  SOURCES
    alerting-system/on_call_test.cpp
    alerting-system/on_call_world.cpp
    alerting-system/route_test.cpp
    alerting-system/template_test.cpp
    processor/processor_world.cpp
  LIBS mon::test_database nlohmann_json::nlohmann_json)
add_dependencies(on_call_test alerting-system processor)
mon_add_test(chart SOURCES alerting-system/render_test.cpp LIBS mon::chart mon::chart_internal)
mon_add_integration_test(mail_browser
  SOURCES alerting-system/browser_test.cpp
  LIBS mon::alerting_system mon::chart nlohmann_json::nlohmann_json)
