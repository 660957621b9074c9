mon_add_test(dispatch
  SOURCES
    dispatch/calendar_test.cpp
    dispatch/matcher_test.cpp
    dispatch/plan_test.cpp
    dispatch/priority_test.cpp
  LIBS mon::dispatch)
