mon_add_test(http
  SOURCES http/printable_url_test.cpp http/answers_test.cpp http/connections_test.cpp http/tls_test.cpp
          http/secrets_test.cpp support/scripted_server.cpp
  LIBS mon::http PkgConfig::HTTPLIB)
