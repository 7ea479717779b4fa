# The libraries made of transept_objects.
get_property(kernel_objects GLOBAL PROPERTY transept_kernel_objects)
set(transept_private_links Threads::Threads ${CMAKE_DL_LIBS})

# Users link this one (static) ...
add_library(transept_static STATIC $<TARGET_OBJECTS:transept_objects> ${kernel_objects})
# ... or this one (shared, hidden symbols). Unit tests link the static one: everything is reachable there.
if(TRANSEPT_BUILD_SHARED)
  add_library(transept_shared SHARED $<TARGET_OBJECTS:transept_objects> ${kernel_objects})
endif()
foreach(library transept_static transept_shared)
  if(TARGET ${library})
    target_compile_features(${library} PUBLIC cxx_std_20)
    target_include_directories(${library} PUBLIC
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/engine/include>
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${library} PRIVATE ${transept_private_links} ${transept_third_party})
    set_target_properties(${library} PROPERTIES OUTPUT_NAME transept LINKER_LANGUAGE CXX)
  endif()
endforeach()

# Everything inside reachable, for unit tests and developer tools.
add_library(transept_unit INTERFACE)
target_link_libraries(transept_unit INTERFACE transept_static)
target_include_directories(transept_unit INTERFACE ${PROJECT_SOURCE_DIR})
