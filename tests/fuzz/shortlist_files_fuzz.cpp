// libFuzzer: a shortlist, text, gzip or binary, for words that are single letters, read and asked
// for sets.
//   fuzz.shortlist_files -max_len=4000 corpus
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/shortlist_files.h"

namespace {

constexpr std::size_t kVocab = 26;

// Word i is the i-th letter.
class Letters final : public transept::Tokenizer {
 public:
  transept::Encoding encode_source(std::string_view, transept::Detail,
                                   transept::Specials) const override {
    return {};
  }
  transept::Encoding encode_target(std::string_view, transept::Detail) const override { return {}; }
  std::span<const std::int32_t> source_specials() const override { return {}; }
  std::span<const std::int32_t> target_specials() const override { return {}; }
  std::string decode_target(std::span<const std::int32_t>) const override { return ""; }
  std::string_view source_token(std::int32_t id) const override {
    return std::string_view("abcdefghijklmnopqrstuvwxyz").substr(static_cast<std::size_t>(id), 1);
  }
  std::string_view target_token(std::int32_t id) const override { return source_token(id); }
  std::int32_t source_id(std::string_view token) const override {
    return token.size() == 1 && token[0] >= 'a' && token[0] <= 'z' ? token[0] - 'a' : -1;
  }
  std::int32_t target_id(std::string_view token) const override { return source_id(token); }
  std::size_t source_vocab() const override { return kVocab; }
  std::size_t target_vocab() const override { return kVocab; }
  std::string describe() const override { return "letters"; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Letters letters;
  const auto list = transept::parse_shortlist(std::as_bytes(std::span(data, size)), "fuzz",
                                              {letters, kVocab, kVocab}, {});
  if (!list.ok()) return 0;
  std::vector<std::int32_t> all(kVocab);
  std::iota(all.begin(), all.end(), 0);
  for (const std::int32_t id : list->candidates(all, {})) {
    if (id < 0 || static_cast<std::size_t>(id) >= kVocab) std::abort();
  }
  return 0;
}
