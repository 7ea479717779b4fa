#include "tools/cli/messages.h"

#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "tools/base/printable.h"
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
  auto made = std::make_shared<spdlog::logger>("transept", std::move(sink));
  // The logger calls it while it handles what was thrown: say() does that better.
  made->set_error_handler([](const std::string&) { throw; });
  return made;
}

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance = make_logger();
  return instance;
}

// What say() does where memory has run out: the bare line, as far as it is one.
void say_without_memory(std::string_view message) {
  write_stderr("transept: ");
  for (const char& c : message) {
    write_stderr(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? "?" : std::string_view(&c, 1));
  }
  write_stderr("\n");
}

void say(spdlog::level::level_enum level, std::string_view message) noexcept try {
  const std::lock_guard lock(terminal());
  clear_status();
  logger()->sinks().front()->set_pattern(level >= spdlog::level::err ? kPlain : kWithLevel);
  // What a message quotes may hold anything; each is one line all the same.
  logger()->log(level, "{}", printable(message));
  logger()->flush();
} catch (...) {
  if (level >= spdlog::level::warn) say_without_memory(message);
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
    const auto cannot_write = [&](const std::string& reason) {
      return Status(Code::kOutput, "cannot write the log file " + options.log_file + reason);
    };
    // The sink would make missing directories, and so hide a mistyped path.
    const std::filesystem::path folder = std::filesystem::absolute(options.log_file).parent_path();
    if (!std::filesystem::is_directory(folder)) {
      return cannot_write(std::string(": ") + std::strerror(ENOENT));
    }
    try {
      auto file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.log_file);
      file->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
      logger()->sinks().push_back(std::move(file));
      level = spdlog::level::debug;
    } catch (const std::exception&) {
      return cannot_write("");
    }
    // Called with the terminal's lock held, by the logger that failed: once is enough.
    logger()->set_error_handler(
        [path = options.log_file, told = false](const std::string&) mutable {
          try {
            throw;
          } catch (const std::bad_alloc&) {
            throw;
          } catch (...) {
            if (!std::exchange(told, true)) {
              write_stderr("transept: warning: cannot write the log file " + path + "\n");
            }
          }
        });
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
  write_stderr(printable(line));
  status_shown = true;
}

}  // namespace transept::tools
