# MON_SANITIZE applies to every target, or a report would be lost at the border between two of them.
if(MON_SANITIZE)
  add_compile_options(-fsanitize=${MON_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MON_SANITIZE})
  if(MON_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
# Coverage for the fuzzers; the driver itself is linked into their targets alone.
if(MON_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
