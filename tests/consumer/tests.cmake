# Applications that use the library, built outside of this project's build and run: against what
# cmake --install leaves (static, shared, pkg-config) and as a subdirectory. Their program is the
# example of README.md as it stands there.
set(package_prefix ${PROJECT_BINARY_DIR}/tests/package/prefix)
set(package_example ${PROJECT_BINARY_DIR}/tests/package/readme_example.cpp)

add_test(NAME package.install
  COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${package_prefix})
add_test(NAME package.example
  COMMAND ${CMAKE_COMMAND} -DREADME=${PROJECT_SOURCE_DIR}/README.md -DLANGUAGE=cpp -DTEXT=main -DOUTPUT=${package_example}
          -P ${CMAKE_CURRENT_LIST_DIR}/extract_example.cmake)
set(package_quality_example ${PROJECT_BINARY_DIR}/tests/package/readme_quality.cmake)
add_test(NAME package.quality_example
  COMMAND ${CMAKE_COMMAND} -DREADME=${PROJECT_SOURCE_DIR}/README.md -DLANGUAGE=cmake -DTEXT=transept_add_bleu_test
          -DOUTPUT=${package_quality_example} -P ${CMAKE_CURRENT_LIST_DIR}/extract_example.cmake)
set_tests_properties(package.install package.example package.quality_example PROPERTIES FIXTURES_SETUP package)

# The program runs in the source folder, where it finds the default model by its relative path.
function(transept_consumer_test name program)
  set(build ${PROJECT_BINARY_DIR}/tests/package/${name})
  add_test(NAME package.${name} COMMAND ${CMAKE_CTEST_COMMAND}
    --build-and-test ${PROJECT_SOURCE_DIR}/tests/consumer ${build}
    --build-generator ${CMAKE_GENERATOR} --build-noclean
    --build-options -DCMAKE_PREFIX_PATH=${package_prefix} -DPROGRAM=${program}
                    -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} "-DCMAKE_CXX_FLAGS=${sanitize_flags}" ${ARGN}
    --test-command ${CMAKE_COMMAND} -E chdir ${PROJECT_SOURCE_DIR} ${build}/consumer)
  set_tests_properties(package.${name} PROPERTIES FIXTURES_REQUIRED package PASS_REGULAR_EXPRESSION "Bahnhof")
endfunction()

if(TRANSEPT_SANITIZE)
  set(sanitize_flags -fsanitize=${TRANSEPT_SANITIZE})
endif()
transept_consumer_test(static ${package_example} -DKIND=static)
transept_consumer_test(shared ${package_example} -DKIND=shared)
transept_consumer_test(protobuf_host ${PROJECT_SOURCE_DIR}/tests/consumer/protobuf_host.cpp
                       -DKIND=shared -DWITH_PROTOBUF=ON)
transept_consumer_test(scorer ${PROJECT_SOURCE_DIR}/tests/consumer/scorer.cpp -DKIND=scorer)

find_package(PkgConfig REQUIRED)
add_test(NAME package.pkgconfig COMMAND ${CMAKE_COMMAND} -E env
  PKG_CONFIG_PATH=${package_prefix}/${CMAKE_INSTALL_LIBDIR}/pkgconfig
  sh -c "${CMAKE_CXX_COMPILER} -std=c++20 ${sanitize_flags} ${package_example} -o ${PROJECT_BINARY_DIR}/tests/package/pkgconfig \
         $(${PKG_CONFIG_EXECUTABLE} --cflags --libs transept) -Wl,-rpath,${package_prefix}/${CMAKE_INSTALL_LIBDIR} \
         && cd ${PROJECT_SOURCE_DIR} && ${PROJECT_BINARY_DIR}/tests/package/pkgconfig")
set_tests_properties(package.pkgconfig PROPERTIES FIXTURES_REQUIRED package PASS_REGULAR_EXPRESSION "Bahnhof")

# README's commands in their order on a fresh clone, which takes the objects of this build.
if(TRANSEPT_BUILD_TOOLS AND NOT TRANSEPT_SANITIZE AND NOT TRANSEPT_SCALAR_ONLY)
  add_test(NAME package.readme COMMAND ${CMAKE_CURRENT_LIST_DIR}/readme_commands
    ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR} ${PROJECT_BINARY_DIR}/tests/package/readme)
  set_tests_properties(package.readme PROPERTIES PASS_REGULAR_EXPRESSION "README: [0-9]+ commands done")
endif()

# An application's own CTest with tests of translation quality: against the installation, and with
# transept as a subdirectory, which compiles an object of each target of several with its own flags and takes the
# others from this build.
function(transept_quality_test name)
  set(build ${PROJECT_BINARY_DIR}/tests/package/${name})
  add_test(NAME package.${name} COMMAND ${CMAKE_CTEST_COMMAND}
    --build-and-test ${PROJECT_SOURCE_DIR}/tests/consumer/quality ${build}
    --build-generator ${CMAKE_GENERATOR} --build-noclean
    --build-options -DEXAMPLE=${package_quality_example} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
                    -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
                    "-DCMAKE_CXX_FLAGS=${sanitize_flags}" ${ARGN}
    --test-command ${CMAKE_CTEST_COMMAND} --output-on-failure)
  set_tests_properties(package.${name} PROPERTIES FIXTURES_REQUIRED package
                       PASS_REGULAR_EXPRESSION "100% tests passed(, 0 tests failed)? out of 4")
endfunction()
transept_quality_test(quality -DCMAKE_PREFIX_PATH=${package_prefix})
transept_quality_test(subdirectory -DTRANSEPT_SOURCE_DIR=${PROJECT_SOURCE_DIR} -DTRANSEPT_BUILD_SHARED=OFF
                      -DTRANSEPT_SCALAR_ONLY=${TRANSEPT_SCALAR_ONLY} -DTRANSEPT_DCHECK=${TRANSEPT_DCHECK}
                      -DCMAKE_BUILD_TYPE=None "-DCMAKE_CXX_FLAGS_NONE=-O1"
                      -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CURRENT_LIST_DIR}/reuse_object)
set_tests_properties(package.subdirectory PROPERTIES LABELS slow
                     ENVIRONMENT "BUILT=${PROJECT_BINARY_DIR};BUILT_AS=_deps/transept-build")
