# check_functions.cmake lets a function of so many lines pass, or names it.
#   cmake -DROOT=. -DTREE=build/functions -P cmake/check_functions_test.cmake
cmake_minimum_required(VERSION 3.24)

# A tree of one file: `before`, as many lines as make it `lines` long in all, `after`. `complaint`: what is
# said, or "" where nothing is.
function(expect complaint file lines before after)
  file(REMOVE_RECURSE ${TREE})
  string(REGEX MATCHALL "\n" breaks "${before}${after}")
  list(LENGTH breaks fixed)
  math(EXPR missing "${lines} - ${fixed}")
  string(REPEAT "    call();\n" ${missing} body)
  file(WRITE ${TREE}/${file} "namespace transept {\n\n${before}${body}${after}\n}  // namespace transept\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${TREE} -P ${ROOT}/cmake/check_functions.cmake
                  RESULT_VARIABLE result ERROR_VARIABLE errors OUTPUT_QUIET)
  string(FIND "${errors}" "${file}${complaint}" position)
  if((complaint STREQUAL "" AND NOT result EQUAL 0) OR
     (NOT complaint STREQUAL "" AND (result EQUAL 0 OR position EQUAL -1)))
    message(SEND_ERROR "${file}, ${lines} lines of ${before}: expected \"${complaint}\", got ${result} \"${errors}\"")
  endif()
endfunction()

expect("" engine/a.cpp 59 "void f() {\n" "}\n")
expect(":3: 60 lines" engine/a.cpp 60 "void f() {\n" "}\n")
expect(":3: 60 lines" tools/cli/a.h 60 "void f(int a,\n       int b) {\n  if (a) {\n" "  }\n}\n")
expect("" tools/bench/a.cpp 79 "void f() {\n" "}\n")
expect(":3: 80 lines" tools/bench/a.cpp 80 "void f() {\n" "}\n")
expect(":3: 80 lines" tests/a.cpp 80 "TEST(A, B) {\n" "}\n")

# In a class, after a comment of its own; a constructor with initialisers.
expect(":6: 60 lines" model/a.h 64 "class A {\n public:\n  // A.\n  void f() {\n" "  }\n};\n")
expect(":4: 60 lines" model/a.h 62 "class A {\n  explicit A(int a)\n      : a_(a) {\n" "  }\n};\n")
# Text in the first column ends no function.
expect(":3: 80 lines" tests/a.cpp 80 "TEST(A, B) {\n  f(R\"(\n}\n)\");\n" "}\n")

# Types and tables may be long.
expect("" model/a.h 90 "class A {\n" "};\n")
expect("" model/a.cpp 90 "constexpr int kA[] = {\n" "};\n")

file(REMOVE_RECURSE ${TREE})
