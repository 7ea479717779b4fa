# One object library an instruction set: the only place where ISA flags appear.
function(transept_add_isa isa)
  add_library(transept_kernels_${isa} OBJECT ${PROJECT_SOURCE_DIR}/engine/kernels/isa/kernels_${isa}.cpp)
  target_compile_features(transept_kernels_${isa} PRIVATE cxx_std_20)
  target_include_directories(transept_kernels_${isa} PRIVATE ${PROJECT_SOURCE_DIR}
                             ${PROJECT_SOURCE_DIR}/engine/include)
  # No link-time optimisation: it could move wide instructions into shared code.
  set_target_properties(transept_kernels_${isa} PROPERTIES POSITION_INDEPENDENT_CODE ON
                        INTERPROCEDURAL_OPTIMIZATION OFF)
  target_compile_options(transept_kernels_${isa} PRIVATE -ffp-contract=off ${ARGN})
  transept_warnings(transept_kernels_${isa})
  set_property(GLOBAL APPEND PROPERTY transept_kernel_objects $<TARGET_OBJECTS:transept_kernels_${isa}>)
endfunction()
