mon_add_test(spool
  SOURCES
    spool/spool_record_test.cpp
    spool/spool_state_test.cpp
    spool/spool_test.cpp
  LIBS mon::spool_internal fmt::fmt)
