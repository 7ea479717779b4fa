// BLEU, chrF, chrF++ and TER with the arithmetic of sacreBLEU 2.6, and significance of differences.
//
//   auto bleu = transept::score::make_bleu({});
//   auto stats = transept::score::statistics(**bleu, hypotheses, references);
//   std::cout << (*bleu)->score(stats->total()).value << '\n';
//
// A metric turns each segment into a row of numbers; rows add up to the row of a corpus, and a row
// gives a score. So corpus scores, segment scores, confidence intervals and tests come from one
// Statistics. Text is UTF-8. Metrics are immutable: const methods may be called from several
// threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transept/status.h"

namespace transept::score {

// references[i] holds the references of segment i: at least one, an empty string counts as one.
using References = std::vector<std::vector<std::string>>;

// What a metric needs to know of each segment, row-major [segments, width].
struct Statistics {
  std::size_t width = 0;
  std::vector<double> values;
  std::optional<std::size_t> references;  // a segment's; none: their number varies

  std::size_t segments() const { return width == 0 ? 0 : values.size() / width; }
  std::span<const double> row(std::size_t segment) const {
    return {values.data() + segment * width, width};
  }
  // The sum of all rows, added in order.
  std::vector<double> total() const;
};

struct Score {
  double value = 0.0;  // 0 to 100; TER may be higher
  std::string detail;  // BLEU: precisions, brevity penalty and lengths in words; otherwise empty
};

// A score in the arithmetic of one bootstrap resample: NumPy keeps some of them in single
// precision.
struct ResampledScore {
  double value = 0.0;
  bool single = false;
};

// Name and value of one property, in the order of the signature.
using Fields = std::vector<std::pair<std::string, std::string>>;

class Metric {
 public:
  virtual ~Metric() = default;

  virtual std::string name() const = 0;    // "BLEU", "chrF2++", "TER"
  virtual std::size_t width() const = 0;   // of a row of statistics
  virtual Fields properties() const = 0;   // "case", "eff", "tok", ... of the signature
  virtual Fields short_names() const = 0;  // the same names and their abbreviations

  // One row for each segment of each system. out: [systems.size(), references.size(), width()],
  // overwritten.
  // REQUIRES: valid UTF-8, as many hypotheses of each system as reference lists, none of these
  // empty. Use statistics() instead.
  virtual void count(std::span<const std::span<const std::string>> systems,
                     std::span<const std::vector<std::string>> references, double* out) const = 0;

  // The score of one row or of a sum of rows. row: [width()].
  virtual Score score(std::span<const double> row) const = 0;
  // The same as computed from integers in an array, which cut fractional smoothing values off.
  virtual double score_integers(std::span<const double> row) const = 0;
  // The same as computed from an array of single precision. row: [width()].
  virtual ResampledScore score_resample(std::span<const float> row) const = 0;
};

// How n-gram precisions without any match are handled (Chen and Cherry 2014).
enum class Smoothing { none, floor, add_k, exponential };

// What splits text into words: returns the text with words separated by white space.
using Segmenter = std::function<std::string(std::string_view)>;

struct BleuOptions {
  std::string tokenizer =
      "13a";  // 13a, intl, zh, char, none, ja-mecab, ko-mecab; with segmenter: any name
  Segmenter segmenter = {};  // replaces the built-in tokenizers when set; must be thread-safe
  Smoothing smoothing = Smoothing::exponential;
  std::optional<double> smooth_value = {};  // of floor (default 0.1) and add_k (default 1)
  unsigned max_order = 4;                   // longest n-gram, at least 1
  bool effective_order = false;  // ignore orders longer than the segment: for segment scores
  bool lowercase = false;
};

struct ChrfOptions {
  unsigned char_order = 6;  // longest character n-gram
  unsigned word_order = 0;  // longest word n-gram; 2 is chrF++
  unsigned beta = 2;        // weight of recall
  bool lowercase = false;
  bool whitespace = false;     // white space counts as characters
  bool eps_smoothing = false;  // mean over all orders instead of over the orders that occur
};

struct TerOptions {
  bool normalized = false;     // split punctuation, decode XML escapes
  bool no_punct = false;       // remove punctuation
  bool asian_support = false;  // the two above for Chinese and Japanese too
  bool case_sensitive = false;
};

// Errors: kInvalidArgument for an unknown tokenizer or an order of 0; kUnsupported when the
// tokenizer needs a library or dictionary that is not installed (the message names it).
Result<std::unique_ptr<const Metric>> make_bleu(const BleuOptions& options);
Result<std::unique_ptr<const Metric>> make_chrf(const ChrfOptions& options);
std::unique_ptr<const Metric> make_ter(const TerOptions& options);

// The names make_bleu knows without a segmenter.
std::span<const std::string_view> tokenizer_names();
// The version of Unicode by which the tokenizer intl tells numbers, punctuation and symbols:
// "18.0.0", as in the release 2026.11.19 of the Python package regex that sacreBLEU asks.
std::string_view unicode_version();

// Checks the input and counts. Errors: kInput for numbers of lines that differ (both are named), no
// segments, a segment without references, invalid UTF-8 (segment and byte are named).
Result<Statistics> statistics(const Metric& metric, std::span<const std::string> hypotheses,
                              std::span<const std::vector<std::string>> references);
// The same of several systems, which is faster than one after the other. REQUIRES: systems not
// empty.
Result<std::vector<Statistics>> statistics(const Metric& metric,
                                           std::span<const std::vector<std::string>> systems,
                                           std::span<const std::vector<std::string>> references);

// The reproducibility signature: number of references, what `run` adds (bs, ar, seed), the metric's
// own properties, `version` last.
struct SignatureContext {
  std::optional<std::size_t> references = {};     // a segment's; none: their number varies
  std::optional<std::size_t> bootstrap = {};      // resamples
  std::optional<std::size_t> randomization = {};  // trials
  std::string seed = {};                          // empty: none was used
  std::string version = {};
};
Fields signature(const Metric& metric, const SignatureContext& context);
// "nrefs:1|case:mixed|...".
std::string format_signature(const Fields& fields);
std::string format_short_signature(const Fields& fields, const Metric& metric);

// The seed sacreBLEU uses unless told otherwise.
inline constexpr std::uint64_t kDefaultSeed = 12345;

struct Interval {
  double mean = 0.0;
  double half_width = 0.0;  // of the central 95%
  bool single = false;      // both are single-precision numbers
};

// Bootstrap resampling of segments (Koehn 2004) with NumPy's random numbers. REQUIRES: segments >
// 0.
Interval confidence_interval(const Metric& metric, const Statistics& statistics,
                             std::size_t resamples, std::uint64_t seed = kDefaultSeed);

// Difference of a system from a baseline. REQUIRES below: all have the same number of segments > 0.
struct Comparison {
  double p_value = 1.0;              // of a difference as large by chance
  std::optional<Interval> interval;  // of the system; only the bootstrap gives one
};
// Paired bootstrap resampling (Koehn 2004).
Comparison paired_bootstrap(const Metric& metric, const Statistics& baseline,
                            const Statistics& system, std::size_t resamples = 1000,
                            std::uint64_t seed = kDefaultSeed);
// Paired approximate randomization (Riezler and Maxwell 2005). One case is not reproducible in
// sacreBLEU itself: statistics that are not whole (TER with a mean over three references) it adds
// up with the matrix product of the machine's BLAS. Kernels differ there in the last bits, which
// decide where a trial swaps segments of equal scores: of one set of 1,000 segments sacreBLEU
// computes p = 0.027, 0.023 or 0.001 with OPENBLAS_CORETYPE Haswell, SkylakeX or Prescott. Here
// rows are added in order on every machine, as Haswell's kernel adds up to some hundred.
Comparison approximate_randomization(const Metric& metric, const Statistics& baseline,
                                     const Statistics& system, std::size_t trials = 10000,
                                     std::uint64_t seed = kDefaultSeed);

// The same for several systems: equal numbers, but what is random is drawn once.
struct PairedBootstrap {
  Interval baseline;
  std::vector<Comparison> systems;
};
PairedBootstrap paired_bootstrap(const Metric& metric, const Statistics& baseline,
                                 std::span<const Statistics> systems, std::size_t resamples = 1000,
                                 std::uint64_t seed = kDefaultSeed);
std::vector<Comparison> approximate_randomization(const Metric& metric, const Statistics& baseline,
                                                  std::span<const Statistics> systems,
                                                  std::size_t trials = 10000,
                                                  std::uint64_t seed = kDefaultSeed);
// The interval of a system as paired tests print it: its mean is added up in another order than
// that of confidence_interval().
Interval paired_interval(const Metric& metric, const Statistics& statistics, std::size_t resamples,
                         std::uint64_t seed = kDefaultSeed);

}  // namespace transept::score
