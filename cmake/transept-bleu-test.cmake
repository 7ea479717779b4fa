# Translation quality as a test of a project's own CTest. Comes with find_package(transept) and with
# add_subdirectory(transept), there with TRANSEPT_BUILD_TOOLS; both need the transept program.
#
# A suite compared with its recorded baselines (transept regress --help):
#
#   transept_add_bleu_test(NAME quality.model SUITE quality.yaml [JUNIT quality.xml] [REPORT quality.html])
#
# A program of the project that reads lines on standard input and writes as many translations; COMMAND may
# begin with the name of an executable target:
#
#   transept_add_bleu_test(NAME quality.app COMMAND app --some-flag
#                          SOURCE dev.en REFERENCES dev.de... BLEU 39.5)
#
# Both take LABELS and TIMEOUT (seconds). Inputs are relative to the current source folder, what is written to
# the current binary folder.
include_guard(GLOBAL)
# The function runs in other folders.
set_property(GLOBAL PROPERTY transept_run_bleu_test ${CMAKE_CURRENT_LIST_DIR}/transept-run-bleu-test.cmake)

function(transept_add_bleu_test)
  cmake_parse_arguments(PARSE_ARGV 0 test "" "NAME;SUITE;JUNIT;REPORT;SOURCE;BLEU;TIMEOUT" "COMMAND;REFERENCES;LABELS")
  if(test_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "transept_add_bleu_test does not know ${test_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT test_NAME)
    message(FATAL_ERROR "transept_add_bleu_test needs a NAME")
  endif()
  if(NOT TARGET transept::program)
    message(FATAL_ERROR "transept_add_bleu_test needs the transept program, which this installation does not have "
                        "(it is built with TRANSEPT_BUILD_TOOLS)")
  endif()

  if(test_SUITE AND NOT test_COMMAND)
    cmake_path(ABSOLUTE_PATH test_SUITE BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    set(outputs "")
    foreach(kind JUNIT REPORT)
      if(test_${kind})
        cmake_path(ABSOLUTE_PATH test_${kind} BASE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} NORMALIZE)
        string(TOLOWER ${kind} flag)
        list(APPEND outputs --${flag} ${test_${kind}})
      endif()
    endforeach()
    add_test(NAME ${test_NAME} COMMAND transept::program regress ${test_SUITE} ${outputs})
  elseif(test_COMMAND AND test_SOURCE AND test_REFERENCES AND DEFINED test_BLEU AND NOT test_SUITE)
    list(POP_FRONT test_COMMAND program)
    if(TARGET ${program})
      set(program $<TARGET_FILE:${program}>)
    endif()
    cmake_path(ABSOLUTE_PATH test_SOURCE BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    set(references "")
    foreach(reference ${test_REFERENCES})
      cmake_path(ABSOLUTE_PATH reference BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
      list(APPEND references ${reference})
    endforeach()
    get_property(script GLOBAL PROPERTY transept_run_bleu_test)
    add_test(NAME ${test_NAME} COMMAND ${CMAKE_COMMAND} "-DCOMMAND=${program};${test_COMMAND}" -DSOURCE=${test_SOURCE}
      "-DREFERENCES=${references}" -DMINIMUM=${test_BLEU} -DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/${test_NAME}.txt
      -DTRANSEPT=$<TARGET_FILE:transept::program> -P ${script})
  else()
    message(FATAL_ERROR "transept_add_bleu_test(${test_NAME}) needs either SUITE, or COMMAND, SOURCE, REFERENCES and BLEU")
  endif()

  if(test_LABELS)
    set_tests_properties(${test_NAME} PROPERTIES LABELS "${test_LABELS}")
  endif()
  if(test_TIMEOUT)
    set_tests_properties(${test_NAME} PROPERTIES TIMEOUT ${test_TIMEOUT})
  endif()
endfunction()
