mon_add_test(watch
  SOURCES watch/watch_test.cpp
  LIBS mon::watch)
