mon_add_test(doctor
  SOURCES
    doctor/applications_test.cpp
    doctor/check_runner_test.cpp
    doctor/clocks_test.cpp
    doctor/judgements_test.cpp
    doctor/report_test.cpp
  LIBS mon::doctor_internal mon::spool mon::mysql nlohmann_json::nlohmann_json)
