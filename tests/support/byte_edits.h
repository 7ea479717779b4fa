// Mutants of files as tests/data/graph/make_mutants.py records them: what the original has to be
// changed into, byte by byte.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace transept {

// Edits: [offset in `bytes`, bytes removed there, bytes put there in hexadecimal].
inline std::string edited(const std::string& bytes, const nlohmann::json& edits) {
  std::string out;
  std::size_t at = 0;
  for (const auto& edit : edits) {
    const std::size_t offset = edit.at(0);
    out += bytes.substr(at, offset - at);
    const std::string put = edit.at(2);
    for (std::size_t i = 0; i < put.size(); i += 2) {
      out += static_cast<char>(std::stoi(put.substr(i, 2), nullptr, 16));
    }
    at = offset + edit.at(1).get<std::size_t>();
  }
  return out + bytes.substr(at);
}

}  // namespace transept
