#include "tools/messages.h"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "transept/log.h"

namespace transept::tools {
namespace {

std::mutex& terminal() {
  static std::mutex mutex;
  return mutex;
}

bool status_shown = false;  // guarded by terminal()

void write_stderr(std::string_view bytes) {
  // Nobody can be told that stderr is gone.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, bytes.data(), bytes.size());
}

void clear_status() {
  if (status_shown) write_stderr("\r\x1b[K");
  status_shown = false;
}

// Errors have no level in front: "transept: cannot read x".
constexpr const char* kPlain = "transept: %v";
constexpr const char* kWithLevel = "transept: %^%l%$: %v";

std::shared_ptr<spdlog::logger> make_logger() {
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>();
  sink->set_level(spdlog::level::warn);
  return std::make_shared<spdlog::logger>("transept", std::move(sink));
}

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance = make_logger();
  return instance;
}

void say(spdlog::level::level_enum level, std::string_view message) {
  const std::lock_guard lock(terminal());
  clear_status();
  logger()->sinks().front()->set_pattern(level >= spdlog::level::err ? kPlain : kWithLevel);
  logger()->log(level, "{}", message);
  logger()->flush();
}

void from_library(LogLevel level, std::string_view message) {
  switch (level) {
    case LogLevel::kDebug: return say(spdlog::level::debug, message);
    case LogLevel::kInfo: return say(spdlog::level::info, message);
    case LogLevel::kWarning: return say(spdlog::level::warn, message);
  }
}

}  // namespace

Status start_messages(const MessageOptions& options) {
  auto level = options.verbose >= 2   ? spdlog::level::debug
               : options.verbose == 1 ? spdlog::level::info
                                      : spdlog::level::warn;
  if (options.quiet) level = spdlog::level::err;
  logger()->sinks().front()->set_level(level);
  if (!options.log_file.empty()) {
    try {
      auto file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.log_file);
      file->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
      logger()->sinks().push_back(std::move(file));
      level = spdlog::level::debug;
    } catch (const std::exception&) {
      return Status(Code::kOutput, "cannot write the log file " + options.log_file);
    }
  }
  logger()->set_level(level);
  set_log_sink(from_library);
  return Status();
}

void error(std::string_view message) { say(spdlog::level::err, message); }
void warn(std::string_view message) { say(spdlog::level::warn, message); }
void info(std::string_view message) { say(spdlog::level::info, message); }

int report(const Failure& failure) {
  if (!failure.message.empty()) error(failure.message);
  return failure.code;
}

void show_status(std::string_view line) {
  const std::lock_guard lock(terminal());
  clear_status();
  if (line.empty()) return;
  write_stderr(line);
  status_shown = true;
}

}  // namespace transept::tools
