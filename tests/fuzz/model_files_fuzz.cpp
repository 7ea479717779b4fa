// Fuzzes what reads weights: the ONNX and safetensors readers. The first byte tells which.
//   build/fuzz/bin/fuzz.model_files corpus tests/data/tiny/untied/{q8,checkpoint}
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "engine/network/architecture.h"
#include "model/formats/onnx/onnx_model.h"
#include "model/formats/safetensors/safetensors.h"
#include "model/graph/export_reader.h"

namespace {

// The readers map files, so the bytes go to one, in memory where the system offers that.
std::filesystem::path write(const std::uint8_t* data, std::size_t size) {
  const char* folder = std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp";
  const std::filesystem::path path =
      std::string(folder) + "/transept_fuzz_" + std::to_string(::getpid());
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  return path;
}

// The shape of tests/data/tiny/untied.
transept::Architecture architecture() {
  transept::Architecture result;
  result.d_model = 8;
  result.src_vocab = result.tgt_vocab = 31;
  result.encoder = {.layers = 1,
                    .heads = 2,
                    .d_head = 4,
                    .d_ff = 12,
                    .activation = transept::Activation::gelu,
                    .embed_scale = 2.828427f};
  result.decoder = result.encoder;
  result.decoder.layers = 2;
  result.decoder.visibility = transept::Visibility::past;
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::filesystem::path path = write(data, size);
  // A safetensors file starts with the length of its header, an ONNX model with the field of its
  // version.
  if (data[0] != 8) {
    transept::WeightFiles files;
    (void)transept::read_safetensors(path, files).ok();
    return 0;
  }
  transept::graph::ExportGraphs graphs;
  auto encoder = transept::onnx::open_model(path);
  auto decoder = transept::onnx::open_model(path);
  if (!encoder.ok() || !decoder.ok()) return 0;
  graphs.encoder = *std::move(encoder);
  graphs.decoder = *std::move(decoder);
  (void)transept::graph::read_export(graphs, architecture()).ok();
  return 0;
}
