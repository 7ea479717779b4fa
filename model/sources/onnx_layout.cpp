#include "model/sources/onnx_layout.h"

#include <array>

#include "engine/base/try.h"

namespace transept {
namespace {

struct Variant {
  std::string_view name;
  std::string_view suffix;
};

// Most exact first; names and suffixes as in transformers.js, utils/dtypes.js.
constexpr auto kVariants = std::to_array<Variant>({
    {"fp32", ""},
    {"fp16", "_fp16"},
    {"q8", "_quantized"},
    {"int8", "_int8"},
    {"uint8", "_uint8"},
    {"q4", "_q4"},
    {"q4f16", "_q4f16"},
    {"bnb4", "_bnb4"},
    {"q2", "_q2"},
    {"q2f16", "_q2f16"},
    {"q1", "_q1"},
    {"q1f16", "_q1f16"},
});

struct Found {
  std::filesystem::path whole, encoder, decoder, with_past;

  bool any() const {
    return !whole.empty() || !encoder.empty() || !decoder.empty() || !with_past.empty();
  }
  bool complete() const { return !whole.empty() || (!encoder.empty() && !decoder.empty()); }
};

std::filesystem::path find_file(const Listing& listing, std::string_view stem,
                                std::string_view suffix) {
  const std::string name = std::string(stem) + std::string(suffix) + ".onnx";
  if (listing.has(name)) return listing.at(name);
  const Listing& below = listing.folder("onnx");
  return below.has(name) ? below.at(name) : std::filesystem::path();
}

Found find(const Listing& listing, const Variant& variant) {
  Found found;
  found.encoder = find_file(listing, "encoder_model", variant.suffix);
  found.decoder = find_file(listing, "decoder_model_merged", variant.suffix);
  if (found.decoder.empty()) found.decoder = find_file(listing, "decoder_model", variant.suffix);
  found.with_past = find_file(listing, "decoder_with_past_model", variant.suffix);
  // A whole model beside the parts would only be read if the parts were missing.
  if (!(!found.encoder.empty() && !found.decoder.empty())) {
    found.whole = find_file(listing, "model", variant.suffix);
  }
  return found;
}

Status incomplete(const std::filesystem::path& directory, const Variant& variant,
                  const Found& found) {
  const std::string suffix(variant.suffix);
  if (found.encoder.empty()) {
    return Status(Code::kNotFound,
                  directory.string() + ": encoder_model" + suffix + ".onnx is missing");
  }
  if (!found.with_past.empty()) {
    return Status(Code::kUnsupported,
                  found.with_past.string() +
                      " lacks the keys and values of cross-attention: decoder_model" + suffix +
                      ".onnx or decoder_model_merged" + suffix + ".onnx is needed, too");
  }
  return Status(Code::kNotFound, directory.string() + ": decoder_model_merged" + suffix +
                                     ".onnx or decoder_model" + suffix + ".onnx is missing");
}

OnnxFiles take(const Found& found, std::string_view name) {
  return {std::string(name), found.whole, found.encoder, found.decoder};
}

}  // namespace

bool has_onnx_files(const Listing& listing) {
  for (const Variant& variant : kVariants) {
    if (find(listing, variant).any()) return true;
  }
  return false;
}

Status no_variant(const Listing& listing, std::string_view variant, std::string_view unsuffixed) {
  std::string there;
  for (const Variant& candidate : kVariants) {
    if (!find(listing, candidate).any()) continue;
    there += (there.empty() ? "" : ", ") +
             (candidate.suffix.empty() ? std::string(unsuffixed) + " (files without a suffix)"
                                       : std::string(candidate.name));
  }
  return Status(Code::kInvalidArgument, listing.path().string() + " has no variant \"" +
                                            std::string(variant) +
                                            "\"; it has: " + (there.empty() ? "none" : there));
}

Result<OnnxFiles> find_onnx_files(const Listing& listing, std::string_view variant) {
  OnnxFiles mixed;
  const Variant* first = nullptr;
  Found first_found;
  for (const Variant& candidate : kVariants) {
    const Found found = find(listing, candidate);
    if (!found.any()) continue;
    if (candidate.name == variant || (variant.empty() && found.complete())) {
      if (!found.complete()) return incomplete(listing.path(), candidate, found);
      return take(found, candidate.name);
    }
    if (first == nullptr) {
      first = &candidate;
      first_found = found;
    }
    if (mixed.encoder.empty() && !found.encoder.empty()) {
      mixed.encoder = found.encoder;
      mixed.variant = std::string(candidate.name) + mixed.variant;
    }
    if (mixed.decoder.empty() && !found.decoder.empty()) {
      mixed.decoder = found.decoder;
      mixed.variant += "+" + std::string(candidate.name);
    }
  }
  if (!variant.empty()) return no_variant(listing, variant, kVariants.front().name);
  if (!mixed.encoder.empty() && !mixed.decoder.empty()) return mixed;
  if (first == nullptr) return Status(Code::kNotFound, listing.path().string() + ": no ONNX files");
  return incomplete(listing.path(), *first, first_found);
}

}  // namespace transept
