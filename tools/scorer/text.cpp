#include "tools/scorer/text.h"

#include <unicode/ucasemap.h>

#include <cstring>
#include <memory>
#include <new>

namespace transept::score {
namespace {

unsigned byte_at(std::string_view text, std::size_t position) {
  return static_cast<unsigned char>(text[position]);
}

// Length of the well-formed sequence at `position` (Unicode 15, table 3-7), 0 when there is none.
std::size_t well_formed_length(std::string_view text, std::size_t position) {
  const unsigned lead = byte_at(text, position);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : (lead & 0xF0) == 0xE0        ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || length > text.size() - position) return 0;
  const unsigned second = byte_at(text, position + 1);
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (second < low || second > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_continuation(text[position + i])) return 0;
  }
  return length;
}

// How many bytes from the first one on are ASCII.
std::size_t ascii_length(std::string_view text) {
  std::size_t position = 0;
  for (std::uint64_t word; text.size() - position >= sizeof(word); position += sizeof(word)) {
    std::memcpy(&word, text.data() + position, sizeof(word));
    if ((word & 0x8080808080808080) != 0) break;
  }
  while (position < text.size() && byte_at(text, position) < 0x80) ++position;
  return position;
}

bool is_ascii(std::string_view text) { return ascii_length(text) == text.size(); }

char ascii_lower(char byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte;
}

struct CloseCaseMap {
  void operator()(UCaseMap* map) const { ucasemap_close(map); }
};

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& position) {
  const unsigned lead = byte_at(text, position);
  const auto rest = [&](std::size_t i) { return byte_at(text, position + i) & 0x3F; };
  char32_t code = lead;
  std::size_t length = 1;
  if (lead >= 0xF0) {
    code = (lead & 0x07) << 18 | rest(1) << 12 | rest(2) << 6 | rest(3);
    length = 4;
  } else if (lead >= 0xE0) {
    code = (lead & 0x0F) << 12 | rest(1) << 6 | rest(2);
    length = 3;
  } else if (lead >= 0x80) {
    code = (lead & 0x1F) << 6 | rest(1);
    length = 2;
  }
  position += length;
  return code;
}

void append_code_point(char32_t code, std::string& out) {
  const auto append = [&out](char32_t byte) { out += static_cast<char>(byte); };
  const auto tail = [&](unsigned shift) { append(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    append(code);
  } else if (code < 0x800) {
    append(0xC0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    append(0xE0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    append(0xF0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t position = 0; position < text.size();) {
    if (const std::size_t ascii = ascii_length(text.substr(position)); ascii > 0) {
      position += ascii;
      continue;
    }
    const std::size_t length = well_formed_length(text, position);
    if (length == 0) return position;
    position += length;
  }
  return std::string_view::npos;
}

std::size_t space_length(std::string_view text, std::size_t position) {
  const unsigned lead = byte_at(text, position);
  if (lead < 0x80) return (lead >= 0x09 && lead <= 0x0D) || (lead >= 0x1C && lead <= 0x20) ? 1 : 0;
  switch (lead) {
    case 0xC2: {
      const unsigned second = byte_at(text, position + 1);
      return second == 0x85 || second == 0xA0 ? 2 : 0;
    }
    case 0xE1: return text.substr(position, 3) == "\xE1\x9A\x80" ? 3 : 0;
    case 0xE2: {
      const unsigned second = byte_at(text, position + 1);
      const unsigned third = byte_at(text, position + 2);
      if (second == 0x81) return third == 0x9F ? 3 : 0;
      if (second != 0x80) return 0;
      return third <= 0x8A || third == 0xA8 || third == 0xA9 || third == 0xAF ? 3 : 0;
    }
    case 0xE3: return text.substr(position, 3) == "\xE3\x80\x80" ? 3 : 0;
    default: return 0;
  }
}

std::string_view strip_right(std::string_view text) {
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && is_continuation(text[start])) --start;
    if (space_length(text, start) == 0) break;
    text = text.substr(0, start);
  }
  return text;
}

std::string_view strip(std::string_view text) {
  text = strip_right(text);
  while (!text.empty()) {
    const std::size_t length = space_length(text, 0);
    if (length == 0) break;
    text.remove_prefix(length);
  }
  return text;
}

void split(std::string_view text, std::vector<std::string_view>& words) {
  words.clear();
  std::size_t start = 0;
  for (std::size_t position = 0; position < text.size();) {
    const unsigned byte = byte_at(text, position);
    if (byte > ' ' && byte < 0x80) {
      ++position;
      continue;
    }
    const std::size_t space = space_length(text, position);
    if (space == 0) {
      ++position;
      continue;
    }
    if (position > start) words.push_back(text.substr(start, position - start));
    position += space;
    start = position;
  }
  if (start < text.size()) words.push_back(text.substr(start));
}

std::string lower(std::string_view text) {
  std::string out(text);
  if (is_ascii(text)) {
    for (char& byte : out) byte = ascii_lower(byte);
    return out;
  }
  UErrorCode error = U_ZERO_ERROR;
  static const std::unique_ptr<UCaseMap, CloseCaseMap> map = [&error] {
    std::unique_ptr<UCaseMap, CloseCaseMap> opened(ucasemap_open("", 0, &error));
    if (opened == nullptr) throw std::bad_alloc();
    return opened;
  }();
  error = U_ZERO_ERROR;
  const auto convert = [&] {
    return ucasemap_utf8ToLower(map.get(), out.data(), static_cast<std::int32_t>(out.size()),
                                text.data(), static_cast<std::int32_t>(text.size()), &error);
  };
  std::int32_t length = convert();
  if (error == U_BUFFER_OVERFLOW_ERROR) {  // a few lower-case letters take more bytes
    error = U_ZERO_ERROR;
    out.resize(static_cast<std::size_t>(length));
    length = convert();
  }
  out.resize(static_cast<std::size_t>(length));
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::size_t position = text.find(from);
  if (position == std::string::npos) return;
  std::string out;
  std::size_t copied = 0;
  for (; position != std::string::npos; position = text.find(from, copied)) {
    out.append(text, copied, position - copied);
    out += to;
    copied = position + from.size();
  }
  out.append(text, copied);
  text = std::move(out);
}

}  // namespace transept::score
