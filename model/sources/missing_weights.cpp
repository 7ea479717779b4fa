#include "model/sources/missing_weights.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/base/file_kind.h"
#include "engine/base/mapped_file.h"
#include "model/sources/sources.h"

namespace transept {
namespace {

namespace fs = std::filesystem;
using Kind = Listing::Kind;

constexpr std::size_t kNamed = 12;
constexpr std::size_t kLookedInto = 1000;  // files and directories

std::size_t looked_into(const Listing& listing) {
  return std::min(kLookedInto, listing.entries().size());
}

bool is_model(const fs::path& directory) {
  const auto listing = Listing::read(directory);
  if (!listing.ok()) return false;
  const Source* source = source_of(*listing);
  return source != nullptr && listing->has(source->settings);
}

fs::path model_among(const Listing& listing) {
  for (std::size_t i = 0; i < looked_into(listing); ++i) {
    const Listing::Entry& entry = listing.entries()[i];
    if (entry.kind == Kind::directory && is_model(listing.at(entry.name))) {
      return listing.at(entry.name);
    }
  }
  return {};
}

// A directory below that is a model: an unpacked archive's own, or a snapshot in a cache of the Hub.
fs::path model_below(const Listing& listing) {
  fs::path below = model_among(listing);
  return below.empty() ? model_among(listing.folder("snapshots")) : below;
}

// "opus.zip is a ZIP archive: unpack it", of the first file that is something of its own.
std::string odd_file(const Listing& listing) {
  for (std::size_t i = 0; i < looked_into(listing); ++i) {
    const Listing::Entry& entry = listing.entries()[i];
    if (entry.kind != Kind::file) continue;
    const auto file = MappedFile::open(listing.at(entry.name));
    if (!file.ok()) continue;
    if (const std::string what = what_is((*file)->bytes()); !what.empty()) {
      return entry.name + " is " + what;
    }
  }
  return "";
}

// "config.json, README.md and 3 more".
std::string list_of(const Listing& listing) {
  const auto& entries = listing.entries();
  if (entries.empty()) return "nothing";
  std::string text;
  for (std::size_t i = 0; i < std::min(kNamed, entries.size()); ++i) {
    text += (i == 0 ? "" : ", ") + entries[i].name;
    if (entries[i].kind == Kind::broken_link) text += " (a link to nothing)";
  }
  if (entries.size() > kNamed) text += " and " + std::to_string(entries.size() - kNamed) + " more";
  return text;
}

// Of programs whose models this version does not read. Empty: none is there.
std::string other_program(const Listing& listing) {
  for (const Listing::Entry& entry : listing.entries()) {
    const std::string_view name = entry.name;
    if (name.ends_with(".npz") || name == "decoder.yml" ||
        (name.ends_with(".bin") && name.find("intgemm") != name.npos)) {
      return "this is a model in Marian's own format (" + entry.name +
             "), which this version does not read";
    }
  }
  if (listing.has("model.bin")) {
    return "this is a CTranslate2 model (model.bin), which this version does not read";
  }
  return "";
}

}  // namespace

Status explain_missing_weights(const Listing& listing) {
  const std::string directory = listing.path().string();
  std::string needed;
  std::string unread;
  for (const Source* source : sources()) {
    needed += (needed.empty() ? "" : "; or ") + std::string(source->needs);
    if (unread.empty()) unread = source->declines(listing);
  }
  if (unread.empty()) unread = other_program(listing);
  if (!unread.empty()) return Status(Code::kUnsupported, directory + ": " + unread);
  std::string message =
      directory + ": no model found: expected " + needed + "; found " + list_of(listing);
  if (const fs::path below = model_below(listing); !below.empty()) {
    message += "; " + below.string() + " is a model";
  } else if (const std::string odd = odd_file(listing); !odd.empty()) {
    message += "; " + odd;
  }
  return Status(Code::kNotFound, message);
}

}  // namespace transept
