#include "tokenizer/marian_tokenizer.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/mapped_file.h"
#include "engine/base/try.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/sentence_piece.h"
#include "tokenizer/tokenizer_config.h"
#include "tokenizer/utf8.h"
#include "tokenizer/vocabulary.h"

namespace transept {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// transformers' clean_up_tokenization: undoes what an English tokenizer does to punctuation.
void clean_up(std::string& text) {
  constexpr std::pair<std::string_view, std::string_view> kReplacements[] = {
      {" .", "."},     {" ?", "?"},   {" !", "!"},   {" ,", ","},     {" ' ", "'"},
      {" n't", "n't"}, {" 'm", "'m"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [from, to] : kReplacements) replace_all(text, from, to);
}

// One language's half: its SentencePiece model, and the ids its pieces have.
struct Side {
  std::shared_ptr<const SentencePiece> pieces;
  std::shared_ptr<const Vocabulary> vocabulary;
  AddedTokens added;                        // with the ids of this side
  AddedTokens words;                        // those of them that are not reserved
  std::vector<std::int32_t> ids_of_pieces;  // by SentencePiece id
  std::int32_t unk_id = -1;
  std::int32_t eos_id = -1;
  std::size_t size = 0;

  std::int32_t find(std::string_view token) const {
    const AddedToken* known = added.find(token);
    return known != nullptr ? known->id : vocabulary->id(token);
  }
  std::int32_t id_or_unk(std::string_view token) const {
    const std::int32_t id = find(token);
    return id >= 0 ? id : unk_id;
  }
  // Not for text to write, unless it may write special tokens. The unknown token says nothing.
  bool is_reserved(std::int32_t id) const {
    if (id == unk_id) return false;
    const AddedToken* known = added.find(id);
    return id == eos_id || (known != nullptr && known->reserved);
  }
  std::string_view token(std::int32_t id) const {
    const AddedToken* known = added.find(id);
    return known != nullptr ? std::string_view(known->content) : vocabulary->token(id);
  }
};

Result<Side> build_side(std::shared_ptr<const SentencePiece> pieces,
                        std::shared_ptr<const Vocabulary> vocabulary, const TokenizerConfig& config,
                        const std::filesystem::path& vocab_path) {
  std::vector<AddedToken> added;
  std::size_t size = vocabulary->size();
  for (AddedToken token : config.added_tokens) {
    const std::int32_t known = vocabulary->id(token.content);
    // The vocabulary goes before a list: with separate vocabularies the list has the source's ids.
    if (known >= 0) token.id = known;
    // A special token that has no id anywhere cannot be put in; its text stays text.
    if (token.id < 0) continue;
    size = std::max(size, static_cast<std::size_t>(token.id) + 1);
    added.push_back(std::move(token));
  }
  TRANSEPT_ASSIGN_OR_RETURN(AddedTokens tokens, AddedTokens::build(added));
  std::erase_if(added, [](const AddedToken& token) { return token.reserved; });
  TRANSEPT_ASSIGN_OR_RETURN(AddedTokens words, AddedTokens::build(added));
  Side side{std::move(pieces),
            std::move(vocabulary),
            std::move(tokens),
            std::move(words),
            {},
            -1,
            -1,
            size};
  for (const auto& [name, id] :
       {std::pair{&config.unk_token, &side.unk_id}, std::pair{&config.eos_token, &side.eos_id}}) {
    *id = side.find(*name);
    if (*id < 0) {
      return Status(Code::kCorrupt, vocab_path.string() + ": the special token \"" + *name +
                                        "\" is not in the vocabulary");
    }
  }
  side.ids_of_pieces.reserve(side.pieces->size());
  for (std::size_t i = 0; i < side.pieces->size(); ++i) {
    side.ids_of_pieces.push_back(side.id_or_unk(side.pieces->name(static_cast<std::int32_t>(i))));
  }
  return side;
}

// Two models, or one when both files hold the same bytes, which they do where the languages share
// one.
Result<std::pair<std::shared_ptr<const SentencePiece>, std::shared_ptr<const SentencePiece>>>
open_pieces(const std::filesystem::path& source, const std::filesystem::path& target) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto source_file, MappedFile::open(source));
  TRANSEPT_ASSIGN_OR_RETURN(const auto target_file, MappedFile::open(target));
  TRANSEPT_ASSIGN_OR_RETURN(auto source_pieces, SentencePiece::open(source));
  auto first = std::make_shared<const SentencePiece>(std::move(source_pieces));
  const auto bytes = source_file->bytes();
  const auto others = target_file->bytes();
  // At once: a comparison byte by byte takes as long as half of the parsing.
  if (bytes.size() == others.size() &&
      std::memcmp(bytes.data(), others.data(), bytes.size()) == 0) {
    return std::pair{first, first};
  }
  TRANSEPT_ASSIGN_OR_RETURN(auto target_pieces, SentencePiece::open(target));
  return std::pair{std::move(first),
                   std::make_shared<const SentencePiece>(std::move(target_pieces))};
}

class MarianTokenizer : public Tokenizer {
 public:
  MarianTokenizer(Side source, Side target, TokenizerConfig config)
      : source_(std::move(source)), target_(std::move(target)), config_(std::move(config)) {
    for (const std::string& token : config_.special_tokens) {
      special_ids_.push_back(target_.id_or_unk(token));
    }
  }

  Encoding encode_source(std::string_view text, Detail detail, Specials specials) const override {
    return encode(source_, text, detail, specials);
  }
  Encoding encode_target(std::string_view text, Detail detail) const override {
    return encode(target_, text, detail, Specials::as_tokens);
  }

  std::span<const std::int32_t> source_specials() const override { return {&source_.eos_id, 1}; }
  std::span<const std::int32_t> target_specials() const override { return {&target_.eos_id, 1}; }

  // As MarianTokenizer.decode(ids, skip_special_tokens=True).
  std::string decode_target(std::span<const std::int32_t> ids) const override {
    std::string out;
    bool is_first = true;
    const auto append = [&](std::string_view part) {
      if (!is_first) out.push_back(' ');
      is_first = false;
      out.append(part);
    };
    std::vector<std::string_view> pieces;
    for (const std::int32_t id : ids) {
      if (is_special(id)) continue;
      const AddedToken* added = target_.added.find(id);
      if (added == nullptr) {
        pieces.push_back(target_.vocabulary->token(id));
        continue;
      }
      // An added token that is not special is text of its own.
      if (const std::string text = join(pieces); !text.empty()) append(text);
      pieces.clear();
      append(added->content);
    }
    if (!pieces.empty()) append(join(pieces));
    if (config_.clean_up_tokenization_spaces) clean_up(out);
    return out;
  }

  std::string_view source_token(std::int32_t id) const override { return source_.token(id); }
  std::string_view target_token(std::int32_t id) const override { return target_.token(id); }
  std::int32_t source_id(std::string_view token) const override { return source_.find(token); }
  std::int32_t target_id(std::string_view token) const override { return target_.find(token); }
  std::size_t source_vocab() const override { return source_.size; }
  std::size_t target_vocab() const override { return target_.size; }

  std::string describe() const override {
    const std::string source = source_.pieces->describe();
    const std::string target = target_.pieces->describe();
    return "SentencePiece " + source + (source == target ? "" : " (target: " + target + ")");
  }

 private:
  Encoding encode(const Side& side, std::string_view text, Detail detail, Specials specials) const {
    Encoding encoding;
    if (config_.split_special_tokens) {
      encode_text(side, text, 0, detail, specials, encoding);
    } else {
      const AddedTokens& added = specials == Specials::as_tokens ? side.added : side.words;
      for (const AddedTokens::Part& part : added.split(text)) {
        if (part.token != nullptr) {
          add(side, part.token->id, part.begin, part.end, detail, encoding);
        } else {
          encode_text(side, text.substr(part.begin, part.end - part.begin), part.begin, detail,
                      specials, encoding);
        }
      }
    }
    add(side, side.eos_id, text.size(), text.size(), detail, encoding);
    return encoding;
  }

  static void add(const Side& side, std::int32_t id, std::size_t begin, std::size_t end,
                  Detail detail, Encoding& encoding) {
    encoding.ids.push_back(id);
    if (detail == Detail::ids_only) return;
    encoding.tokens.emplace_back(side.token(id));
    encoding.offsets.emplace_back(begin, end);
  }

  // Bytes of the language code in front of `text`, 0: none. To transformers whatever stands
  // between these quotation marks is a code, and one without a name the unknown token; as text it
  // is one only where the vocabulary has it, so that `>>Stop<< he said.` keeps its word.
  static std::size_t language_code(const Side& side, std::string_view text, Specials specials) {
    if (!text.starts_with(">>")) return 0;
    const std::size_t end = text.find("<<");
    if (end == std::string_view::npos) return 0;
    const bool counts = specials == Specials::as_tokens || side.find(text.substr(0, end + 2)) >= 0;
    return counts ? end + 2 : 0;
  }

  // A stretch between added tokens, `begin` bytes into the text: a language code, then pieces.
  static void encode_text(const Side& side, std::string_view text, std::size_t begin, Detail detail,
                          Specials specials, Encoding& encoding) {
    if (const std::size_t code = language_code(side, text, specials); code > 0) {
      add(side, side.id_or_unk(text.substr(0, code)), begin, begin + code, detail, encoding);
      if (begin == 0) encoding.language_code = code;
      text.remove_prefix(code);
      begin += code;
    }
    const bool all = detail == Detail::all;
    const SpmEncoding pieces = side.pieces->encode(text, all);
    for (std::size_t i = 0; i < pieces.ids.size(); ++i) {
      const std::int32_t piece = pieces.ids[i];
      // What the SentencePiece model does not know may have a name in the vocabulary all the same.
      std::int32_t id = piece == side.pieces->unk_id()
                            ? side.id_or_unk(side.pieces->piece(pieces, i))
                            : side.ids_of_pieces[static_cast<std::size_t>(piece)];
      // A piece or a name may be spelt like a special token without being written as one.
      if (specials == Specials::as_text && side.is_reserved(id)) id = side.unk_id;
      const auto [from, to] = all ? pieces.offsets[i] : std::pair<std::size_t, std::size_t>{};
      add(side, id, begin + from, begin + to, detail, encoding);
    }
  }

  // Special, or without a name, which transformers decodes as the unknown token.
  bool is_special(std::int32_t id) const {
    if (std::find(special_ids_.begin(), special_ids_.end(), id) != special_ids_.end()) return true;
    return target_.token(id).empty();
  }

  std::string join(const std::vector<std::string_view>& pieces) const {
    std::string text = target_.pieces->decode(pieces);
    // Pieces that target.spm does not know keep their space symbols.
    replace_all(text, kSpaceSymbol, " ");
    return std::string(strip(text));
  }

  Side source_;
  Side target_;
  TokenizerConfig config_;
  std::vector<std::int32_t> special_ids_;  // of the target
};

}  // namespace

Result<std::shared_ptr<const Tokenizer>> open_marian_tokenizer(const Listing& listing) {
  if (!listing.has("source.spm") && listing.has("tokenizer.json")) {
    return Status(Code::kUnsupported,
                  listing.path().string() +
                      ": there is a tokenizer.json but no source.spm, which Marian models need");
  }
  TokenizerConfig config;
  config.unk_token = "<unk>";
  config.eos_token = "</s>";
  config.pad_token = "<pad>";
  TRANSEPT_RETURN_IF_ERROR(read_tokenizer_config(listing, config));

  TRANSEPT_ASSIGN_OR_RETURN(auto pieces,
                            open_pieces(listing.at("source.spm"), listing.at("target.spm")));
  const auto source_path = listing.at("vocab.json");
  TRANSEPT_ASSIGN_OR_RETURN(auto vocabulary, Vocabulary::read(source_path));
  auto source_vocabulary = std::make_shared<const Vocabulary>(std::move(vocabulary));
  auto target_vocabulary = source_vocabulary;
  auto target_path = source_path;
  if (config.separate_vocabs) {
    target_path = listing.at("target_vocab.json");
    TRANSEPT_ASSIGN_OR_RETURN(auto second, Vocabulary::read(target_path));
    target_vocabulary = std::make_shared<const Vocabulary>(std::move(second));
  }

  TRANSEPT_ASSIGN_OR_RETURN(Side source,
                            build_side(pieces.first, source_vocabulary, config, source_path));
  TRANSEPT_ASSIGN_OR_RETURN(Side target,
                            build_side(pieces.second, target_vocabulary, config, target_path));
  return std::shared_ptr<const Tokenizer>(
      std::make_shared<MarianTokenizer>(std::move(source), std::move(target), std::move(config)));
}

}  // namespace transept
