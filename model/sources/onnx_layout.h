// Which .onnx files of a directory make up an export, and which variant of several.
//
// Layouts: optimum's (files in the directory) and transformers.js's (files in onnx/, several
// variants told apart by suffix). Only names are looked at.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "engine/base/listing.h"
#include "transept/status.h"

namespace transept {

struct OnnxFiles {
  std::string variant;          // "fp32" is the one without suffix, whatever it holds
  std::filesystem::path whole;  // model.onnx; or empty, and:
  std::filesystem::path encoder;
  std::filesystem::path decoder;  // merged, or without past
};

// True when the directory, or its onnx/, holds any file of an ONNX export.
bool has_onnx_files(const Listing& listing);

// The error that a directory does not have this variant, with a list of those there are; `unsuffixed`
// names what files without a suffix hold.
Status no_variant(const Listing& listing, std::string_view variant, std::string_view unsuffixed);

// `variant` empty: fp32, or else the most exact one that is complete, or else the best encoder with
// the best decoder. Errors: kNotFound (a file of the set, named), kInvalidArgument (no such
// variant, with a list of those there are), kUnsupported (only a decoder with past).
Result<OnnxFiles> find_onnx_files(const Listing& listing, std::string_view variant);

}  // namespace transept
