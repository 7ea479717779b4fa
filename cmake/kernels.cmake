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

# -fno-math-errno: a square root is the instruction, not a call that may set errno.
transept_add_isa(scalar -fno-math-errno)
set(transept_isas scalar)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND NOT TRANSEPT_SCALAR_ONLY)
  set(avx2 -fno-math-errno -mavx2 -mfma)
  # g++ 12 takes its own avx512fintrin.h for uses of uninitialised values (GCC bug 105593).
  set(avx512 ${avx2} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512
      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized>)
  transept_add_isa(avx2 ${avx2})
  transept_add_isa(avxvnni ${avx2} -mavxvnni)
  transept_add_isa(avx512 ${avx512})
  transept_add_isa(avx512vnni ${avx512} -mavx512vnni)
  transept_add_isa(avx512bf16 ${avx512} -mavx512vnni -mavx512bf16)
  list(APPEND transept_isas avx2 avxvnni avx512 avx512vnni avx512bf16)
  target_compile_definitions(transept_objects PRIVATE TRANSEPT_X86_KERNELS)
endif()
