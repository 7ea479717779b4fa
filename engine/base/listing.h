// Listing: what a directory of a model holds, read once, so that all who ask get one answer and no
// name is looked up in the file system.
//
// Links count as what they lead to. Not thread-safe: a folder in it is listed when first asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "transept/status.h"

namespace transept {

class Listing {
 public:
  enum class Kind : std::uint8_t { file, directory, other, broken_link };
  struct Entry {
    std::string name;
    Kind kind = Kind::file;
  };
  // More than any directory that a model lies in; what bounds the memory of a listing.
  static constexpr std::size_t kMostEntries = 1'000'000;

  // Errors: kNotFound (no such directory; it is a file, and which; it may not be read), kUnsupported
  // (too many entries), kOutOfMemory. Throws std::bad_alloc.
  static Result<Listing> read(const std::filesystem::path& directory);

  const std::filesystem::path& path() const { return path_; }
  // In the order of their names' bytes.
  const std::vector<Entry>& entries() const { return entries_; }
  // Whether there is anything of this name; a link that leads nowhere is nothing.
  bool has(std::string_view name) const;
  // The path of this name, there or not.
  std::filesystem::path at(std::string_view name) const { return path_ / name; }
  // What the directory of this name holds: nothing where there is none, or none that can be read.
  const Listing& folder(std::string_view name) const;

 private:
  explicit Listing(std::filesystem::path path) : path_(std::move(path)) {}
  const Entry* find(std::string_view name) const;

  std::filesystem::path path_;
  std::vector<Entry> entries_;
  // by name, those that were asked for
  mutable std::map<std::string, std::unique_ptr<const Listing>, std::less<>> folders_;
};

}  // namespace transept
