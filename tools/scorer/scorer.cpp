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

Status check_system(std::span<const std::string> hypotheses,
                    std::span<const std::vector<std::string>> references) {
  if (hypotheses.size() != references.size()) {
    return Status(Code::kInput, std::to_string(hypotheses.size()) +
                                    " hypotheses but references of " +
                                    std::to_string(references.size()) + " segments");
  }
  for (std::size_t i = 0; i < hypotheses.size(); ++i) {
    if (Status status = check_text("hypothesis", i, hypotheses[i]); !status.ok()) return status;
  }
  return {};
}

Status check_references(std::span<const std::vector<std::string>> references) {
  if (references.empty()) return Status(Code::kInput, "there are no segments to score");
  for (std::size_t i = 0; i < references.size(); ++i) {
    if (references[i].empty()) {
      return Status(Code::kInput, "segment " + std::to_string(i + 1) + " has no reference");
    }
    for (const std::string& reference : references[i]) {
      if (Status status = check_text("reference", i, reference); !status.ok()) return status;
    }
  }
  return {};
}

// References of each segment; nothing when their number varies.
std::optional<std::size_t> number_of_references(
    std::span<const std::vector<std::string>> references) {
  const std::size_t first = references.front().size();
  for (const auto& of_segment : references) {
    if (of_segment.size() != first) return std::nullopt;
  }
  return first;
}

Result<std::vector<Statistics>> count_all(const Metric& metric,
                                          std::span<const std::span<const std::string>> systems,
                                          std::span<const std::vector<std::string>> references) {
  for (const auto& hypotheses : systems) {
    if (Status status = check_system(hypotheses, references); !status.ok()) return status;
  }
  if (Status status = check_references(references); !status.ok()) return status;
  const std::size_t size = references.size() * metric.width();
  std::vector<double> values(systems.size() * size);
  metric.count(systems, references, values.data());

  std::vector<Statistics> out(systems.size());
  for (std::size_t s = 0; s < systems.size(); ++s) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(s * size);
    out[s].width = metric.width();
    out[s].references = number_of_references(references);
    out[s].values.assign(begin, begin + static_cast<std::ptrdiff_t>(size));
  }
  return out;
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
  Result<std::vector<Statistics>> all = count_all(metric, {&hypotheses, 1}, references);
  if (!all.ok()) return all.status();
  return std::move(all->front());
}

Result<std::vector<Statistics>> statistics(const Metric& metric,
                                           std::span<const std::vector<std::string>> systems,
                                           std::span<const std::vector<std::string>> references) {
  const std::vector<std::span<const std::string>> spans(systems.begin(), systems.end());
  return count_all(metric, spans, references);
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
