mon_add_test(correlator
  SOURCES
    common/csv_test.cpp
    correlator/join_test.cpp
    correlator/program_test.cpp
    correlator/rank_test.cpp
    correlator/series_test.cpp
    correlator/table_join_test.cpp
  LIBS mon::correlator_internal)
add_dependencies(correlator_test correlator)
# It makes up some 30 million values.
set_source_files_properties(correlator/rank_test.cpp PROPERTIES COMPILE_OPTIONS -O2)
