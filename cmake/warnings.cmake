# Warnings for our own targets; never exported to users.
function(transept_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
    # g++ 12 takes "literal" + std::string for an overlapping copy when it optimises (GCC bug 105651).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  if(TRANSEPT_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
