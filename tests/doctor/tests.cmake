mon_add_test(doctor
  SOURCES
    doctor/applications_test.cpp
    doctor/check_runner_test.cpp
    doctor/clocks_test.cpp
    doctor/judgements_test.cpp
    doctor/report_test.cpp
  LIBS mon::doctor_internal mon::spool mon::mysql nlohmann_json::nlohmann_json)
mon_add_integration_test(doctor_program
  SOURCES
    alerting-system/mail_server.cpp
    doctor/program_test.cpp
  LIBS mon::test_database mon::spool mon::doctor_internal nlohmann_json::nlohmann_json fmt::fmt)
add_dependencies(doctor_program_test data-aggregator hyphenmon)
