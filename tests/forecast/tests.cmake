mon_add_test(forecast
  SOURCES
    forecast/cleanups_test.cpp
    forecast/forecast_test.cpp
    forecast/gaps_test.cpp
    forecast/least_squares_test.cpp
    forecast/methods_test.cpp
    forecast/seasonal_profile_test.cpp
    forecast/time_to_limit_test.cpp
    forecast/weights_test.cpp
  LIBS mon::forecast_internal)
