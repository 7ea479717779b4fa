# What a test of transept_add_bleu_test does with a program: runs it, scores what it wrote.
#   cmake -DCOMMAND=app;--flag -DSOURCE=dev.en -DREFERENCES=dev.de -DMINIMUM=39.5 -DOUTPUT=out.txt
#         -DTRANSEPT=transept -P transept-run-bleu-test.cmake
cmake_minimum_required(VERSION 3.24)
execute_process(COMMAND ${COMMAND} INPUT_FILE ${SOURCE} OUTPUT_FILE ${OUTPUT} RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the program failed: ${result}")
endif()
execute_process(COMMAND ${TRANSEPT} bleu ${REFERENCES} -i ${OUTPUT} --score-only --width 4
                OUTPUT_VARIABLE bleu ERROR_VARIABLE errors RESULT_VARIABLE result OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${errors}")
endif()
if(bleu LESS MINIMUM)
  message(FATAL_ERROR "BLEU ${bleu}, at least ${MINIMUM} is needed; the translations are in ${OUTPUT}")
endif()
message(STATUS "BLEU ${bleu}, at least ${MINIMUM} is needed")
