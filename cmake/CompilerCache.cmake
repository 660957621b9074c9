# Uses ccache where it is installed; it changes nothing but the time a rebuild takes. Paths count from the top of the
# source tree, so that one checkout finds what another has compiled.
find_program(MON_CCACHE ccache)
if(MON_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=true ${MON_CCACHE})
endif()
mark_as_advanced(MON_CCACHE)
