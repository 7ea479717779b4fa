// Translator: a model directory opened for translation.
//
//   auto translator = transept::Translator::open("model/pretrained/en-de");
//   if (!translator.ok()) { std::cerr << translator.status().message() << '\n'; return 1; }
//   auto result = translator->translate("Where is the station?");
//   if (result.ok()) std::cout << result->text << '\n';
//
// Move-only. Const methods may be called from several threads at once; results do not depend on it,
// nor on what is translated together, nor on the number of threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "transept/export.h"
#include "transept/matrix.h"
#include "transept/options.h"
#include "transept/profile.h"
#include "transept/status.h"

namespace transept {

struct Hypothesis {
  std::string text;  // valid UTF-8, neither special tokens nor end token
  // generated: end token and forced tokens included, decoder start excluded
  std::vector<std::int32_t> ids;
  std::vector<std::string> tokens;  // parallel to ids
  std::vector<float> token_scores;  // log-probabilities after all processors, parallel to ids
  float sum = 0.0f;                 // of token_scores
  float score = 0.0f;               // final score of the rules: sum / n^length_penalty of n ids
  // Where asked for (TranslateOptions::Returns::attention), else empty: a row for each of ids, a
  // column for each of the source_ids beside it. attention.row(t)[s] is how much source token s
  // weighed in the step that chose ids[t]: cross-attention of the decoder's last layer, mean over its heads.
  // Weights are at least 0; a row's sum is 1 to within 1e-7 for each column and head.
  // transept/alignment.h makes pairs of it.
  Matrix attention = {};
};

// One segment of a split line: what the model saw at once.
struct TranslatedSegment {
  std::vector<std::int32_t> source_ids;
  std::vector<std::string> source_tokens;  // parallel to source_ids
  std::vector<Hypothesis> hypotheses;      // best first
};

// One line, or a text of several. Its fields mean the same whether it was split or not:
// what stands between its segments is kept in `text` and in the text of every hypothesis, white
// space at both ends of a line is not.
struct Translation {
  std::string text;                        // hypotheses.front().text
  std::vector<std::int32_t> source_ids;    // of all segments, one behind the other
  std::vector<std::string> source_tokens;  // parallel to source_ids
  // Best first. Those of a split line combine hypotheses of its segments: `ids` and what is
  // parallel to them one behind the other, each segment's end token included, in attention 0 for
  // the tokens of other segments. The first combines the best of each; behind it come those of the
  // largest sums of scores, ordered by score, no text twice unless
  // TranslateOptions::Returns::n_best_repeats. A line that holds nothing the model's vocabulary
  // knows of (only blanks) has one empty hypothesis and no source.
  std::vector<Hypothesis> hypotheses;
  std::vector<TranslatedSegment> segments;  // of a line that was split, else empty
  // "split": in several segments. "invalid-utf8": bytes were replaced by U+FFFD. "truncated": input
  // was cut as asked. "max-length": a segment of `text` reached the bound on its length, and its end
  // token did not come, or was forced there in place of another. "repetition": a best hypothesis was stopped by the loop guard
  // (TranslateOptions::Search::loop_guard).
  // "unknown_source": a segment holds nothing that the vocabulary knows, punctuation and symbols
  // aside; TranslateOptions::Text::copy_unknown decides whether its text is given back or invented.
  // "unknown-language": the text's own code (>>xx<<) is not the model's and was read as unknown.
  std::vector<std::string> flags;
  std::size_t tokens = 0;  // generated for `text`: the number of ids of the best hypothesis
};

// One translation, with options of its own: what Translator::submit() takes.
struct Request {
  // A text; pieces of the source vocabulary, as Stream::push_tokens takes them; or ids, a complete
  // encoder input.
  std::variant<std::string, std::vector<std::string>, std::vector<std::int32_t>> input;
  TranslateOptions options = {};
  // When it has passed, the request ends as if it were cancelled. Default: never.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};

// A request on its way. Copies stand for the same one, and may outlive it and its translator; when
// they go, nothing happens to it. Thread-safe.
class TRANSEPT_API Pending {
 public:
  Pending() = default;  // no request

  // The request ends with kCancelled, within a step of the decoder, unless it ended before. Its
  // `done` is not called from here.
  void cancel() const noexcept;

 private:
  friend class Requests;
  struct State;
  explicit Pending(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

// Many lines through one translator, results in the order of lines, memory bounded: push() waits
// while too much is in flight. A line is translated as soon as it is pushed; nothing waits for a
// full batch.
//
//   auto stream = translator->stream(
//       options, [](auto result) { std::cout << result->text << '\n'; });
//   while (std::getline(std::cin, line)) if (!stream->push(line).ok()) break;
//   stream->finish();
//
// Move-only; may outlive its translator. One thread pushes and finishes; cancel() may be called
// from any thread.
class TRANSEPT_API Stream {
 public:
  // Called once for each line, in the order of lines, one call at a time, from threads of the
  // library or of the caller. While it does not return, other work goes on up to the bound. It must
  // not call back into the stream, except cancel(). Should it throw, it is not called again: the
  // stream is cancelled, and push() and finish() return what was thrown.
  using Deliver = std::function<void(Result<Translation>)>;

  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();  // cancels what is not delivered and waits for it

  // As Translator::translate; a long text is read while it is translated, until push() returns.
  // Errors: kCancelled after cancel(), kOutOfMemory; the line is not on its way then. What is wrong
  // with the line itself, memory for its translation included, is delivered in its place.
  Status push(std::string_view text);
  // Pieces of the source vocabulary; special tokens are added as for text, unknown pieces become
  // the unknown token.
  Status push_tokens(std::span<const std::string> tokens);
  // A complete encoder input: nothing is added.
  Status push_ids(std::span<const std::int32_t> ids);
  // Returns when every line pushed so far has been delivered. Errors: kCancelled.
  Status finish();
  // Lines that are not done are delivered as kCancelled, within a step of the decoder; push() and
  // finish() return. Lines already done are still delivered, in order.
  void cancel();

 private:
  friend class Translator;
  struct Impl;
  explicit Stream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class TRANSEPT_API Translator {
 public:
  // Takes what became of a request.
  using Done = std::function<void(Result<Translation>)>;

  // Errors: kNotFound, kCorrupt, kUnsupported, kInvalidArgument; the message names file and reason.
  // kOutOfMemory, here and in all that follows: the translator can be used again once there is some.
  static Result<Translator> open(const std::filesystem::path& model,
                                 const OpenOptions& options = {});
  Translator(Translator&&) noexcept;
  Translator& operator=(Translator&&) noexcept;
  // Requests on their way are cancelled; returns when each `done` has returned. Not from inside one.
  ~Translator();

  // A text of several lines keeps its line ends, "\n" or "\r\n": each line is translated as if it
  // were alone (but Split::none takes the whole text as one segment, in which line ends are
  // blanks). Invalid UTF-8 is replaced by U+FFFD. Errors, here and below: kInvalidArgument for
  // options that are wrong or contradict each other or the model, kInput for input that cannot be
  // used, kNotFound for text when the model directory has no tokenizer: such a model takes ids, and
  // gives ids as its text.
  Result<Translation> translate(std::string_view text, const TranslateOptions& options = {}) const;
  // Results in the order of texts. The first error ends the call.
  Result<std::vector<Translation>> translate(std::span<const std::string> texts,
                                             const TranslateOptions& options = {}) const;
  // Complete encoder inputs: nothing is added. Errors: kInput for an id outside the vocabulary.
  Result<std::vector<Translation>> translate_ids(std::span<const std::vector<std::int32_t>> inputs,
                                                 const TranslateOptions& options = {}) const;
  // Puts a request on its way and returns: any number may be there, of any options, and whatever
  // they are, results are those of translate().
  //
  //   translator->submit({"Where is the station?", options}, [&](auto result) {
  //     client.answer(result.ok() ? result->text : result.status().message());
  //   });
  //
  // `done` is called exactly once, with the translation or an error as above; kCancelled when the
  // request was cancelled or its deadline passed. It is called from a thread of the library, or one
  // that is inside a call of this translator: inside submit(), where a request ends before it
  // returns (it is wrong, late or blank, memory runs out, the system gives no threads, or the model
  // is done already); inside translate(), whose thread works for all. So who calls this translator
  // must hold no lock that a `done` takes. Several may be called at once, never one inside
  // another on the same thread, but where memory is exhausted: what ends inside a `done` is told
  // when it has returned.
  // While `done` does not return, a thread does not translate. It may submit and cancel, but must
  // not wait for this translator, as translate() and Stream do. Should it throw, what was thrown is
  // logged as a warning and goes no further; an empty one counts as throwing.
  //
  // submit() does not wait for the model or for other requests, but it looks through its text and
  // prepares the beginning: some tenth of a second for each megabyte of it.
  // Who must bound memory bounds the number of requests that have not ended.
  // Each holds its input and, until it ends, source and result; of a long text, no more segments
  // than two batches for each thread (OpenOptions::batch_tokens) are with the model at once, and the
  // threads of the library read the rest.
  Pending submit(Request request, Done done) const noexcept;
  // For input that does not fit memory, or comes bit by bit. Errors: kInvalidArgument, also for an
  // empty `deliver`.
  Result<Stream> stream(const TranslateOptions& options, Stream::Deliver deliver) const;

  // Errors: kInput for an id outside the source vocabulary.
  Status check_ids(std::span<const std::int32_t> ids) const;
  // Target ids of a text without end token, for bad words and the like.
  Result<std::vector<std::int32_t>> encode_target(std::string_view text) const;
  // The id of a target token; -1 when the vocabulary has no such token.
  std::int32_t target_id(std::string_view token) const;

  // Where time went since open(); all zero unless OpenOptions::profile was set.
  Profile profile() const;

 private:
  struct Impl;
  explicit Translator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace transept
