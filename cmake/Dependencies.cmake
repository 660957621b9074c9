# Everything comes from the distribution's packages; nothing is downloaded or vendored.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(simdjson REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
# Header-only, where one source of ours needs it: a library less for every program to load.
add_library(mon_toml INTERFACE)
add_library(mon::toml ALIAS mon_toml)
target_include_directories(mon_toml SYSTEM INTERFACE
  $<TARGET_PROPERTY:tomlplusplus::tomlplusplus,INTERFACE_INCLUDE_DIRECTORIES>)
target_compile_definitions(mon_toml INTERFACE TOML_HEADER_ONLY=1)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(MySQLConnectorCpp REQUIRED)
# The client library below it, for what it cannot: bulk operations and rows that are not buffered.
pkg_check_modules(MARIADB REQUIRED IMPORTED_TARGET libmariadb)
# cpp-httplib is a compiled library in Debian: the macros of its .pc file decide the layout of its
# classes, and a program built without them crashes.
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
# Releases from 0.15 on call OpenSSL from their header too, which the .pc file does not say.
find_package(OpenSSL REQUIRED)
target_link_libraries(PkgConfig::HTTPLIB INTERFACE OpenSSL::SSL OpenSSL::Crypto)
if(MON_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
