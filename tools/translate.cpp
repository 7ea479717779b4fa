// transept translate: lines in, translated lines out.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/commands.h"
#include "tools/interrupt.h"
#include "tools/line_input.h"
#include "tools/messages.h"
#include "tools/model_path.h"
#include "tools/output.h"
#include "tools/progress.h"
#include "tools/result_format.h"
#include "tools/translate_flags.h"

namespace transept::tools {
namespace {

// Receives the lines in their order and writes them until one fails. Called from one thread at a
// time.
class ResultWriter {
 public:
  // `input_size`: bytes of the input for the progress bar, 0: not known; none: no bar. `stop` is
  // called when nothing more can be written.
  ResultWriter(Output& output, const FormatOptions& format, std::optional<std::uint64_t> input_size,
               std::function<void()> stop)
      : output_(output),
        format_(format),
        progress_(input_size.has_value()),
        input_size_(input_size.value_or(0)),
        stop_(std::move(stop)) {}

  // These lines will come; only their lengths matter. From any thread.
  void expect(const std::vector<std::string>& lines) {
    if (input_size_ == 0) return;
    const std::lock_guard lock(mutex_);
    for (const std::string& line : lines) expected_.push_back(line.size() + 1);
  }

  void write(const Result<Translation>& line) {
    if (failure_ || interrupted_) return;
    if (!line.ok()) {
      // Lines behind the first one that an interruption reached are not written: no holes.
      interrupted_ = line.status().code() == Code::kCancelled;
      if (!interrupted_)
        fail(run_failure(Status(line.status().code(), "line " + std::to_string(lines_ + 1) + ": " +
                                                          line.status().message())));
      return;
    }
    if (Status status = output_.write(format_result(format_, lines_, *line)); !status.ok()) {
      return fail(run_failure(status));
    }
    ++lines_;
    count(*line);
    progress_.update(lines_, tokens_, share_done());
  }

  // One line at the end for each thing a user should know of.
  void summarize() const {
    const auto tell = [](std::size_t lines, const std::string& what) {
      if (lines > 0) warn(std::to_string(lines) + (lines == 1 ? " line " : " lines ") + what);
    };
    tell(invalid_, "with invalid UTF-8: the bytes were replaced by U+FFFD");
    tell(truncated_, "cut to --truncate-input");
    tell(at_bound_, "translated up to the maximal length, perhaps not to the end");
    tell(repetitions_, "stopped in a repetition, perhaps not translated to the end");
  }

  const std::optional<Failure>& failure() const { return failure_; }
  std::size_t lines() const { return lines_; }

 private:
  void fail(Failure failure) {
    failure_ = std::move(failure);
    stop_();
  }

  // Part of the input's bytes that has been translated; 0: not known.
  double share_done() {
    const std::lock_guard lock(mutex_);
    if (expected_.empty()) return 0.0;
    done_bytes_ += expected_.front();
    expected_.pop_front();
    return std::min(1.0, static_cast<double>(done_bytes_) / static_cast<double>(input_size_));
  }

  void count(const Translation& line) {
    const auto has = [&](const char* flag) {
      return std::find(line.flags.begin(), line.flags.end(), flag) != line.flags.end() ? 1u : 0u;
    };
    invalid_ += has("invalid-utf8");
    truncated_ += has("truncated");
    at_bound_ += has("max-length");
    repetitions_ += has("repetition");
    for (const TranslatedSegment& segment : line.segments) {
      if (!segment.hypotheses.empty()) tokens_ += segment.hypotheses.front().ids.size();
    }
  }

  Output& output_;
  const FormatOptions format_;
  Progress progress_;
  const std::uint64_t input_size_;
  const std::function<void()> stop_;
  std::mutex mutex_;
  std::deque<std::size_t> expected_;  // bytes of the lines that are to come
  std::uint64_t done_bytes_ = 0;
  std::optional<Failure> failure_;
  bool interrupted_ = false;
  std::size_t lines_ = 0;
  std::size_t tokens_ = 0;
  std::size_t invalid_ = 0;
  std::size_t truncated_ = 0;
  std::size_t at_bound_ = 0;
  std::size_t repetitions_ = 0;
};

// One line in the form the stream takes it.
struct ParsedLine {
  std::string text;
  std::vector<std::string> tokens;
  std::vector<std::int32_t> ids;
};

Result<ParsedLine> parse(InputForm form, std::string line, const Translator& translator) {
  ParsedLine parsed;
  if (form == InputForm::text) parsed.text = std::move(line);
  if (form == InputForm::tokens) parsed.tokens = parse_tokens(line);
  if (form == InputForm::ids) {
    Result<std::vector<std::int32_t>> ids = parse_ids(line);
    if (!ids.ok()) return ids.status();
    if (Status status = translator.check_ids(*ids); !status.ok()) return status;
    parsed.ids = *std::move(ids);
  }
  return parsed;
}

Status push(InputForm form, const ParsedLine& line, Stream& stream) {
  if (form == InputForm::tokens) return stream.push_tokens(line.tokens);
  if (form == InputForm::ids) return stream.push_ids(line.ids);
  return stream.push(line.text);
}

// What a signal stops, from its own thread, whatever the main thread is about.
class Running {
 public:
  void set(Stream* stream, const Output* output) {
    const std::lock_guard lock(mutex_);
    stream_ = stream;
    output_ = output;
  }
  void cancel() {
    const std::lock_guard lock(mutex_);
    if (stream_ != nullptr) stream_->cancel();
  }
  void discard_output() {
    const std::lock_guard lock(mutex_);
    if (output_ != nullptr) output_->discard();
  }

 private:
  std::mutex mutex_;
  Stream* stream_ = nullptr;
  const Output* output_ = nullptr;
};

// Reads, checks and pushes lines until there are no more. What was read together is checked before
// any of it is translated, so that a short input with an error gives no output.
// Errors: kInput; kCancelled when the stream was.
Status feed(LineInput& input, InputForm form, const Translator& translator,
            const Interrupt& interrupt, ResultWriter& writer, Stream& stream) {
  std::size_t number = 0;
  std::vector<std::string> lines;
  std::vector<ParsedLine> parsed;
  while (true) {
    const Result<bool> more = input.read(interrupt.wake_fd(), lines);
    if (!more.ok()) return more.status();
    if (!*more) return Status();
    parsed.clear();
    writer.expect(lines);
    for (std::string& line : lines) {
      ++number;
      Result<ParsedLine> one = parse(form, std::move(line), translator);
      if (!one.ok())
        return Status(Code::kInput,
                      "line " + std::to_string(number) + ": " + one.status().message());
      parsed.push_back(*std::move(one));
    }
    for (const ParsedLine& line : parsed) {
      if (Status status = push(form, line, stream); !status.ok()) return status;
    }
  }
}

int end_interrupted(int signal, const ResultWriter& writer, Output& output) {
  const Result<std::string> partial = output.finish_partial();
  std::string message = "interrupted after " + std::to_string(writer.lines()) +
                        (writer.lines() == 1 ? " line" : " lines");
  if (partial.ok() && !partial->empty()) message += ", they are in " + *partial;
  return report({signal_exit(signal), message});
}

int translate(const TranslateFlags& flags, const MessageOptions& messages) {
  if (auto failure = check_flags(flags)) return report(*failure);

  Running running;
  Interrupt interrupt([&] { running.cancel(); }, [&] { running.discard_output(); });

  Result<LineInput> input =
      flags.texts.empty() ? LineInput::open(flags.input_file) : LineInput::of_texts(flags.texts);
  if (!input.ok()) return report(run_failure(input.status()));

  const Result<std::filesystem::path> model = find_model(flags.model);
  if (!model.ok()) return report(model_failure(model.status()));
  info("model " + model->string());
  const Result<Translator> translator = Translator::open(*model, open_options(flags));
  if (!translator.ok()) return report(model_failure(translator.status()));
  const Result<TranslateOptions> options = translate_options(flags, *translator);
  if (!options.ok()) return report(run_failure(options.status()));

  Result<Output> output = Output::open(flags.output_file);
  if (!output.ok()) return report(run_failure(output.status()));
  const bool show_progress = !messages.quiet && ::isatty(STDERR_FILENO) == 1 &&
                             (!flags.output_file.empty() || ::isatty(STDOUT_FILENO) == 0);
  ResultWriter writer(*output, format_options(flags),
                      show_progress ? input->size() : std::optional<std::uint64_t>(), [&] {
                        running.cancel();
                        interrupt.wake();
                      });
  Result<Stream> stream =
      translator->stream(*options, [&](const Result<Translation>& line) { writer.write(line); });
  if (!stream.ok()) return report(run_failure(stream.status()));

  running.set(&*stream, &*output);
  const Status fed = feed(*input, input_form(flags), *translator, interrupt, writer, *stream);
  const Status finished = stream->finish();
  running.set(nullptr, nullptr);

  if (interrupt.signal() != 0) return end_interrupted(interrupt.signal(), writer, *output);
  if (writer.failure()) return report_output(*output, *writer.failure());
  if (!fed.ok()) return report(run_failure(fed));
  if (!finished.ok()) return report(run_failure(finished));
  if (Status status = output->finish(); !status.ok())
    return report_output(*output, run_failure(status));
  writer.summarize();
  return kSuccess;
}

}  // namespace

Command add_translate(CLI::App& program) {
  Command command;
  command.app = program.add_subcommand("translate", "Translate lines of text");
  const auto flags = std::make_shared<TranslateFlags>();
  add_translate_flags(*command.app, *flags);
  command.rewrite = [flags, app = command.app](Arguments arguments) {
    flags->texts = take_texts(*app, arguments);
    return arguments;
  };
  command.common = add_common_flags(*command.app);
  command.app->footer(
      "Every long flag may also come from the environment (TRANSEPT_BEAM=4) or from --config.\n"
      "For example:\n"
      "  transept translate \"Where is the station?\"\n"
      "  transept translate -i en.txt -o de.txt --beam 4\n"
      "  echo \"Good morning!\" | transept translate --format jsonl");
  command.run = [flags, common = command.common] { return translate(*flags, common->messages); };
  return command;
}

}  // namespace transept::tools
