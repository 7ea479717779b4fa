// Status and Result<T>: how every layer reports bad data, options and requests.
//
// A Status is a code and one sentence: what was expected, what was found, where. The library throws
// no exception of its own: CONTRIBUTING.md, "Errors". Values, safe to copy and move.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace transept {

// Part of the ABI: append only.
enum class Code : int {
  kOk = 0,
  kInvalidArgument = 1,  // an option or request that is wrong or contradicts another
  kNotFound = 2,         // a file or directory that is not there or cannot be read
  kCorrupt = 3,          // a model, vocabulary or configuration file whose content is wrong
  kUnsupported = 4,      // well-formed, but something this version does not do
  kInput = 5,            // text or ids to translate that cannot be used
  kOutput = 6,           // a result that could not be written
  kCancelled = 7,
  kOutOfMemory = 8,  // memory ran out, or descriptors: nothing is wrong with what was asked
  kInternal = 9,
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  // One sentence without a final full stop; empty when ok.
  const std::string& message() const { return message_; }

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

// A value or the reason why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<1>, std::move(value)) {}  // NOLINT: implicit on purpose
  // An ok status is no reason: it becomes kInternal, so that status() never says ok without a value.
  Result(Status status)  // NOLINT: likewise
      : state_(std::in_place_index<0>,
               status.ok() ? Status(Code::kInternal, "an internal error: no value and no reason")
                           : std::move(status)) {}

  bool ok() const { return state_.index() == 1; }
  explicit operator bool() const { return ok(); }

  // REQUIRES: ok().
  T& value() & { return *std::get_if<1>(&state_); }
  const T& value() const& { return *std::get_if<1>(&state_); }
  T&& value() && { return std::move(*std::get_if<1>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Ok when there is a value.
  Status status() const { return ok() ? Status() : *std::get_if<0>(&state_); }

 private:
  std::variant<Status, T> state_;
};

}  // namespace transept
