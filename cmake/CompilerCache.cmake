# Uses ccache where it is installed; it changes nothing but the time a rebuild takes.
find_program(MON_CCACHE ccache)
if(MON_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${MON_CCACHE})
endif()
mark_as_advanced(MON_CCACHE)
