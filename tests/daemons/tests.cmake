mon_add_test(daemon
  SOURCES daemons/loop_test.cpp support/notify_socket.cpp
  LIBS mon::daemon)
