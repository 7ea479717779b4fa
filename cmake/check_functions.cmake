# Functions stay short: below 60 lines in the libraries, below 80 in the programs and tests.
#   cmake -DROOT=. -P cmake/check_functions.cmake
# Reads what clang-format left: a block is closed by a } as deep as the line that began it, and all between
# stands deeper. cmake/check_functions_test.cmake has examples.
cmake_minimum_required(VERSION 3.24)

cmake_path(ABSOLUTE_PATH ROOT NORMALIZE)

# head[d] is the last line with indentation d, where a block that is closed there began. Only the } of a
# function ends its line: a type's and a table's have a ; and a namespace's a comment.
set(program [==[
FNR == 1 { split("", head) }
raw { raw = !/\)[a-z]*"/; next }
/^ *(#|\/\/|$)/ { next }
{
  match($0, /^ */)
  lines = FNR - begin[RLENGTH] + 1
  if (/^ *}$/ && lines >= limit && head[RLENGTH] ~ /\(/ && head[RLENGTH] !~ /^ *(}|if|for|while|do|switch|else|case)/) {
    printf "%s:%d: %d lines, of less than %d allowed\n", FILENAME, begin[RLENGTH], lines, limit > "/dev/stderr"
    failed = 1
  }
  head[RLENGTH] = $0
  begin[RLENGTH] = FNR
  raw = /R"[a-z]*\(/ && !/\)[a-z]*"/
}
END { exit failed }
]==])

function(check limit)
  set(patterns "")
  foreach(folder ${ARGN})
    list(APPEND patterns ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.cpp)
  endforeach()
  file(GLOB_RECURSE files ${patterns})
  execute_process(COMMAND awk -v limit=${limit} "${program}" /dev/null ${files} RESULT_VARIABLE result)
  if(result)
    message(SEND_ERROR "split the functions above")
  endif()
endfunction()
check(60 engine model tokenizer tools/base tools/cli tools/html tools/scorer)
check(80 tools tests)
