# Warnings for our own targets; never exported to users.
function(transept_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion)
  if(TRANSEPT_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
