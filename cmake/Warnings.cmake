# mon::warnings: linked PRIVATE by every target of ours. Errors only where a preset asks for it,
# so that a stranger's newer compiler does not stop the build.
add_library(mon_warnings INTERFACE)
add_library(mon::warnings ALIAS mon_warnings)
target_compile_options(mon_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  $<$<CXX_COMPILER_ID:GNU>:-Wsuggest-override>
  # Clang reports the deprecated function that libstdc++ 12 itself calls in std::stable_sort; GCC tells of our own.
  $<$<CXX_COMPILER_ID:Clang>:-Wsuggest-override;-Wno-deprecated-declarations>
  $<$<BOOL:${MON_WARNINGS_AS_ERRORS}>:-Werror>)
