#include "model/id_tokenizer.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace transept {
namespace {

std::vector<std::string> numbers(std::size_t count) {
  std::vector<std::string> names;
  names.reserve(count);
  for (std::size_t id = 0; id < count; ++id) names.push_back(std::to_string(id));
  return names;
}

class IdTokenizer final : public Tokenizer {
 public:
  IdTokenizer(const Architecture& architecture, const SearchOptions& defaults)
      : source_vocab_(architecture.src_vocab),
        target_vocab_(architecture.tgt_vocab),
        names_(numbers(std::max(source_vocab_, target_vocab_))),
        silent_(defaults.end) {
    silent_.push_back(defaults.start);
  }

  Encoding encode_source(std::string_view, Detail, Specials) const override { return {}; }
  Encoding encode_target(std::string_view, Detail) const override { return {}; }
  std::span<const std::int32_t> source_specials() const override { return {}; }
  std::span<const std::int32_t> target_specials() const override { return {}; }

  std::string decode_target(std::span<const std::int32_t> ids) const override {
    std::string text;
    for (const std::int32_t id : ids) {
      if (std::find(silent_.begin(), silent_.end(), id) != silent_.end()) continue;
      if (!text.empty()) text += ' ';
      text += target_token(id);
    }
    return text;
  }

  std::string_view source_token(std::int32_t id) const override { return name(id, source_vocab_); }
  std::string_view target_token(std::int32_t id) const override { return name(id, target_vocab_); }
  std::int32_t source_id(std::string_view token) const override { return id(token, source_vocab_); }
  std::int32_t target_id(std::string_view token) const override { return id(token, target_vocab_); }
  std::size_t source_vocab() const override { return source_vocab_; }
  std::size_t target_vocab() const override { return target_vocab_; }
  std::string describe() const override { return "none"; }

 private:
  std::string_view name(std::int32_t id, std::size_t vocab) const {
    return id >= 0 && static_cast<std::size_t>(id) < vocab ? names_[static_cast<std::size_t>(id)]
                                                           : std::string_view();
  }

  static std::int32_t id(std::string_view token, std::size_t vocab) {
    std::int32_t value = -1;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    const bool whole = error == std::errc() && end == token.data() + token.size();
    return whole && value >= 0 && static_cast<std::size_t>(value) < vocab ? value : -1;
  }

  std::size_t source_vocab_;
  std::size_t target_vocab_;
  std::vector<std::string> names_;
  std::vector<std::int32_t> silent_;
};

}  // namespace

std::shared_ptr<const Tokenizer> make_id_tokenizer(const Architecture& architecture,
                                                   const SearchOptions& defaults) {
  return std::make_shared<IdTokenizer>(architecture, defaults);
}

}  // namespace transept
