# Every source file is laid out as clang-format lays it out.
#   cmake -DROOT=. -DCLANG_FORMAT=clang-format-14 -P cmake/check_format.cmake
# Another version of clang-format wants other things.
cmake_minimum_required(VERSION 3.24)

cmake_path(ABSOLUTE_PATH ROOT NORMALIZE)
set(patterns "")
foreach(folder engine model tokenizer tools tests)
  list(APPEND patterns ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.cpp)
endforeach()
file(GLOB_RECURSE files ${patterns})
if(NOT files)
  message(FATAL_ERROR "${ROOT}: no source files")
endif()
execute_process(COMMAND ${CLANG_FORMAT} --dry-run --Werror ${files} RESULT_VARIABLE result)
if(result)
  message(FATAL_ERROR "run ${CLANG_FORMAT} -i on the files above")
endif()
