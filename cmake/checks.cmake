# Checks of the source tree and of what was built; each is a test named check.*, a script of its own
# in cmake/ that can also be run by hand.
add_test(NAME check.layers
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/check_layers.cmake)
add_test(NAME check.layers_test
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DTREE=${PROJECT_BINARY_DIR}/tests/layers
          -P ${PROJECT_SOURCE_DIR}/cmake/check_layers_test.cmake)

add_test(NAME check.functions
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/check_functions.cmake)
add_test(NAME check.functions_test
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DTREE=${PROJECT_BINARY_DIR}/tests/functions
          -P ${PROJECT_SOURCE_DIR}/cmake/check_functions_test.cmake)

add_test(NAME check.headers
  COMMAND ${CMAKE_COMMAND} -DCXX=${CMAKE_CXX_COMPILER} "-DHEADERS=${public_headers}"
          -DINCLUDE=${PROJECT_SOURCE_DIR}/engine/include
          -P ${PROJECT_SOURCE_DIR}/cmake/check_headers.cmake)

# tools/check installs it; whoever builds without that script may lack it.
find_program(TRANSEPT_CLANG_FORMAT clang-format-14)
if(TRANSEPT_CLANG_FORMAT)
  add_test(NAME check.format
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DCLANG_FORMAT=${TRANSEPT_CLANG_FORMAT}
            -P ${PROJECT_SOURCE_DIR}/cmake/check_format.cmake)
endif()

# Sanitizers add symbols of their own.
if(NOT TRANSEPT_SANITIZE)
  get_property(kernel_objects GLOBAL PROPERTY transept_kernel_objects)
  add_test(NAME check.isa_symbols
    COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} "-DOBJECTS=${kernel_objects}"
            -P ${PROJECT_SOURCE_DIR}/cmake/check_isa_symbols.cmake)
  if(TRANSEPT_BUILD_SHARED)
    add_test(NAME check.exports
      COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DLIBRARY=$<TARGET_FILE:transept_shared>
              -DEXPECTED=${PROJECT_SOURCE_DIR}/tests/api/exports.txt
              -P ${PROJECT_SOURCE_DIR}/cmake/check_exports.cmake)
  endif()
endif()
