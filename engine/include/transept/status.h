// Status and Result<T>: how every layer reports bad data, options and requests.
//
// A Status is a code and one sentence: what was expected, what was found, where. The library throws
// no exception of its own: CONTRIBUTING.md, "Errors". Values, safe to copy and move.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

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

// An option that a message speaks of, by its name in the structs: "n_best".
struct OptionName {
  std::string_view name;
};

class [[nodiscard]] Status {
 public:
  // A piece of a message: text, or the name of an option.
  struct Part {
    Part(const char* text_in) : text(text_in) {}         // NOLINT: implicit on purpose
    Part(const std::string& text_in) : text(text_in) {}  // NOLINT: likewise
    Part(std::string_view text_in) : text(text_in) {}    // NOLINT: likewise
    Part(OptionName option) : text(option.name), names_option(true) {}  // NOLINT: likewise

    std::string_view text;
    bool names_option = false;
  };

  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}
  // Of a sentence that speaks of options: sentence(code, {OptionName{"beam"}, " 0: at least 1"}).
  static Status sentence(Code code, std::initializer_list<Part> parts) {
    Status status(code, std::string());
    for (const Part& part : parts) {
      if (part.names_option) status.options_.push_back({status.message_.size(), part.text.size()});
      status.message_ += part.text;
    }
    return status;
  }

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  // One sentence without a final full stop; empty when ok. Options have the names of the structs.
  const std::string& message() const { return message_; }
  // The message with say(name) in the place of each option's name, for those who call options
  // otherwise: flags, keys of a file.
  template <class Say>
  std::string message_with(Say&& say) const {
    std::string said;
    std::size_t done = 0;
    for (const Mention& option : options_) {
      said.append(message_, done, option.begin - done);
      said += say(std::string_view(message_).substr(option.begin, option.size));
      done = option.begin + option.size;
    }
    return said.append(message_, done);
  }
  // The same of a part of the whole: "input 3: " and the message.
  Status within(std::string_view part) const {
    Status status = *this;
    status.message_.insert(0, std::string(part) + ": ");
    for (Mention& option : status.options_) option.begin += part.size() + 2;
    return status;
  }

 private:
  // Where the message names an option.
  struct Mention {
    std::size_t begin;
    std::size_t size;
  };

  Code code_ = Code::kOk;
  std::string message_;
  std::vector<Mention> options_;  // from left to right
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
