#include "tokenizer/vocabulary.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/file_kind.h"
#include "engine/base/mapped_file.h"
#include "engine/base/try.h"

namespace transept {
namespace {

// Gaps cost memory, so an id may not exceed the number of names by more than this and that number
// again.
constexpr std::uint64_t kMaxGap = 100000;
constexpr std::size_t kMaxBytes = std::size_t{512} << 20;

struct Entry {
  std::uint64_t id = 0;
  std::uint32_t begin = 0;
  std::uint32_t length = 0;
};

// Receives the events of one flat object of numbers. Every other content ends the parse with a
// reason.
class EntryCollector : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::string names;
  std::vector<Entry> entries;
  std::string reason;

  bool start_object(std::size_t) override {
    if (inside_) return fail("is an object");
    inside_ = true;
    return true;
  }
  bool end_object() override { return true; }
  bool key(string_t& text) override {
    if (text.empty()) {
      reason = "it has an empty token";
      return false;
    }
    entries.push_back(
        {0, static_cast<std::uint32_t>(names.size()), static_cast<std::uint32_t>(text.size())});
    names.append(text);
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (!inside_) return fail("");
    entries.back().id = value;
    return true;
  }
  bool number_integer(number_integer_t value) override {
    return fail("is " + std::to_string(value));
  }
  bool null() override { return fail("is null"); }
  bool boolean(bool) override { return fail("is a boolean"); }
  bool number_float(number_float_t, const string_t& text) override { return fail("is " + text); }
  bool string(string_t&) override { return fail("is a string"); }
  bool binary(binary_t&) override { return fail("is binary"); }
  bool start_array(std::size_t) override { return fail("is an array"); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    reason = "it is no valid JSON at byte " + std::to_string(position);
    return false;
  }

 private:
  bool fail(const std::string& what) {
    if (!inside_) {
      reason = "it is not a JSON object of tokens and ids";
    } else {
      const Entry& entry = entries.back();
      const std::string token = names.substr(entry.begin, entry.length);
      reason =
          "the id of " + nlohmann::json(token).dump() + " " + what + ", not a number from 0 on";
    }
    return false;
  }

  bool inside_ = false;
};

}  // namespace

Result<Vocabulary> Vocabulary::read(const std::filesystem::path& path) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto file, MappedFile::read(path, kMaxBytes));
  return parse(file->bytes(), path.string());
}

Result<Vocabulary> Vocabulary::parse(std::span<const std::byte> json, std::string_view name) {
  const auto corrupt = [name](const std::string& reason) {
    return Status(Code::kCorrupt, std::string(name) + ": " + reason);
  };
  if (json.size() > UINT32_MAX) return corrupt("it is larger than 4 GiB");
  EntryCollector collector;
  const auto* text = reinterpret_cast<const char*>(json.data());
  if (!nlohmann::json::sax_parse(text, text + json.size(), &collector)) {
    return wrong_file(json, name, corrupt(collector.reason));
  }
  if (collector.entries.empty()) return corrupt("it has no tokens");

  Vocabulary vocabulary;
  vocabulary.names_ = std::move(collector.names);
  std::uint64_t largest = 0;
  for (const Entry& entry : collector.entries) largest = std::max(largest, entry.id);
  if (largest > 2 * collector.entries.size() + kMaxGap) {
    return corrupt("the id " + std::to_string(largest) + " is far beyond the number of tokens, " +
                   std::to_string(collector.entries.size()));
  }
  vocabulary.tokens_.resize(static_cast<std::size_t>(largest) + 1);
  vocabulary.slots_.assign(std::bit_ceil(2 * collector.entries.size()), -1);
  for (const Entry& entry : collector.entries) {
    const Slice slice{entry.begin, entry.length};
    const std::string_view token = vocabulary.view(slice);
    Slice& taken = vocabulary.tokens_[static_cast<std::size_t>(entry.id)];
    if (const std::int32_t slot = vocabulary.slots_[vocabulary.slot_of(token)]; slot >= 0) {
      return corrupt("the key " + nlohmann::json(token).dump() + " stands twice, with the ids " +
                     std::to_string(slot) + " and " + std::to_string(entry.id));
    }
    if (taken.length != 0) {
      return corrupt("the id " + std::to_string(entry.id) + " belongs to both " +
                     nlohmann::json(vocabulary.view(taken)).dump() + " and " +
                     nlohmann::json(token).dump());
    }
    taken = slice;
    vocabulary.slots_[vocabulary.slot_of(token)] = static_cast<std::int32_t>(entry.id);
  }
  return vocabulary;
}

// The slot that holds the token, or the free one where it would be put.
std::size_t Vocabulary::slot_of(std::string_view token) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = std::hash<std::string_view>()(token) & mask;
  while (slots_[slot] >= 0 && this->token(slots_[slot]) != token) slot = (slot + 1) & mask;
  return slot;
}

std::int32_t Vocabulary::id(std::string_view token) const {
  return slots_.empty() ? -1 : slots_[slot_of(token)];
}

std::string_view Vocabulary::token(std::int32_t id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= tokens_.size()) return {};
  return view(tokens_[static_cast<std::size_t>(id)]);
}

}  // namespace transept
