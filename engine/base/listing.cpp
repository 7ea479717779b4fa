#include "engine/base/listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/base/file_kind.h"
#include "engine/base/mapped_file.h"

namespace transept {
namespace {

struct Close {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

Status not_a_directory(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  const std::string what = file.ok() ? what_is((*file)->bytes()) : "";
  return Status(Code::kNotFound,
                path.string() + ": not a directory" +
                    (what.empty() ? ": a model is the directory of its files" : ", but " + what));
}

Status cannot_list(const std::filesystem::path& path, int error) {
  struct stat info {};
  const bool is_there = ::stat(path.c_str(), &info) == 0;
  if (error == ENOENT || (error == ENOTDIR && !is_there)) {
    return Status(Code::kNotFound, path.string() + ": no such directory");
  }
  if (error == ENOTDIR) return not_a_directory(path);
  const bool exhausted = error == ENOMEM || error == EMFILE || error == ENFILE;
  return Status(exhausted ? Code::kOutOfMemory : Code::kNotFound,
                "cannot read the directory " + path.string() + ": " + std::strerror(error));
}

Listing::Kind kind_of(DIR* directory, const dirent& entry) {
  if (entry.d_type == DT_REG) return Listing::Kind::file;
  if (entry.d_type == DT_DIR) return Listing::Kind::directory;
  struct stat info {};
  if (::fstatat(::dirfd(directory), entry.d_name, &info, 0) != 0) return Listing::Kind::broken_link;
  if (S_ISREG(info.st_mode)) return Listing::Kind::file;
  return S_ISDIR(info.st_mode) ? Listing::Kind::directory : Listing::Kind::other;
}

}  // namespace

// Not with std::filesystem's iterators, which end the process where memory runs out.
Result<Listing> Listing::read(const std::filesystem::path& directory) {
  const std::unique_ptr<DIR, Close> open(::opendir(directory.c_str()));
  if (open == nullptr) return cannot_list(directory, errno);
  Listing listing(directory);
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(open.get());
    if (entry == nullptr && errno != 0) return cannot_list(directory, errno);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (listing.entries_.size() == kMostEntries) {
      return Status(Code::kUnsupported, directory.string() + ": more than " +
                                            std::to_string(kMostEntries) +
                                            " entries: too many for the directory of a model");
    }
    listing.entries_.push_back({std::string(name), kind_of(open.get(), *entry)});
  }
  std::sort(listing.entries_.begin(), listing.entries_.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return listing;
}

const Listing::Entry* Listing::find(std::string_view name) const {
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), name,
                       [](const Entry& entry, std::string_view key) { return entry.name < key; });
  return found != entries_.end() && found->name == name ? &*found : nullptr;
}

bool Listing::has(std::string_view name) const {
  const Entry* entry = find(name);
  return entry != nullptr && entry->kind != Kind::broken_link;
}

const Listing& Listing::folder(std::string_view name) const {
  const auto known = folders_.find(name);
  if (known != folders_.end()) return *known->second;
  Listing listing(at(name));
  const Entry* entry = find(name);
  if (entry != nullptr && entry->kind == Kind::directory) {
    if (Result<Listing> read_now = read(at(name)); read_now.ok()) listing = *std::move(read_now);
  }
  return *folders_.emplace(name, std::make_unique<const Listing>(std::move(listing))).first->second;
}

}  // namespace transept
