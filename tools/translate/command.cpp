// transept translate: lines in, translated lines out.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/base/line_input.h"
#include "tools/base/model_path.h"
#include "tools/base/try.h"
#include "tools/cli/commands.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/messages.h"
#include "tools/cli/output.h"
#include "tools/cli/progress.h"
#include "tools/cli/translate_flags.h"
#include "tools/translate/line_tally.h"
#include "tools/translate/result_format.h"

namespace transept::tools {
namespace {

// While input waits, lines reach a file no later than this, or the next line, after they are done.
constexpr std::chrono::milliseconds kFlushTime{500};

// Whether lines ended in "\r\n", for those who write them: from the thread that reads to the one that
// writes, in their order.
class LineEnds {
 public:
  void push(bool carriage_return) {
    const std::lock_guard lock(mutex_);
    ends_.push_back(carriage_return);
  }
  bool pop() {
    const std::lock_guard lock(mutex_);
    const bool carriage_return = ends_.front();
    ends_.pop_front();
    return carriage_return;
  }

 private:
  std::mutex mutex_;
  std::deque<bool> ends_;
};

// Receives the lines in their order and writes them until one fails. Lines come from one thread at a
// time; what else is called may come from another.
class ResultWriter {
 public:
  // `input_size`: bytes of the input for the progress bar, 0: not known; none: no bar. `stop` is
  // called when nothing more can be written. verbose: the summary names every line.
  ResultWriter(Output& output, const FormatOptions& format, std::optional<std::uint64_t> input_size,
               bool verbose, std::function<void()> stop)
      : output_(output),
        format_(format),
        tally_(verbose),
        progress_(input_size.has_value()),
        input_size_(input_size.value_or(0)),
        stop_(std::move(stop)) {}

  // These lines will come; only their lengths and ends matter, the ends of text.
  void expect(const std::vector<std::string>& lines, InputForm form) {
    for (const std::string& line : lines) {
      ends_.push(form == InputForm::text && line.ends_with('\r'));
    }
    idle_ = false;
    if (input_size_ == 0) return;
    const std::lock_guard lock(mutex_);
    for (const std::string& line : lines) expected_.push_back(line.size() + 1);
  }

  // No line waits to be read: those that are done go out, and until expect() each as it is done.
  void go_idle() {
    idle_ = true;
    if (!output_.is_buffered()) return;
    const std::lock_guard lock(mutex_);
    flush();
  }

  void write(const Result<Translation>& line) {
    const std::lock_guard lock(mutex_);
    if (failure_ || interrupted_) return;
    try {
      write_one(line);
    } catch (const std::bad_alloc&) {
      fail({kRunTime, "out of memory"});
    }
  }

  // One line at the end for each thing a user should know of.
  void summarize() const {
    for (const std::string& sentence : tally_.sentences()) warn(sentence);
  }

  // REQUIRES: no lines come any more.
  const std::optional<Failure>& failure() const { return failure_; }

 private:
  void write_one(const Result<Translation>& line) {
    if (!line.ok()) {
      // Lines behind the first one that an interruption reached are not written: no holes.
      interrupted_ = line.status().code() == Code::kCancelled;
      if (!interrupted_) {
        fail(run_failure(line.status().within("line " + std::to_string(lines_ + 1))));
      }
      return;
    }
    const bool carriage_return = ends_.pop();
    if (Status status = output_.write(format_result(format_, lines_, *line, carriage_return));
        !status.ok()) {
      return fail(run_failure(status));
    }
    ++lines_;
    if (idle_ || std::chrono::steady_clock::now() - flushed_ >= kFlushTime) flush();
    tally_.count(lines_, *line);
    tokens_ += line->tokens;
    progress_.update(lines_, tokens_, share_done());
  }

  void flush() {
    flushed_ = std::chrono::steady_clock::now();
    if (failure_) return;
    if (Status status = output_.flush(); !status.ok()) fail(run_failure(status));
  }

  void fail(Failure failure) {
    failure_ = std::move(failure);
    stop_();
  }

  // Part of the input's bytes that has been translated; 0: not known.
  double share_done() {
    if (expected_.empty()) return 0.0;
    done_bytes_ += expected_.front();
    expected_.pop_front();
    return std::min(1.0, static_cast<double>(done_bytes_) / static_cast<double>(input_size_));
  }

  Output& output_;
  const FormatOptions format_;
  LineEnds ends_;
  LineTally tally_;
  Progress progress_;
  const std::uint64_t input_size_;
  const std::function<void()> stop_;
  std::atomic<bool> idle_{false};
  std::mutex mutex_;  // guards what follows
  std::chrono::steady_clock::time_point flushed_ = std::chrono::steady_clock::now();
  std::deque<std::size_t> expected_;  // bytes of the lines that are to come
  std::uint64_t done_bytes_ = 0;
  std::optional<Failure> failure_;
  bool interrupted_ = false;
  std::size_t lines_ = 0;
  std::size_t tokens_ = 0;
};

// One line in the form the stream takes it.
struct ParsedLine {
  std::string text;
  std::vector<std::string> tokens;
  std::vector<std::int32_t> ids;
};

Result<ParsedLine> parse(InputForm form, std::string line, const Translator& translator) {
  ParsedLine parsed;
  if (form == InputForm::text) {
    parsed.text = std::move(line);
    // Of a line's end; LineEnds knows of it.
    if (parsed.text.ends_with('\r')) parsed.text.pop_back();
  }
  if (form == InputForm::tokens) parsed.tokens = parse_tokens(line);
  if (form == InputForm::ids) {
    Result<std::vector<std::int32_t>> ids = parse_ids(line);
    if (!ids.ok()) return ids.status();
    TRANSEPT_RETURN_IF_ERROR(translator.check_ids(*ids));
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
  void set(Stream* stream, Output* output) {
    const std::lock_guard lock(mutex_);
    stream_ = stream;
    output_ = output;
  }
  void cancel() {
    const std::lock_guard lock(mutex_);
    if (stream_ != nullptr) stream_->cancel();
  }
  void end_output() {
    const std::lock_guard lock(mutex_);
    if (output_ != nullptr) output_->keep_or_discard();
  }

 private:
  std::mutex mutex_;
  Stream* stream_ = nullptr;
  Output* output_ = nullptr;
};

// Pushes the lines, the first of which has this number, up to one with an error. Where nothing has
// been pushed before, all are checked first, so that a short input with an error gives no output.
// Errors: kInput; kCancelled when the stream was.
Status push_lines(std::vector<std::string>& lines, std::size_t first, InputForm form,
                  const Translator& translator, Stream& stream) {
  std::vector<ParsedLine> parsed;
  Status wrong;
  for (std::string& line : lines) {
    Result<ParsedLine> one = parse(form, std::move(line), translator);
    if (!one.ok()) {
      const std::string number = std::to_string(first + parsed.size());
      wrong = Status(Code::kInput, "line " + number + ": " + one.status().message());
      if (first == 1) return wrong;
      break;
    }
    parsed.push_back(*std::move(one));
  }
  for (const ParsedLine& line : parsed) {
    TRANSEPT_RETURN_IF_ERROR(push(form, line, stream));
  }
  return wrong;
}

// Reads and pushes lines until there are no more. Errors: as above.
Status feed(LineInput& input, InputForm form, const Translator& translator,
            const Interrupt& interrupt, ResultWriter& writer, Stream& stream) {
  std::size_t number = 1;
  std::vector<std::string> lines;
  while (true) {
    const Result<bool> more =
        input.read(interrupt.wake_fd(), lines, [&writer] { writer.go_idle(); });
    if (!more.ok()) return more.status();
    if (!*more) break;
    writer.expect(lines, form);
    TRANSEPT_RETURN_IF_ERROR(push_lines(lines, number, form, translator, stream));
    number += lines.size();
  }
  writer.go_idle();
  return Status();
}

// The same where memory runs out: lines under way are still to be finished and kept.
Status feed_until_full(LineInput& input, InputForm form, const Translator& translator,
                       const Interrupt& interrupt, ResultWriter& writer, Stream& stream) {
  try {
    return feed(input, form, translator, interrupt, writer, stream);
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, "out of memory");
  }
}

std::string count_of(std::size_t records, const char* adjective) {
  return std::to_string(records) + adjective + (records == 1 ? " line" : " lines");
}

int end_interrupted(int signal, Output& output) {
  const Kept kept = output.keep();
  std::string message = "interrupted after " + count_of(kept.records, "");
  if (!kept.problem.empty()) {
    message += ", which cannot be kept: " + kept.problem;
  } else if (!kept.file.empty()) {
    message += (kept.records == 1 ? ", it is in " : ", they are in ") + kept.file;
  }
  return report({signal_exit(signal), message});
}

// Says where the lines are that were done before.
int end_failed(Failure failure, Output& output) {
  const Kept kept = output.keep();
  const std::string lines = count_of(kept.records, " finished");
  if (!kept.problem.empty()) {
    failure.message += "; " + lines + " cannot be kept: " + kept.problem;
  } else if (!kept.file.empty()) {
    failure.message += "; " + lines + (kept.records == 1 ? " is in " : " are in ") + kept.file;
  } else if (failure.code == kBadOutput && kept.records > 0) {
    failure.message += "; " + lines + (kept.records == 1 ? " was" : " were") + " written before";
  }
  return report_output(output, failure);
}

// Lines that are added to the file they come from would never end.
Status check_distinct(const LineInput& input, const Output& output) {
  if (!input.file() || input.file() != output.grows()) return Status();
  return Status(Code::kOutput,
                "the output is added to the file that the input is read from; -o FILE replaces it "
                "when all lines are done");
}

int translate(const TranslateFlags& flags, const MessageOptions& messages) {
  if (auto failure = check_flags(flags)) return report(*failure);

  Running running;
  Interrupt interrupt([&] { running.cancel(); }, [&] { running.end_output(); });

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
  if (Status status = check_distinct(*input, *output); !status.ok()) {
    return report(run_failure(status));
  }
  const bool show_progress = !messages.quiet && ::isatty(STDERR_FILENO) == 1 &&
                             (!flags.output_file.empty() || ::isatty(STDOUT_FILENO) == 0);
  ResultWriter writer(*output, format_options(flags),
                      show_progress ? input->size() : std::optional<std::uint64_t>(),
                      messages.verbose > 0, [&] {
                        running.cancel();
                        interrupt.wake();
                      });
  Result<Stream> stream =
      translator->stream(*options, [&](const Result<Translation>& line) { writer.write(line); });
  if (!stream.ok()) return report(run_failure(stream.status()));

  running.set(&*stream, &*output);
  const Status fed = feed_until_full(*input, flags.input, *translator, interrupt, writer, *stream);
  const Status finished = stream->finish();
  running.set(nullptr, nullptr);

  if (interrupt.signal() != 0) return end_interrupted(interrupt.signal(), *output);
  if (writer.failure()) return end_failed(*writer.failure(), *output);
  if (!fed.ok()) return end_failed(run_failure(fed), *output);
  if (!finished.ok()) return end_failed(run_failure(finished), *output);
  if (Status status = output->finish(); !status.ok()) {
    return end_failed(run_failure(status), *output);
  }
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
