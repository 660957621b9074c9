# mon_add_library(correlator SOURCES a.cpp … [PUBLIC_LIBS …] [PRIVATE_LIBS …])
# One library a folder: target mon_correlator, alias mon::correlator, public headers in include/.
function(mon_add_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC_LIBS;PRIVATE_LIBS" ${ARGN})
  add_library(mon_${name} STATIC ${ARG_SOURCES})
  add_library(mon::${name} ALIAS mon_${name})
  target_include_directories(mon_${name} PUBLIC include PRIVATE src)
  target_link_libraries(mon_${name} PUBLIC ${ARG_PUBLIC_LIBS} PRIVATE ${ARG_PRIVATE_LIBS} mon::warnings)
  # For tests of private headers: opens src/ without making it part of the public face.
  add_library(mon_${name}_internal INTERFACE)
  add_library(mon::${name}_internal ALIAS mon_${name}_internal)
  target_include_directories(mon_${name}_internal INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/src)
  target_link_libraries(mon_${name}_internal INTERFACE mon_${name})
endfunction()

# mon_add_program(data-aggregator SOURCES main.cpp [LIBS …]): an executable of the outside interface.
function(mon_add_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} mon::warnings)
  # Start-up of a cron run is mostly the dynamic loader: load no library that nothing calls.
  target_link_options(${name} PRIVATE -Wl,--as-needed)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
