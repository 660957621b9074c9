# Loaded into the programs by tests/faults/run, which breaks them on purpose.
add_library(mon_fault_shim MODULE faults/shim/classify.cpp faults/shim/shim.cpp)
target_link_libraries(mon_fault_shim PRIVATE ${CMAKE_DL_LIBS} mon::warnings)
set_target_properties(mon_fault_shim PROPERTIES PREFIX "" OUTPUT_NAME fault_shim
                      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
