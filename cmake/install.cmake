# cmake --install, find_package(transept) and pkg-config.
#   find_package(transept)                     transept::transept, shared if BUILD_SHARED_LIBS is on
#   find_package(transept COMPONENTS static)   ... or as asked for
#   find_package(transept COMPONENTS scorer)   transept::scorer, BLEU, chrF and TER, besides
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/transept)

# How a package finds again what a static library links, one entry for each of transept_third_party.
set(package_dependencies "find_dependency(Threads)\n")
set(pkgconfig_requires "")
foreach(item IN LISTS transept_third_party)
  if(item STREQUAL "ICU::uc")
    string(APPEND package_dependencies "find_dependency(ICU COMPONENTS uc)\n")
    list(APPEND pkgconfig_requires icu-uc)
  elseif(item STREQUAL "ZLIB::ZLIB")
    string(APPEND package_dependencies "find_dependency(ZLIB)\n")
    list(APPEND pkgconfig_requires zlib)
  else()
    message(FATAL_ERROR "cmake/install.cmake does not say how a user finds ${item}")
  endif()
endforeach()
list(JOIN pkgconfig_requires " " pkgconfig_requires)

# Asked for first, so that nothing is installed by halves where less was built.
foreach(target transept_static transept_shared transept_scorer transept)
  if(TARGET ${target})
    install(CODE "if(NOT EXISTS \"$<TARGET_FILE:${target}>\")
  message(FATAL_ERROR \"$<TARGET_FILE_NAME:${target}> is not built yet: cmake --build ${PROJECT_BINARY_DIR} --target installed\")
endif()")
  endif()
endforeach()

foreach(kind static shared)
  if(TARGET transept_${kind})
    target_include_directories(transept_${kind} PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    install(TARGETS transept_${kind} EXPORT transept-${kind}
      LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
      FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT transept-${kind} NAMESPACE transept:: DESTINATION ${package_dir})
  endif()
endforeach()
if(TARGET transept_scorer)
  install(TARGETS transept_scorer EXPORT transept-scorer
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT transept-scorer NAMESPACE transept:: DESTINATION ${package_dir})
endif()
# What cmake --install installs, without tests and benchmarks.
add_custom_target(installed)
foreach(target transept_static transept_shared transept_scorer transept)
  if(TARGET ${target})
    add_dependencies(installed ${target})
  endif()
endforeach()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/transept-config.cmake.in
  ${PROJECT_BINARY_DIR}/package/transept-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/transept-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/transept-config.cmake
  ${PROJECT_BINARY_DIR}/package/transept-config-version.cmake DESTINATION ${package_dir})

configure_file(${PROJECT_SOURCE_DIR}/cmake/transept.pc.in ${PROJECT_BINARY_DIR}/package/transept.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/transept.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET transept)
  # As transept::program.
  install(TARGETS transept EXPORT transept-program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(EXPORT transept-program NAMESPACE transept:: DESTINATION ${package_dir})
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/transept-bleu-test.cmake ${PROJECT_SOURCE_DIR}/cmake/transept-run-bleu-test.cmake
    DESTINATION ${package_dir})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/model/pretrained/ DESTINATION ${CMAKE_INSTALL_DATADIR}/transept/models)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
