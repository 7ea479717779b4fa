#include "transept/scorer.h"

#include <array>

#include "tools/scorer/bleu.h"
#include "tools/scorer/chrf.h"
#include "tools/scorer/mecab.h"
#include "tools/scorer/ter.h"
#include "tools/scorer/text.h"
#include "tools/scorer/tokenizers.h"

namespace transept::score {
namespace {

std::string unchanged(std::string_view line) { return std::string(line); }

struct Tokenizer {
  std::string_view name;
  std::string (*tokenize)(std::string_view line);
};

constexpr std::array<Tokenizer, 5> kTokenizers = {{{"13a", tokenize_13a},
                                                   {"intl", tokenize_intl},
                                                   {"zh", tokenize_zh},
                                                   {"char", tokenize_char},
                                                   {"none", unchanged}}};
constexpr std::array<std::string_view, 7> kNames = {"13a",  "intl",     "zh",      "char",
                                                    "none", "ja-mecab", "ko-mecab"};

Status check_text(std::string_view what, std::size_t segment, std::string_view text) {
  const std::size_t position = find_invalid_utf8(text);
  if (position == std::string_view::npos) return {};
  return Status(Code::kInput, std::string(what) + " " + std::to_string(segment + 1) +
                                  " is not UTF-8 at byte " + std::to_string(position + 1));
}

}  // namespace

std::vector<double> Statistics::total() const {
  std::vector<double> sum(width, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) sum[i % width] += values[i];
  return sum;
}

std::span<const std::string_view> tokenizer_names() { return kNames; }

Result<std::unique_ptr<const Metric>> make_bleu(const BleuOptions& options) {
  if (options.max_order == 0) {
    return Status(Code::kInvalidArgument, "the longest n-gram of BLEU must be at least 1");
  }
  BleuOptions complete = options;
  std::string signature = options.tokenizer;
  if (!complete.segmenter && is_mecab_tokenizer(options.tokenizer)) {
    Result<MecabTokenizer> mecab = load_mecab(options.tokenizer);
    if (!mecab.ok()) return mecab.status();
    complete.segmenter = std::move(mecab->segmenter);
    signature = std::move(mecab->signature);
  }
  if (!complete.segmenter) {
    for (const Tokenizer& tokenizer : kTokenizers) {
      if (tokenizer.name == options.tokenizer) complete.segmenter = tokenizer.tokenize;
    }
  }
  if (!complete.segmenter) {
    return Status(Code::kInvalidArgument, "unknown tokenizer \"" + options.tokenizer + "\"");
  }
  return std::unique_ptr<const Metric>(
      std::make_unique<Bleu>(std::move(complete), std::move(signature)));
}

Result<std::unique_ptr<const Metric>> make_chrf(const ChrfOptions& options) {
  if (options.char_order == 0 && options.word_order == 0) {
    return Status(Code::kInvalidArgument, "chrF needs n-grams of characters or of words");
  }
  return std::unique_ptr<const Metric>(std::make_unique<Chrf>(options));
}

std::unique_ptr<const Metric> make_ter(const TerOptions& options) {
  return std::make_unique<Ter>(options);
}

Result<Statistics> statistics(const Metric& metric, std::span<const std::string> hypotheses,
                              std::span<const std::vector<std::string>> references) {
  if (hypotheses.size() != references.size()) {
    return Status(Code::kInput, std::to_string(hypotheses.size()) +
                                    " hypotheses but references of " +
                                    std::to_string(references.size()) + " segments");
  }
  if (hypotheses.empty()) return Status(Code::kInput, "there are no segments to score");
  Statistics out;
  out.width = metric.width();
  out.references = references.front().size();
  for (std::size_t i = 0; i < hypotheses.size(); ++i) {
    if (references[i].empty()) {
      return Status(Code::kInput, "segment " + std::to_string(i + 1) + " has no reference");
    }
    if (out.references != references[i].size()) out.references.reset();
    if (Status status = check_text("hypothesis", i, hypotheses[i]); !status.ok()) return status;
    for (const std::string& reference : references[i]) {
      if (Status status = check_text("reference", i, reference); !status.ok()) return status;
    }
  }
  out.values.resize(hypotheses.size() * out.width);
  metric.count(hypotheses, references, out.values.data());
  return out;
}

Fields signature(const Metric& metric, const SignatureContext& context) {
  Fields fields;
  fields.emplace_back(
      "nrefs", context.references ? std::to_string(*context.references) : std::string("var"));
  if (context.bootstrap) fields.emplace_back("bs", std::to_string(*context.bootstrap));
  if (context.randomization) fields.emplace_back("ar", std::to_string(*context.randomization));
  if (!context.seed.empty()) fields.emplace_back("seed", context.seed);
  for (auto& field : metric.properties()) fields.push_back(std::move(field));
  fields.emplace_back("version", context.version);
  return fields;
}

std::string format_signature(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '|';
    out += name + ":" + value;
  }
  return out;
}

std::string format_short_signature(const Fields& fields, const Metric& metric) {
  Fields names = {{"nrefs", "#"}, {"bs", "bs"}, {"ar", "ar"}, {"seed", "rs"}, {"version", "v"}};
  for (auto& name : metric.short_names()) names.push_back(std::move(name));
  Fields renamed = fields;
  for (auto& field : renamed) {
    for (const auto& [name, abbreviation] : names) {
      if (field.first == name) {
        field.first = abbreviation;
        break;
      }
    }
  }
  return format_signature(renamed);
}

}  // namespace transept::score
