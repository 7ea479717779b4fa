// Nearest: which of the words that are known one was probably meant to be.
#pragma once

#include <string>
#include <vector>

namespace transept::tools {

// The candidate that `word` was probably meant to be, misspelt or cut short; "" when none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

// The same of a name that may well be meant to be nothing of the kind: one letter off, of
// long ones two.
std::string misspelt(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace transept::tools
