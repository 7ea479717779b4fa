#include "tokenizer/tokenizer_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "engine/base/file_kind.h"
#include "engine/base/json.h"
#include "engine/base/mapped_file.h"
#include "engine/base/try.h"

namespace transept {
namespace {

using nlohmann::json;

// The attributes that hold special tokens, in the order in which transformers lists them.
constexpr std::array<const char*, 7> kSpecialAttributes = {
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};
constexpr const char* kAdditional = "additional_special_tokens";
constexpr std::int32_t kMaxId = 1 << 24;
// Ten times the largest tokenizer.json there is.
constexpr std::size_t kMaxTokenizerBytes = std::size_t{512} << 20;

Status corrupt(const std::filesystem::path& path, const std::string& reason) {
  return Status(Code::kCorrupt, path.string() + ": " + reason);
}

bool flag(const json& object, const char* name) {
  const auto place = object.find(name);
  return place != object.end() && place->is_boolean() && place->get<bool>();
}

// A token as the files write it: "</s>" or {"content": "</s>", "lstrip": false, ...}.
std::optional<AddedToken> parse_token(const json& value) {
  AddedToken token;
  if (value.is_string()) {
    token.content = value.get<std::string>();
    return token;
  }
  if (!value.is_object()) return std::nullopt;
  const auto content = value.find("content");
  if (content == value.end() || !content->is_string()) return std::nullopt;
  token.content = content->get<std::string>();
  token.lstrip = flag(value, "lstrip");
  token.rstrip = flag(value, "rstrip");
  token.single_word = flag(value, "single_word");
  token.special = flag(value, "special");
  token.reserved = token.special;
  return token;
}

std::optional<std::int32_t> parse_id(const json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= kMaxId) return std::nullopt;
  return static_cast<std::int32_t>(value.get<std::uint64_t>());
}

std::optional<std::int32_t> parse_id(const std::string& text) {
  std::int32_t id = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id < 0 || id >= kMaxId) {
    return std::nullopt;
  }
  return id;
}

// Collects the array `added_tokens` of a tokenizer.json, which may be many megabytes long, and
// stops behind it: in the files that exist it stands at the front.
class AddedTokensReader : public json::json_sax_t {
 public:
  JsonTree tokens = JsonTree::parse("[]");
  bool finished = false;

  bool start_object(std::size_t) override {
    if (inside_ && depth_ == 2) tokens.push_back(json::object());
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    inside_ = inside_ || (depth_ == 1 && key_ == "added_tokens");
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    finished = inside_ && depth_ == 1;
    return !finished;
  }
  bool key(string_t& text) override {
    key_ = text;
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t& value) override { return put(value); }
  bool binary(binary_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  template <class Value>
  bool put(const Value& value) {
    if (inside_ && depth_ == 3) tokens.back()[key_] = value;
    return true;
  }

  std::size_t depth_ = 0;
  bool inside_ = false;
  std::string key_;
};

// The tokens of the files, before they are put in order.
struct Collected {
  std::map<std::string, AddedToken> attributes;  // by attribute: "eos_token"
  std::vector<AddedToken> additional;
  std::vector<AddedToken> added;  // with their ids
};

Status collect_special_tokens(const std::filesystem::path& path, const json& object,
                              Collected& collected) {
  const auto bad = [&path](const std::string& name) {
    return corrupt(path, name + " is neither a token nor null");
  };
  for (const char* name : kSpecialAttributes) {
    const auto value = object.find(name);
    if (value == object.end() || value->is_null()) continue;
    const auto token = parse_token(*value);
    if (!token) return bad(name);
    collected.attributes[name] = *token;
  }
  if (const auto list = object.find(kAdditional); list != object.end() && list->is_array()) {
    for (const json& value : *list) {
      const auto token = parse_token(value);
      if (!token) return bad(kAdditional);
      collected.additional.push_back(*token);
    }
  }
  if (const auto extra = object.find("extra_special_tokens");
      extra != object.end() && extra->is_object()) {
    for (const auto& [name, value] : extra->items()) {
      const auto token = parse_token(value);
      if (!token) return bad("extra_special_tokens." + name);
      collected.attributes[name] = *token;
    }
  }
  return Status();
}

Status collect_added_tokens_decoder(const std::filesystem::path& path, const json& decoder,
                                    Collected& collected) {
  if (!decoder.is_object()) return corrupt(path, "added_tokens_decoder is not an object");
  for (const auto& [key, value] : decoder.items()) {
    const auto id = parse_id(key);
    auto token = parse_token(value);
    if (!id || !token) {
      return corrupt(
          path, "added_tokens_decoder: " + json(key).dump() + " is not the id of an added token");
    }
    token->id = *id;
    collected.added.push_back(std::move(*token));
  }
  return Status();
}

// The files of older versions, which tokenizer_config.json has replaced where it lists added
// tokens.
Status collect_older_files(const Listing& listing, Collected& collected) {
  const auto map_path = listing.at("special_tokens_map.json");
  TRANSEPT_ASSIGN_OR_RETURN(const JsonTree map,
                            read_optional_json(listing, "special_tokens_map.json"));
  TRANSEPT_RETURN_IF_ERROR(collect_special_tokens(map_path, map, collected));

  const auto added_path = listing.at("added_tokens.json");
  TRANSEPT_ASSIGN_OR_RETURN(const JsonTree added, read_optional_json(listing, "added_tokens.json"));
  for (const auto& [content, value] : added.items()) {
    const auto id = parse_id(value);
    if (!id) return corrupt(added_path, "the id of " + json(content).dump() + " is not an id");
    AddedToken token;
    token.content = content;
    token.id = *id;
    collected.added.push_back(std::move(token));
  }

  if (!listing.has("tokenizer.json")) return Status();
  const auto tokenizer_path = listing.at("tokenizer.json");
  TRANSEPT_ASSIGN_OR_RETURN(const auto file, MappedFile::read(tokenizer_path, kMaxTokenizerBytes));
  AddedTokensReader reader;
  const auto* text = reinterpret_cast<const char*>(file->bytes().data());
  if (!json::sax_parse(text, text + file->bytes().size(), &reader) && !reader.finished) {
    return wrong_file(file->bytes(), tokenizer_path.string(),
                      corrupt(tokenizer_path, "it is no valid JSON"));
  }
  for (const json& value : reader.tokens) {
    auto token = parse_token(value);
    const auto id = value.contains("id") ? parse_id(value["id"]) : std::nullopt;
    if (!token || !id) return corrupt(tokenizer_path, "added_tokens: one has no id or content");
    token->id = *id;
    collected.added.push_back(std::move(*token));
  }
  return Status();
}

Status check_model_arguments(const std::filesystem::path& path, const json& object) {
  const auto arguments = object.find("sp_model_kwargs");
  if (arguments == object.end() || !arguments->is_object()) return Status();
  for (const char* name : {"enable_sampling", "add_bos", "add_eos", "reverse"}) {
    if (flag(*arguments, name)) {
      return Status(Code::kUnsupported,
                    path.string() + ": sp_model_kwargs." + name + " is not supported");
    }
  }
  return Status();
}

void take_name(const Collected& collected, const char* attribute, std::string& name) {
  const auto place = collected.attributes.find(attribute);
  if (place != collected.attributes.end()) name = place->second.content;
}

}  // namespace

Status read_tokenizer_config(const Listing& listing, TokenizerConfig& config) {
  const auto path = listing.at("tokenizer_config.json");
  TRANSEPT_ASSIGN_OR_RETURN(const JsonTree object,
                            read_optional_json(listing, "tokenizer_config.json"));
  TRANSEPT_RETURN_IF_ERROR(check_model_arguments(path, object));
  config.clean_up_tokenization_spaces = flag(object, "clean_up_tokenization_spaces");
  config.separate_vocabs = flag(object, "separate_vocabs");
  config.split_special_tokens = flag(object, "split_special_tokens");

  Collected collected;
  for (const auto& [attribute, name] :
       {std::pair{"unk_token", &config.unk_token}, std::pair{"eos_token", &config.eos_token},
        std::pair{"pad_token", &config.pad_token}}) {
    if (!name->empty()) collected.attributes[attribute].content = *name;
  }
  TRANSEPT_RETURN_IF_ERROR(collect_special_tokens(path, object, collected));
  if (const auto decoder = object.find("added_tokens_decoder"); decoder != object.end()) {
    TRANSEPT_RETURN_IF_ERROR(collect_added_tokens_decoder(path, *decoder, collected));
  } else {
    TRANSEPT_RETURN_IF_ERROR(collect_older_files(listing, collected));
  }
  take_name(collected, "unk_token", config.unk_token);
  take_name(collected, "eos_token", config.eos_token);
  take_name(collected, "pad_token", config.pad_token);

  // A special token that is listed as added, too, has the flags and the id of the list.
  std::map<std::string, AddedToken> added;
  for (const AddedToken& token : collected.added) added[token.content] = token;
  const auto add_special = [&](AddedToken token) {
    token.special = true;
    token.reserved = true;
    if (std::find(config.special_tokens.begin(), config.special_tokens.end(), token.content) ==
        config.special_tokens.end()) {
      config.special_tokens.push_back(token.content);
    }
    const auto [place, is_new] = added.emplace(token.content, token);
    place->second.special = true;
    place->second.reserved = true;
  };
  for (const auto& [attribute, token] : collected.attributes) add_special(token);
  for (const AddedToken& token : collected.additional) add_special(token);
  // What a list calls special without an attribute that names it is not special to transformers.
  for (auto& [content, token] : added) {
    token.special = std::find(config.special_tokens.begin(), config.special_tokens.end(),
                              content) != config.special_tokens.end();
    config.added_tokens.push_back(token);
  }
  return Status();
}

}  // namespace transept
