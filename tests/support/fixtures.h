// Fixture directories with recorded results of the reference implementations, and a network run
// over them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/network/network.h"
#include "engine/runtime/scheduler.h"
#include "engine/search/resolve.h"
#include "model/model_files.h"
#include "tests/support/files.h"
#include "transept/option_table.h"
#include "transept/words.h"

namespace transept {

inline std::filesystem::path fixture_path(const std::string& name) {
  return std::filesystem::path(TRANSEPT_TEST_DATA) / "fixtures" / name;
}

// Directories whose name begins like this, in order.
inline std::vector<std::string> fixture_names(const std::string& prefix) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(fixture_path(""))) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && name.starts_with(prefix)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

inline std::vector<nlohmann::json> read_jsonl(const std::filesystem::path& path) {
  std::vector<nlohmann::json> lines;
  for (const std::string& line : read_lines(path)) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

template <class T>
T option_value(const nlohmann::json& value) {
  if constexpr (std::is_enum_v<T>) {
    return *value_of<T>(value.is_string() ? value.get<std::string>() : value.dump());
  } else {
    return value.get<T>();
  }
}

// The arguments of transformers' generate as a request. min_length counts the decoder start there.
inline TranslateOptions request_of(const nlohmann::json& generate) {
  TranslateOptions request;
  for (const auto& [key, value] : generate.items()) {
    if (key == "max_new_tokens") {
      request.lengths.max_length = value;
    } else if (key == "min_length") {
      request.lengths.min_length = value.get<std::uint32_t>() - 1;
    } else if (key == "min_new_tokens") {
      request.lengths.min_length = value;
    } else if (key == "bad_words_ids") {
      request.words.bad_words = value.get<std::vector<std::vector<std::int32_t>>>();
    } else {
      bool known = false;
      for_each_option([&, &key = key, &value = value](const auto& option) {
        if (option.key != key) return;
        known = true;
        option.of(request) = option_value<typename std::decay_t<decltype(option)>::Value>(value);
      });
      EXPECT_TRUE(known) << "unknown argument " << key;
    }
  }
  return request;
}

// A model directory with its network.
struct FixtureModel {
  ModelFiles files;
  std::shared_ptr<const Network> network;

  static FixtureModel open(const std::filesystem::path& directory, Compute compute,
                           Gemm gemm = Gemm::native) {
    FixtureModel model;
    auto files = open_model_files(directory, {});
    if (!files.ok()) {
      ADD_FAILURE() << directory << ": " << files.status().message();
      return model;
    }
    model.files = *std::move(files);
    auto network = Network::build(model.files.architecture, model.files.tensors, compute, gemm);
    if (!network.ok()) {
      ADD_FAILURE() << directory << ": " << network.status().message();
      return model;
    }
    model.network = *std::move(network);
    return model;
  }

  Segment segment(std::vector<std::int32_t> source, const TranslateOptions& request) const {
    auto options = resolve(files.defaults, request, files.unk_id);
    EXPECT_TRUE(options.ok()) << options.status().message();
    Segment segment;
    segment.source = std::move(source);
    segment.search = *std::move(options);
    return segment;
  }

  // Results in the order of the segments.
  std::vector<std::vector<SegmentHypothesis>> run(std::vector<Segment> segments,
                                                  SchedulerOptions options = {}) const {
    std::vector<std::vector<SegmentHypothesis>> results(segments.size());
    for (std::size_t i = 0; i < segments.size(); ++i) {
      segments[i].done = [&results, i](Result<std::vector<SegmentHypothesis>> result) {
        EXPECT_TRUE(result.ok()) << result.status().message();
        if (result.ok()) results[i] = *std::move(result);
      };
    }
    Scheduler(network, options).run(std::move(segments));
    return results;
  }
};

}  // namespace transept
