# Every public header compiles alone, twice in a row, without a warning.
#   cmake -DCXX=g++ -DINCLUDE=engine/include "-DHEADERS=a.h;b.h" -P cmake/check_headers.cmake
cmake_minimum_required(VERSION 3.24)
if(NOT HEADERS)
  message(FATAL_ERROR "no headers to check")
endif()
foreach(header ${HEADERS})
  cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${INCLUDE} OUTPUT_VARIABLE name)
  set(source "#include \"${name}\"\n#include \"${name}\"\n")
  string(MD5 hash "${header}")
  set(file $ENV{TMPDIR})
  if(NOT file)
    set(file /tmp)
  endif()
  set(file ${file}/transept-header-${hash}.cpp)
  file(WRITE ${file} "${source}")
  execute_process(
    COMMAND ${CXX} -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
            -I${INCLUDE} ${file}
    RESULT_VARIABLE result ERROR_VARIABLE errors)
  file(REMOVE ${file})
  if(NOT result EQUAL 0)
    message(SEND_ERROR "${name} does not compile alone:\n${errors}")
  endif()
endforeach()

# A header beside the listed ones would not be installed.
file(GLOB present ${INCLUDE}/transept/*)
foreach(header ${present})
  if(NOT header IN_LIST HEADERS)
    message(SEND_ERROR "${header} is missing in the list of public headers (cmake/libraries.cmake)")
  endif()
endforeach()
