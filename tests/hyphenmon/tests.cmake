mon_add_test(hyphenmon
  SOURCES
    hyphenmon/accept_test.cpp
    hyphenmon/connections_test.cpp
    hyphenmon/exposition_test.cpp
    hyphenmon/scenario_test.cpp
    hyphenmon/story_file_test.cpp
  LIBS mon::hyphenmon_internal PkgConfig::HTTPLIB)
mon_add_integration_test(hyphenmon_process
  SOURCES hyphenmon/hyphenmon_process_test.cpp support/plain_http.cpp
  LIBS mon::common fmt::fmt)
add_dependencies(hyphenmon_process_test hyphenmon)
