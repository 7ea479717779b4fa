# The libraries made of transept_objects.
get_property(kernel_objects GLOBAL PROPERTY transept_kernel_objects)

# The installed headers; nothing else is public.
set(public_header_names alignment.h export.h inspect.h log.h matrix.h option_table.h options.h profile.h shortlist.h
    status.h translator.h version.h words.h)
list(TRANSFORM public_header_names PREPEND ${PROJECT_SOURCE_DIR}/engine/include/transept/
     OUTPUT_VARIABLE public_headers)

function(transept_library target)
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/engine/include
                 FILES ${public_headers})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} PRIVATE Threads::Threads ${CMAKE_DL_LIBS} ${transept_third_party})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME transept EXPORT_NAME transept
                        LINKER_LANGUAGE CXX)
endfunction()

# Users link this one (static) ...
add_library(transept_static STATIC $<TARGET_OBJECTS:transept_objects> ${kernel_objects})
transept_library(transept_static)

# ... or this one. Hidden visibility does not cover what templates of the standard library leave
# behind, so a version script keeps everything but namespace transept inside.
if(TRANSEPT_BUILD_SHARED)
  add_library(transept_shared SHARED $<TARGET_OBJECTS:transept_objects> ${kernel_objects})
  transept_library(transept_shared)
  set(version_script ${PROJECT_SOURCE_DIR}/cmake/exports.map)
  target_link_options(transept_shared PRIVATE -Wl,--version-script=${version_script} -Wl,--no-undefined
                      -Wl,--exclude-libs,ALL)
  # Until 1.0 a minor version may break the ABI.
  set_target_properties(transept_shared PROPERTIES VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} LINK_DEPENDS ${version_script})
endif()

# In the build tree, as in a package, transept::transept is what BUILD_SHARED_LIBS asks for.
if(BUILD_SHARED_LIBS AND TRANSEPT_BUILD_SHARED)
  add_library(transept::transept ALIAS transept_shared)
else()
  add_library(transept::transept ALIAS transept_static)
endif()

# Everything inside reachable, for unit tests and developer tools.
add_library(transept_unit INTERFACE)
target_link_libraries(transept_unit INTERFACE transept_static)
target_include_directories(transept_unit INTERFACE ${PROJECT_SOURCE_DIR})
if(TRANSEPT_DCHECK)
  target_compile_definitions(transept_unit INTERFACE TRANSEPT_ENABLE_DCHECK)
endif()
