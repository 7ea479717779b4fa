// Reading roles out of the files of one encoder-decoder export, whatever its layout: encoder and
// decoder, a merged decoder with both branches, or the whole model in one graph.
#pragma once

#include <string>
#include <vector>

#include "engine/network/architecture.h"
#include "model/formats/onnx/onnx_model.h"
#include "model/graph/transformer_reader.h"

namespace transept::graph {

// The graphs of one export: `whole`, or `encoder` and `decoder`.
struct ExportGraphs {
  std::unique_ptr<const onnx::Model> whole;
  std::unique_ptr<const onnx::Model> encoder;
  std::unique_ptr<const onnx::Model> decoder;
};

struct ExportRoles {
  TensorMap tensors;                       // roles of Architecture; nothing tied yet
  std::vector<TensorPtr> position_tables;  // stored ones, encoder's first
  std::vector<std::string> notes;
};

// Takes an encoder-decoder transformer apart.
// Errors: kUnsupported (a decoder that needs a past, structure, operators), kCorrupt (contradicts
// `architecture`).
Result<ExportRoles> read_export(const ExportGraphs& graphs, const Architecture& architecture);

}  // namespace transept::graph
