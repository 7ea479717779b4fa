#include "tools/bleu/evaluate.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <utility>

#include "tools/base/lines.h"
#include "tools/base/printable.h"
#include "tools/base/try.h"
#include "tools/bleu/segmenter.h"
#include "tools/scorer/text.h"
#include "transept/version.h"

namespace transept::tools {
namespace {

using score::Metric;
using MetricPointer = std::unique_ptr<const Metric>;

Status usage(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

struct Streams {
  std::vector<std::string> names;                    // of the systems
  std::vector<std::vector<std::string>> systems;     // [system][line]
  std::vector<std::vector<std::string>> references;  // [reference][line]
};

void warn_of_marks(const std::vector<std::string>& lines, const std::string& name,
                   const BleuSurroundings& surroundings) {
  const std::string warning = warning_of_marks(lines, name);
  if (!warning.empty() && surroundings.warn) surroundings.warn(warning);
}

Status read_references(const BleuArguments& arguments, const BleuSurroundings& surroundings,
                       Streams& streams) {
  for (const std::string& path : arguments.references) {
    Result<std::vector<std::string>> lines = read_lines(path);
    if (!lines.ok()) return lines.status();
    warn_of_marks(*lines, path, surroundings);
    if (arguments.reference_columns == 1) {
      streams.references.push_back(*std::move(lines));
      continue;
    }
    streams.references.resize(arguments.reference_columns);
    for (std::size_t i = 0; i < lines->size(); ++i) {
      // What follows the last expected tab is the last reference, tabs included.
      std::vector<std::string> fields = split_tabs((*lines)[i]);
      if (fields.size() < arguments.reference_columns) {
        return usage(path + ", line " + std::to_string(i + 1) + ": expected " +
                     std::to_string(arguments.reference_columns) + " references, but found " +
                     std::to_string(fields.size()));
      }
      for (std::size_t extra = arguments.reference_columns; extra < fields.size(); ++extra) {
        fields[arguments.reference_columns - 1] += "\t" + fields[extra];
      }
      for (std::size_t r = 0; r < arguments.reference_columns; ++r) {
        streams.references[r].push_back(std::move(fields[r]));
      }
    }
  }
  return {};
}

// Tab-separated systems; their number is that of the first line.
Status read_standard_input(const BleuSurroundings& surroundings, Streams& streams) {
  const Result<std::vector<std::string>> lines = read_lines(*surroundings.input, "standard input");
  if (!lines.ok()) return lines.status();
  warn_of_marks(*lines, "standard input", surroundings);
  streams.systems.resize(lines->empty() ? 1 : split_tabs(lines->front()).size());
  for (std::size_t i = 0; i < lines->size(); ++i) {
    const std::vector<std::string> fields = split_tabs((*lines)[i]);
    if (fields.size() != streams.systems.size()) {
      return usage("standard input, line " + std::to_string(i + 1) + ": expected " +
                   std::to_string(streams.systems.size()) + " systems, but found " +
                   std::to_string(fields.size()));
    }
    for (std::size_t s = 0; s < fields.size(); ++s) {
      streams.systems[s].emplace_back(i == 0 ? std::string_view(fields[s])
                                             : score::strip_right(fields[s]));
    }
  }
  for (std::size_t s = 0; s < streams.systems.size(); ++s) {
    streams.names.push_back("System " + std::to_string(s + 1));
  }
  return {};
}

Status read_systems(const BleuArguments& arguments, bool paired,
                    const BleuSurroundings& surroundings, Streams& streams) {
  if (arguments.systems.empty()) {
    Status status = read_standard_input(surroundings, streams);
    if (!status.ok()) return status;
    if (paired) {
      for (std::size_t s = streams.names.size(); s-- > 1;) streams.names[s] = streams.names[s - 1];
      streams.names.front() = "Baseline";
    }
    return {};
  }
  for (const std::string& path : arguments.systems) {
    const auto same = std::find(streams.names.begin(), streams.names.end(), path);
    if (same != streams.names.end()) {
      // The baseline may be named again among the systems compared with it.
      if (paired && same == streams.names.begin()) continue;
      return usage("system " + path + " is given twice");
    }
    Result<std::vector<std::string>> lines = read_lines(path);
    if (!lines.ok()) return lines.status();
    warn_of_marks(*lines, path, surroundings);
    streams.systems.push_back(*std::move(lines));
    streams.names.push_back(path);
  }
  if (paired) streams.names.front() = "Baseline: " + streams.names.front();
  return {};
}

Status check_lengths(const BleuArguments& arguments, const Streams& streams) {
  for (std::size_t s = 0; s < streams.systems.size(); ++s) {
    const std::size_t lines = streams.systems[s].size();
    const auto refer = [&](std::size_t r) {
      return arguments.reference_columns == 1 ? arguments.references[r] : arguments.references[0];
    };
    for (std::size_t r = 0; r < streams.references.size(); ++r) {
      if (streams.references[r].size() == lines) continue;
      return usage("system and reference have different numbers of lines: " + streams.names[s] +
                   " has " + std::to_string(lines) + ", " + refer(r) + " has " +
                   std::to_string(streams.references[r].size()));
    }
    if (lines == 0) return Status(Code::kInput, streams.names[s] + " is empty: nothing to score");
  }
  return {};
}

// References by segment instead of by file.
score::References by_segment(std::vector<std::vector<std::string>> streams) {
  score::References out(streams.front().size());
  for (auto& stream : streams) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i].push_back(std::move(stream[i]));
  }
  return out;
}

std::string target_language(const std::string& pair) {
  const std::size_t dash = pair.find('-');
  if (dash == std::string::npos) return "";
  return pair.substr(dash + 1, pair.find('-', dash + 1) - dash - 1);
}

Result<MetricPointer> make_bleu(const BleuArguments& arguments,
                                const BleuSurroundings& surroundings) {
  score::BleuOptions options = arguments.bleu;
  options.effective_order = arguments.sentence_level;
  options.smoothing = arguments.smoothing == "floor"   ? score::Smoothing::floor
                      : arguments.smoothing == "add-k" ? score::Smoothing::add_k
                      : arguments.smoothing == "none"  ? score::Smoothing::none
                                                       : score::Smoothing::exponential;
  if (!arguments.language_pair.empty() && arguments.language_pair.find('-') == std::string::npos) {
    return usage("--language-pair needs two languages, such as en-de");
  }
  const std::string language = target_language(arguments.language_pair);
  const std::string natural = language == "zh"   ? "zh"
                              : language == "ja" ? "ja-mecab"
                              : language == "ko" ? "ko-mecab"
                                                 : "13a";
  options.tokenizer = arguments.tokenizer.empty() ? natural : arguments.tokenizer;
  if (natural != "13a" && options.tokenizer != natural && surroundings.warn) {
    surroundings.warn("consider the tokenizer " + natural + " or flores200 for this language");
  }
  if (is_piece_tokenizer(options.tokenizer)) {
    Result<PieceTokenizer> pieces =
        load_piece_tokenizer(options.tokenizer, arguments.spm_model, surroundings.model_folder);
    if (!pieces.ok()) return pieces.status();
    options.segmenter = std::move(pieces->segmenter);
    options.tokenizer = std::move(pieces->signature);
  } else if (!arguments.spm_model.empty()) {
    return usage("--spm-model is for the tokenizers flores101, flores200, spBLEU-1K and spm");
  }
  return score::make_bleu(options);
}

Result<MetricPointer> make_metric(const std::string& name, const BleuArguments& arguments,
                                  const BleuSurroundings& surroundings) {
  if (name == "bleu") return make_bleu(arguments, surroundings);
  if (name == "chrf") return score::make_chrf(arguments.chrf);
  return score::make_ter(arguments.ter);
}

struct Seed {
  std::optional<std::uint64_t> value;  // none: another one each time
  std::string text;
};

Result<Seed> parse_seed(const std::string& text) {
  Seed seed;
  seed.text = score::lower(text);
  if (seed.text == "none") return seed;
  std::uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size()) {
    return usage("SACREBLEU_SEED must be a number below 2^64 or none");
  }
  seed.value = value;
  return seed;
}

std::uint64_t fresh_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

constexpr std::size_t kWarnedLines = 100;

void warn_of_tokenized_text(const std::vector<std::string>& lines,
                            const BleuSurroundings& surroundings) {
  const auto tokenized = static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [](const std::string& line) { return line.ends_with(" ."); }));
  if (tokenized < kWarnedLines || !surroundings.warn) return;
  surroundings.warn(std::to_string(tokenized) +
                    " lines end in a tokenized period: text should be detokenized before it is "
                    "scored (--force silences this)");
}

class Evaluation {
 public:
  Evaluation(const BleuArguments& arguments, const BleuSurroundings& surroundings)
      : arguments_(arguments), surroundings_(surroundings) {}

  Result<std::string> run() {
    TRANSEPT_RETURN_IF_ERROR(read());
    references_ = by_segment(std::move(streams_.references));
    const Result<Seed> seed = parse_seed(surroundings_.seed);
    if (!seed.ok()) return seed.status();
    seed_ = *seed;
    TRANSEPT_RETURN_IF_ERROR(make_metrics());
    if (arguments_.sentence_level) return sentences();
    return streams_.systems.size() == 1 ? single() : table();
  }

 private:
  // --detail is text in any case.
  bool json() const { return arguments_.format == "json" && !arguments_.detail; }
  bool paired() const { return arguments_.paired_bootstrap || arguments_.paired_randomization; }

  Status read() {
    Status status = check();
    if (status.ok()) status = read_references(arguments_, surroundings_, streams_);
    if (status.ok()) status = read_systems(arguments_, paired(), surroundings_, streams_);
    if (status.ok()) status = check_systems();
    if (status.ok()) status = check_lengths(arguments_, streams_);
    return status;
  }

  Status make_metrics() {
    std::vector<std::string> names;  // each once, in the order given
    for (const std::string& name : arguments_.metrics) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    // Paired tests keep the order of the command line, everything else sorts.
    if (!paired()) std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      Result<MetricPointer> metric = make_metric(name, arguments_, surroundings_);
      if (!metric.ok()) return metric.status();
      if (name == "bleu" && !arguments_.force && !arguments_.sentence_level) {
        for (const auto& system : streams_.systems) warn_of_tokenized_text(system, surroundings_);
      }
      metrics_.push_back(*std::move(metric));
    }
    return {};
  }

  Status check() const {
    if (arguments_.wants_test_set) {
      return usage("this program brings no test sets: give reference files instead of -t");
    }
    if (arguments_.paired_bootstrap && arguments_.paired_randomization) {
      return usage("--paired-bs and --paired-ar exclude each other");
    }
    if (arguments_.sentence_level && arguments_.metrics.size() > 1) {
      return usage("--sentence-level takes one metric");
    }
    if (arguments_.references.empty()) {
      return usage("reference files are needed, in front of -i");
    }
    if (arguments_.reference_columns != 1 && arguments_.references.size() > 1) {
      return usage("--num-refs takes one reference file");
    }
    return {};
  }

  Status check_systems() const {
    const std::size_t count = streams_.systems.size();
    if (arguments_.sentence_level && count > 1) return usage("--sentence-level takes one system");
    if (arguments_.sentence_level && (arguments_.confidence || paired())) {
      return usage("there are no statistical tests with --sentence-level");
    }
    if (paired() && count == 1) return usage("paired tests need several systems");
    if (count > 1 && arguments_.confidence) {
      return usage(
          "--confidence takes one system; for several there are --paired-bs and --paired-ar");
    }
    return {};
  }

  Result<score::Statistics> count_only(const Metric& metric) const {
    return score::statistics(metric, streams_.systems.front(), references_);
  }

  std::string text_of(const score::Fields& signature, const Metric& metric) const {
    return arguments_.short_signature ? score::format_short_signature(signature, metric)
                                      : score::format_signature(signature);
  }

  ScoreStyle style() const {
    return {arguments_.decimals, arguments_.score_only, surroundings_.colors};
  }

  score::SignatureContext context(const score::Statistics& statistics) const {
    score::SignatureContext context;
    context.references = statistics.references;
    context.version = "transept-" TRANSEPT_VERSION;
    return context;
  }

  Result<std::string> sentences() const {
    const Metric& metric = *metrics_.front();
    const Result<score::Statistics> statistics = count_only(metric);
    if (!statistics.ok()) return statistics.status();
    SingleScore one;
    one.name = metric.name();
    one.signature = score::signature(metric, context(*statistics));
    one.signature_text = text_of(one.signature, metric);
    ScoreStyle plain = style();
    plain.colors = Colors::off;
    std::string out;
    for (std::size_t i = 0; i < statistics->segments(); ++i) {
      one.score = metric.score(statistics->row(i));
      out += format_text(one, plain) + "\n";
    }
    return out;
  }

  Result<std::string> single() const {
    std::vector<SingleScore> scores;
    for (const MetricPointer& metric : metrics_) {
      const Result<score::Statistics> statistics = count_only(*metric);
      if (!statistics.ok()) return statistics.status();
      SingleScore one;
      one.name = metric->name();
      one.score = metric->score(statistics->total());
      score::SignatureContext about = context(*statistics);
      if (arguments_.confidence && arguments_.confidence_resamples > 1) {
        one.interval =
            score::confidence_interval(*metric, *statistics, arguments_.confidence_resamples,
                                       seed_.value ? *seed_.value : fresh_seed());
        about.bootstrap = arguments_.confidence_resamples;
        about.seed = seed_.text;
      }
      one.signature = score::signature(*metric, about);
      one.signature_text =
          json() ? score::format_signature(one.signature) : text_of(one.signature, *metric);
      scores.push_back(std::move(one));
    }
    if (json()) return format_json(scores, style());
    std::string out = format_texts(scores, style());
    // The parts of sacreBLEU's own test sets, which files do not have.
    if (arguments_.detail) {
      out += "No subset information found. Consider using --origlang argument.\n";
    }
    return out;
  }

  Result<std::string> table() const {
    SystemTable table;
    table.systems = streams_.names;
    if (paired()) {
      table.test = arguments_.paired_bootstrap ? PairedTest::bootstrap : PairedTest::randomization;
      table.trials = arguments_.paired_bootstrap ? arguments_.bootstrap_resamples
                                                 : arguments_.randomization_trials;
    }
    for (const MetricPointer& metric : metrics_) {
      Result<MetricScores> scores = score_systems(*metric, table);
      if (!scores.ok()) return scores.status();
      table.metrics.push_back(*std::move(scores));
    }
    if (json()) return format_table_json(table, arguments_.decimals);
    for (std::string& name : table.systems) name = printable(name);
    return format_table(table,
                        arguments_.format == "latex" ? TableFormat::latex : TableFormat::grid,
                        arguments_.decimals, surroundings_.colors);
  }

  // All systems under one metric, compared with the first where a test is asked for.
  Result<MetricScores> score_systems(const Metric& metric, const SystemTable& table) const {
    MetricScores out;
    out.name = metric.name();
    const auto counted = score::statistics(metric, streams_.systems, references_);
    if (!counted.ok()) return counted.status();
    const std::vector<score::Statistics>& statistics = *counted;
    for (const score::Statistics& one : statistics) {
      out.systems.push_back({metric.score(one.total()).value, {}, {}});
    }

    std::size_t trials = table.trials;
    if (trials == 0) trials = table.test == PairedTest::bootstrap ? 1000 : 10000;
    const score::Statistics& baseline = statistics.front();
    const std::span<const score::Statistics> others = std::span(statistics).subspan(1);
    // 0 is a seed for the baseline's interval but none for the tests.
    const bool fixed_seed = seed_.value && *seed_.value != 0;
    const std::uint64_t seed = fixed_seed ? *seed_.value : fresh_seed();
    std::vector<score::Comparison> comparisons;
    if (table.test == PairedTest::bootstrap) {
      auto tests = score::paired_bootstrap(metric, baseline, others, trials, seed);
      comparisons = std::move(tests.systems);
      out.systems.front().interval =
          seed_.value == 0 ? score::paired_interval(metric, baseline, trials, 0) : tests.baseline;
    } else if (table.test == PairedTest::randomization) {
      comparisons = score::approximate_randomization(metric, baseline, others, trials, seed);
    }
    for (std::size_t s = 0; s < comparisons.size(); ++s) {
      out.systems[s + 1].p_value = comparisons[s].p_value;
      out.systems[s + 1].interval = comparisons[s].interval;
    }

    score::SignatureContext about = context(baseline);
    if (paired()) about.seed = seed_.value ? std::to_string(*seed_.value) : seed_.text;
    if (table.test == PairedTest::bootstrap) about.bootstrap = trials;
    if (table.test == PairedTest::randomization) about.randomization = trials;
    out.signature_text = text_of(score::signature(metric, about), metric);
    return out;
  }

  const BleuArguments& arguments_;
  const BleuSurroundings& surroundings_;
  Streams streams_;
  score::References references_;
  std::vector<MetricPointer> metrics_;
  Seed seed_;
};

}  // namespace

Result<std::string> evaluate_bleu(const BleuArguments& arguments,
                                  const BleuSurroundings& surroundings) {
  return Evaluation(arguments, surroundings).run();
}

}  // namespace transept::tools
