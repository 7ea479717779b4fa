# An object built for an instruction set defines exactly one linker-visible symbol, its table.
#   cmake -DNM=nm "-DOBJECTS=kernels_avx2.cpp.o;..." -P cmake/check_isa_symbols.cmake
# Any other, say an instance of std::max compiled with -mavx2, might be the copy that the linker keeps
# for the whole program, which then crashes on an older processor.
cmake_minimum_required(VERSION 3.24)
if(NOT OBJECTS)
  message(FATAL_ERROR "no objects to check")
endif()
foreach(object ${OBJECTS})
  if(NOT object MATCHES "/kernels_([a-z0-9_]+)\\.cpp\\.[a-z]+$")
    message(FATAL_ERROR "${object} is not named kernels_<isa>.cpp.o")
  endif()
  set(table "transept::kernels_${CMAKE_MATCH_1}()")
  execute_process(COMMAND ${NM} --defined-only --extern-only --demangle ${object}
                  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" symbols "${symbols}")
  # What the language itself leaves in an object that has exceptions enabled.
  list(FILTER symbols EXCLUDE REGEX "DW\\.ref\\.__gxx_personality_v0")
  set(found FALSE)
  foreach(symbol ${symbols})
    string(FIND "${symbol}" " T ${table}" position)
    if(position GREATER 0)
      set(found TRUE)
    else()
      message(SEND_ERROR "${object} defines ${symbol}, expected ${table} alone")
    endif()
  endforeach()
  if(NOT found)
    message(SEND_ERROR "${object} does not define ${table}")
  endif()
endforeach()
