mon_add_test(admin
  SOURCES admin/admin_server_test.cpp
  LIBS mon::admin nlohmann_json::nlohmann_json)
