// Texts that a tokenizer has to survive: real lines of many scripts, random Unicode, random bytes.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace transept {

// Appends a code point, surrogates included (they are not valid UTF-8).
inline void append_utf8(std::string& out, char32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
    return;
  }
  const int trail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  const unsigned lead = trail == 1 ? 0xC0u : trail == 2 ? 0xE0u : 0xF0u;
  out.push_back(static_cast<char>(lead | (code >> (6 * trail))));
  for (int i = trail - 1; i >= 0; --i) {
    out.push_back(static_cast<char>(0x80u | ((code >> (6 * i)) & 0x3Fu)));
  }
}

class TextMaker {
 public:
  explicit TextMaker(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string random_bytes(std::size_t length) {
    std::string out;
    for (std::size_t i = 0; i < length; ++i) out.push_back(static_cast<char>(random_() & 0xFF));
    return out;
  }

  // Blocks where normalisation, white space and segmentation have work to do.
  std::string random_unicode(std::size_t length) {
    static constexpr std::pair<char32_t, char32_t> kBlocks[] = {
        {0x00, 0x7F},       {0x20, 0x7E},       {0x80, 0xFF},       {0x100, 0x24F},
        {0x300, 0x36F},     {0x370, 0x3FF},     {0x400, 0x4FF},     {0x590, 0x6FF},
        {0x900, 0x97F},     {0xE00, 0xE7F},     {0x1100, 0x11FF},   {0x1E00, 0x1FFF},
        {0x2000, 0x206F},   {0x2070, 0x218F},   {0x2460, 0x24FF},   {0x2580, 0x259F},
        {0x3000, 0x30FF},   {0x3200, 0x33FF},   {0x4E00, 0x9FFF},   {0xAC00, 0xD7A3},
        {0xF900, 0xFAFF},   {0xFB00, 0xFB4F},   {0xFE00, 0xFE6F},   {0xFF00, 0xFFEF},
        {0x1D400, 0x1D7FF}, {0x1F1E6, 0x1F1FF}, {0x1F300, 0x1F64F}, {0x0, 0x10FFFF}};
    std::string out;
    for (std::size_t i = 0; i < length; ++i) {
      const auto [low, high] = kBlocks[below(std::size(kBlocks))];
      append_utf8(out, low + static_cast<char32_t>(below(high - low + 1)));
      if (below(6) == 0) out.push_back(' ');
    }
    return out;
  }

  // Snippets of given words in any order, so that many segmentations compete.
  std::string shuffled(const std::vector<std::string>& words, std::size_t length) {
    std::string out;
    for (std::size_t i = 0; i < length; ++i) {
      const std::string& word = words[below(words.size())];
      const std::size_t begin = below(word.size() + 1);
      out += word.substr(begin, below(word.size() - begin + 1));
      if (below(3) == 0) out.push_back(' ');
    }
    return out;
  }

 private:
  std::mt19937 random_;
};

}  // namespace transept
