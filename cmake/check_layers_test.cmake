# check_layers.cmake lets a file with this include pass, or names the wall that it breaks.
#   cmake -DROOT=. -DTREE=build/layers -P cmake/check_layers_test.cmake
cmake_minimum_required(VERSION 3.24)

# A tree of one file with one include, beside empty folders that give it siblings. `complaint`: a part of what
# is said, or "" where nothing is.
function(expect complaint file include)
  file(REMOVE_RECURSE ${TREE})
  foreach(folder model/formats/onnx model/formats/safetensors tools/bleu tools/cli tools/html tools/regress)
    file(MAKE_DIRECTORY ${TREE}/${folder})
  endforeach()
  file(WRITE ${TREE}/${file} "#pragma once\n#include ${include}\n")
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${TREE} -P ${ROOT}/cmake/check_layers.cmake
                  RESULT_VARIABLE result ERROR_VARIABLE errors OUTPUT_QUIET)
  string(REGEX REPLACE "[ \n]+" " " errors "${errors}")  # which CMake breaks into lines
  string(FIND "${errors}" "${complaint}" position)
  if((complaint STREQUAL "" AND NOT result EQUAL 0) OR
     (NOT complaint STREQUAL "" AND (result EQUAL 0 OR position EQUAL -1)))
    message(SEND_ERROR "${file} with ${include}: expected \"${complaint}\", got ${result} \"${errors}\"")
  endif()
endfunction()

# Layers.
expect("" engine/ops/a.h "\"engine/kernels/b.h\"")
expect("layer engine/ops may not include \"engine/network/b.h\"" engine/ops/a.h "\"engine/network/b.h\"")
expect("layer engine/search may not include \"engine/network/b.h\"" engine/search/a.h "\"engine/network/b.h\"")
expect("layer tokenizer may not include \"model/b.h\"" tokenizer/a.cpp "\"model/b.h\"")

# Inner walls of model.
expect("" model/a.cpp "\"model/sources/b.h\"")
expect("" model/sources/a.cpp "\"model/families/b.h\"")
expect("layer model/families may not include \"model/sources/b.h\"" model/families/a.h "\"model/sources/b.h\"")
expect("layer model/families/names may not include \"model/formats/onnx/b.h\""
       model/families/names/a.cpp "\"model/formats/onnx/b.h\"")
expect("" model/formats/onnx/a.cpp "\"model/formats/onnx/b.h\"")
expect("layer model/formats/onnx may not include \"model/formats/safetensors/b.h\""
       model/formats/onnx/a.cpp "\"model/formats/safetensors/b.h\"")
expect("layer model/formats/onnx may not include \"engine/network/roles.h\""
       model/formats/onnx/a.cpp "\"engine/network/roles.h\"")
expect("layer model/graph may not include \"model/families/b.h\"" model/graph/a.cpp "\"model/families/b.h\"")

# Inner walls of tools.
expect("" tools/bleu/a.cpp "\"tools/cli/b.h\"")
expect("" tools/bleu/a.cpp "\"tokenizer/b.h\"")
expect("layer tools/regress may not include \"tools/bleu/b.h\"" tools/regress/a.cpp "\"tools/bleu/b.h\"")
expect("layer tools/regress may not include \"tokenizer/b.h\"" tools/regress/a.cpp "\"tokenizer/b.h\"")
expect("layer tools/html may not include \"tools/cli/b.h\"" tools/html/a.h "\"tools/cli/b.h\"")
expect("layer tools/cli may not include \"tools/bleu/b.h\"" tools/cli/a.cpp "\"tools/bleu/b.h\"")
expect("layer tools/base may not include \"tools/cli/b.h\"" tools/base/a.h "\"tools/cli/b.h\"")
expect("no layer has this folder" tools/a.cpp "\"transept/status.h\"")

# Owners of what others wrote.
expect("" tools/cli/a.h "<CLI/CLI.hpp>")
expect("<CLI/CLI.hpp> may be included by" tools/bleu/a.h "<CLI/CLI.hpp>")
expect("<spdlog/spdlog.h> may be included by" tools/bleu/a.h "<spdlog/spdlog.h>")
expect("<nlohmann/json.hpp> may be included by" model/formats/safetensors/a.cpp "<nlohmann/json.hpp>")

file(REMOVE_RECURSE ${TREE})
