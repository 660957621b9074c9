mon_add_test(watch
  SOURCES watch/away_watch_test.cpp watch/drop_watch_test.cpp watch/watch_test.cpp
  LIBS mon::watch mon::platform_watch)
mon_add_integration_test(platform_watch
  SOURCES
    support/scripted_server.cpp
    watch/platform_watch_test.cpp
  LIBS mon::test_database mon::platform_watch)
