// libFuzzer: a vocab.json when the first byte is '{', else a `.spm` file, opened and used.
//   fuzz.tokenizer_files -max_len=20000 tests/data/tokenizer
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/sentence_piece.h"
#include "tokenizer/vocabulary.h"

namespace {

void use_spm(std::span<const std::byte> bytes) {
  auto model = transept::parse_spm(bytes, "fuzz", nullptr);
  if (!model.ok()) return;
  const auto pieces = transept::SentencePiece::build(*std::move(model), "fuzz");
  if (!pieces.ok()) return;
  // The file's own bytes are the text: they hold its pieces.
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const transept::SpmEncoding encoding = pieces->encode(text.substr(0, 4096), true);
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) names.push_back(pieces->piece(encoding, i));
  pieces->decode(names);
}

void use_vocabulary(std::span<const std::byte> bytes) {
  const auto vocabulary = transept::Vocabulary::parse(bytes, "fuzz");
  if (!vocabulary.ok()) return;
  for (std::size_t id = 0; id < vocabulary->size(); ++id) {
    const std::string_view token = vocabulary->token(static_cast<std::int32_t>(id));
    if (!token.empty() && vocabulary->id(token) != static_cast<std::int32_t>(id)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (size > 0 && data[0] == '{') {
    use_vocabulary(bytes);
  } else {
    use_spm(bytes);
  }
  return 0;
}
