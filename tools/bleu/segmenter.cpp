#include "tools/bleu/segmenter.h"

#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

#include "tokenizer/sentence_piece.h"

namespace transept::tools {
namespace {

// The file sacreBLEU keeps under $SACREBLEU/models.
std::string_view file_of(std::string_view name) {
  if (name == "flores200") return "flores200sacrebleuspm";
  if (name == "spBLEU-1K") return "spbleu-1k_tokenizer_spm.model";
  return "sacrebleu_tokenizer_spm.model";
}

}  // namespace

bool is_piece_tokenizer(const std::string& name) {
  return name == "spm" || name == "flores101" || name == "flores200" || name == "spBLEU-1K";
}

Result<PieceTokenizer> load_piece_tokenizer(const std::string& name, const std::string& model,
                                            const std::string& folder) {
  std::filesystem::path path = model;
  if (model.empty()) {
    path = std::filesystem::path(folder) / file_of(name);
    std::error_code error;
    if (folder.empty() || !std::filesystem::exists(path, error)) {
      return Status(Code::kInput, "tokenizer " + name +
                                      " needs its SentencePiece model: name the file with "
                                      "--spm-model");
    }
  }
  Result<SentencePiece> opened = SentencePiece::open(path);
  if (!opened.ok()) return Status(Code::kInput, opened.status().message());
  const auto pieces = std::make_shared<const SentencePiece>(*std::move(opened));
  PieceTokenizer tokenizer;
  tokenizer.signature = name == "spm" ? "flores101" : name;
  tokenizer.segmenter = [pieces](std::string_view line) {
    const SpmEncoding encoding = pieces->encode(line, false);
    std::string out;
    for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
      if (i > 0) out += ' ';
      out += pieces->piece(encoding, i);
    }
    return out;
  };
  return tokenizer;
}

}  // namespace transept::tools
