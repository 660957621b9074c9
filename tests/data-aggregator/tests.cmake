mon_add_test(data_aggregator
  SOURCES
    data-aggregator/sample_parser_test.cpp
  LIBS mon::data_aggregator_internal fmt::fmt)
