# The shared library exports the public interface and nothing else.
#   cmake -DNM=nm -DLIBRARY=libtransept.so -DEXPECTED=tests/api/exports.txt -P cmake/check_exports.cmake
# UPDATE=1 in the environment writes the list instead; a changed list is a changed ABI (CHANGELOG.md).
cmake_minimum_required(VERSION 3.24)
execute_process(COMMAND ${NM} --dynamic --defined-only --demangle ${LIBRARY}
                OUTPUT_VARIABLE found COMMAND_ERROR_IS_FATAL ANY)
# Address and type go; the names may hold ";" only in theory.
string(REGEX REPLACE "(^|\n)[0-9a-f]* *[A-Za-z] " "\\1" found "${found}")
string(REGEX MATCHALL "[^\n]+" found "${found}")
list(REMOVE_DUPLICATES found)
list(SORT found)
list(JOIN found "\n" text)

if(DEFINED ENV{UPDATE})
  file(WRITE ${EXPECTED} "${text}\n")
  return()
endif()
file(STRINGS ${EXPECTED} expected)
foreach(symbol ${found})
  if(NOT symbol IN_LIST expected)
    message(SEND_ERROR "${LIBRARY} exports ${symbol}, which ${EXPECTED} does not list")
  endif()
endforeach()
foreach(symbol ${expected})
  if(NOT symbol IN_LIST found)
    message(SEND_ERROR "${LIBRARY} does not export ${symbol}, which ${EXPECTED} lists")
  endif()
endforeach()
