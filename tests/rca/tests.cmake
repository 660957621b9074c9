mon_add_test(rca
  SOURCES rca/rank_causes_test.cpp
  LIBS mon::rca)
