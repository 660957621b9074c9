mon_add_test(metrics SOURCES metrics/metrics_test.cpp LIBS mon::metrics)
