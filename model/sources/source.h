// Source: who wrote a model directory: which of its files belong together, and what they say.
//
// One row each; sources.h lists them. A source finds the family, has a format read the weights, and
// settles both into ModelFiles. Stateless; safe to use from anywhere.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/listing.h"
#include "model/model_files.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept {

struct Source {
  std::string_view name;
  // For a message about a directory that holds no model: the files by which it would be one.
  std::string_view needs;
  // Which of them a model cannot do without.
  std::string_view settings;
  // Whether the weights in the directory are such as this source writes.
  bool (*owns)(const Listing& listing);
  // REQUIRES: owns(listing). Errors: those of open_model_files.
  Result<ModelFiles> (*open)(const Listing& listing, const OpenOptions& options);
  // What there is of this source that cannot be read, and what to do; empty when there is nothing.
  std::string (*declines)(const Listing& listing);
};

}  // namespace transept
