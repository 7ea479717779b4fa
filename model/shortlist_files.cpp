#include "model/shortlist_files.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

#include "engine/base/file_kind.h"
#include "engine/base/log.h"
#include "engine/base/mapped_file.h"
#include "engine/base/try.h"

namespace transept {
namespace {

static_assert(std::endian::native == std::endian::little, "binary files are read as they are");

// Marian's defaults.
constexpr std::uint32_t kFirst = 100;
constexpr std::uint32_t kBest = 100;

Status corrupt(std::string_view name, const std::string& what) {
  return Status(Code::kCorrupt, std::string(name) + ": " + what);
}

// The lines of a text, as they come.
class TextReader {
 public:
  TextReader(std::string_view name, const ShortlistWords& words)
      : name_(name), words_(words), lists_(words.source_vocab), compacted_(words.source_vocab) {}

  // The next bytes of the text; a line may end in later ones.
  Status read(std::string_view bytes) {
    for (std::size_t end; (end = bytes.find('\n')) != std::string_view::npos;
         bytes.remove_prefix(end + 1)) {
      if (partial_.empty()) {
        TRANSEPT_RETURN_IF_ERROR(line(bytes.substr(0, end)));
        continue;
      }
      partial_ += bytes.substr(0, end);
      TRANSEPT_RETURN_IF_ERROR(line(std::exchange(partial_, {})));
    }
    if (partial_.size() + bytes.size() > kLongestLine) {
      return corrupt(name_, "line " + std::to_string(lines_ + 1) + ": no end within " +
                                std::to_string(kLongestLine) + " bytes");
    }
    partial_ += bytes;
    return Status();
  }

  // All lists, pruned. Errors: kCorrupt when no line was about words of the model.
  Result<TargetLists> finish(std::size_t best, float threshold) {
    TRANSEPT_RETURN_IF_ERROR(line(partial_));
    if (pairs_ == 0) {
      return corrupt(name_, "no line has a target word, a source word and a probability");
    }
    if (unknown_ == pairs_) {
      return corrupt(name_, "the model's vocabularies have the words of none of the " +
                                std::to_string(pairs_) + " lines: a shortlist of another model");
    }
    if (unknown_ > 0) {
      log(2 * unknown_ > pairs_ ? LogLevel::kWarning : LogLevel::kInfo,
          name_ + ": " + std::to_string(unknown_) + " of " + std::to_string(pairs_) +
              " lines are about words that the model does not have");
    }
    TargetLists result;
    for (std::vector<WeightedTarget>& list : lists_) {
      keep_last_of_equals(list);
      prune_targets(list, best, threshold);
      result.add(list);
      list = {};
    }
    return result;
  }

 private:
  static constexpr std::size_t kLongestLine = 1 << 16;
  static constexpr std::size_t kFirstCompaction = 1024;

  Status line(std::string_view text) {
    ++lines_;
    // As Windows editors leave it at the head of a file.
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (lines_ == 1 && text.starts_with(kMark)) text.remove_prefix(kMark.size());
    std::string_view fields[3];
    std::size_t count = 0;
    constexpr std::string_view kBlanks = " \t\r";
    while (true) {
      text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
      if (text.empty()) break;
      const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
      if (count < 3) fields[count] = text.substr(0, end);
      ++count;
      text.remove_prefix(end);
    }
    if (count == 0) return Status();
    double probability = 0.0;
    const char* const end = fields[2].data() + fields[2].size();
    const auto [parsed, error] = std::from_chars(fields[2].data(), end, probability);
    if (count != 3 || error != std::errc() || parsed != end || !std::isfinite(probability)) {
      return corrupt(name_,
                     "line " + std::to_string(lines_) + ": expected \"target source probability\"");
    }
    add(fields[0], fields[1], static_cast<float>(probability));
    return Status();
  }

  void add(std::string_view target_word, std::string_view source_word, float probability) {
    if (target_word == "NULL" || source_word == "NULL") return;
    ++pairs_;
    const std::int32_t target = words_.tokenizer.target_id(target_word);
    const std::int32_t source = words_.tokenizer.source_id(source_word);
    if (source < 0 || static_cast<std::size_t>(source) >= words_.source_vocab || target < 0 ||
        static_cast<std::size_t>(target) >= words_.target_vocab) {
      ++unknown_;
      return;
    }
    const auto word = static_cast<std::size_t>(source);
    lists_[word].push_back({target, probability});
    // A line that comes again and again must not need more memory each time.
    if (lists_[word].size() >= std::max(kFirstCompaction, 2 * compacted_[word])) {
      keep_last_of_equals(lists_[word]);
      compacted_[word] = lists_[word].size();
    }
  }

  static void keep_last_of_equals(std::vector<WeightedTarget>& list) {
    std::reverse(list.begin(), list.end());
    std::stable_sort(
        list.begin(), list.end(),
        [](const WeightedTarget& a, const WeightedTarget& b) { return a.target < b.target; });
    list.erase(std::unique(list.begin(), list.end(),
                           [](const WeightedTarget& a, const WeightedTarget& b) {
                             return a.target == b.target;
                           }),
               list.end());
  }

  const std::string name_;
  const ShortlistWords& words_;
  std::string partial_;
  std::vector<std::vector<WeightedTarget>> lists_;  // by source id
  std::vector<std::size_t> compacted_;              // size of each when equals were last removed
  std::size_t lines_ = 0;
  std::size_t pairs_ = 0;
  std::size_t unknown_ = 0;
};

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

// use(text) for each part of what gzip members hold.
template <class Use>
Status inflate_gzip(std::span<const std::byte> bytes, std::string_view name, Use use) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  if (inflateInit2(&stream, kGzip) != Z_OK) return Status(Code::kOutOfMemory, "out of memory");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&stream, inflateEnd);
  std::vector<char> chunk(1 << 16);
  bool at_end = false;  // of a member
  while (!at_end || !bytes.empty()) {
    if (at_end && inflateReset(&stream) != Z_OK) return corrupt(name, "damaged gzip data");
    const std::size_t given = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(given);
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END) {
      return corrupt(name, "damaged or cut off gzip data");
    }
    at_end = result == Z_STREAM_END;
    bytes = bytes.subspan(given - stream.avail_in);
    TRANSEPT_RETURN_IF_ERROR(use(std::string_view(chunk.data(), chunk.size() - stream.avail_out)));
  }
  return Status();
}

Result<TargetLists> parse_text(std::span<const std::byte> bytes, std::string_view name,
                               const ShortlistWords& words, const ShortlistOptions& options) {
  TextReader reader(name, words);
  const auto read = [&](std::string_view text) { return reader.read(text); };
  TRANSEPT_RETURN_IF_ERROR(
      is_gzip(bytes)
          ? inflate_gzip(bytes, name, read)
          : read(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())));
  return reader.finish(options.best.value_or(kBest), options.threshold.value_or(0.0f));
}

struct BinaryHeader {
  std::uint64_t magic = 0xF11A48D5013417F5u;
  std::uint64_t checksum = 0;
  std::uint64_t first = 0;
  std::uint64_t best = 0;
  std::uint64_t offsets = 0;
  std::uint64_t targets = 0;
};
constexpr std::size_t kBeforeSummed = 2 * sizeof(std::uint64_t);

template <class T>
T load(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

bool is_binary(std::span<const std::byte> bytes) {
  return bytes.size() >= sizeof(std::uint64_t) &&
         load<std::uint64_t>(bytes, 0) == BinaryHeader().magic;
}

// Of what follows the checksum in a file, in whole words of 8 bytes.
std::uint64_t checksum(std::span<const std::byte> file) {
  std::uint64_t seed = 0;
  for (std::size_t at = kBeforeSummed; at + sizeof seed <= file.size(); at += sizeof seed) {
    seed ^= load<std::uint64_t>(file, at) + 0x9e3779b9u + (seed << 6) + (seed >> 2);
  }
  return seed;
}

// Converted models have a padding token that Marian's own vocabulary lacks, and tables rounded up.
constexpr std::size_t kMissingWords = 64;

Result<TargetLists> parse_binary(std::span<const std::byte> bytes, std::string_view name,
                                 const ShortlistWords& words, BinaryHeader& header) {
  constexpr std::size_t kHeader = sizeof(BinaryHeader);
  if (bytes.size() < kHeader) return corrupt(name, "cut off inside the header");
  header = load<BinaryHeader>(bytes, 0);
  const std::size_t body = bytes.size() - kHeader;
  if (header.offsets == 0 || header.offsets > body / 8 || header.targets > body / 4 ||
      8 * header.offsets + 4 * header.targets != body) {
    return corrupt(name, std::to_string(bytes.size()) + " bytes are not what a header of " +
                             std::to_string(header.offsets) + " offsets and " +
                             std::to_string(header.targets) + " targets asks for");
  }
  if (checksum(bytes) != header.checksum) {
    return corrupt(name, "the checksum is wrong: a damaged file");
  }
  const std::size_t file_words = header.offsets - 1;
  if (file_words > words.source_vocab || file_words + kMissingWords < words.source_vocab) {
    return corrupt(name, "lists for " + std::to_string(file_words) +
                             " source words, the model has " + std::to_string(words.source_vocab) +
                             ": a shortlist of another model");
  }
  TargetLists lists;
  lists.offsets.resize(header.offsets);
  std::memcpy(lists.offsets.data(), bytes.data() + kHeader, 8 * header.offsets);
  lists.targets.resize(header.targets);
  std::memcpy(lists.targets.data(), bytes.data() + kHeader + 8 * header.offsets,
              4 * header.targets);
  if (!std::is_sorted(lists.offsets.begin(), lists.offsets.end()) ||
      lists.offsets.back() > header.targets) {
    return corrupt(name, "the offsets of the lists do not ascend up to the number of targets");
  }
  for (const std::int32_t target : lists.targets) {
    if (target < 0 || static_cast<std::size_t>(target) >= words.target_vocab) {
      return corrupt(name, "target " + std::to_string(static_cast<std::uint32_t>(target)) +
                               " is not in the model's vocabulary of " +
                               std::to_string(words.target_vocab));
    }
  }
  return lists;
}
static_assert(sizeof(std::size_t) == 8, "offsets are read as they are");

}  // namespace

bool ShortlistWords::shared() const {
  for (std::size_t i = 0; i < std::min(source_vocab, target_vocab); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (tokenizer.source_token(id) != tokenizer.target_token(id)) return false;
  }
  return source_vocab == target_vocab;
}

Result<Shortlist> parse_shortlist(std::span<const std::byte> bytes, std::string_view name,
                                  const ShortlistWords& words, const ShortlistOptions& options) {
  if (!is_binary(bytes)) {
    TRANSEPT_ASSIGN_OR_RETURN(TargetLists lists, parse_text(bytes, name, words, options));
    return Shortlist(std::move(lists), options.first.value_or(kFirst), words.target_vocab,
                     words.shared());
  }
  if (options.first || options.best || options.threshold) {
    return Status::sentence(
        Code::kInvalidArgument,
        {name, " is a binary shortlist, which was cut to a size when it was made: ",
         OptionName{"shortlist.first"}, ", ", OptionName{"shortlist.best"}, " and ",
         OptionName{"shortlist.threshold"}, " are for text"});
  }
  BinaryHeader header;
  TRANSEPT_ASSIGN_OR_RETURN(TargetLists lists, parse_binary(bytes, name, words, header));
  return Shortlist(std::move(lists), header.first, words.target_vocab, words.shared());
}

Result<Shortlist> read_shortlist(const ShortlistWords& words, const ShortlistOptions& options,
                                 bool mapping) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto file, WeightFiles(mapping).open(options.file));
  const std::string name = options.file.string();
  Result<Shortlist> shortlist = parse_shortlist(file->bytes(), name, words, options);
  const bool corrupt = shortlist.status().code() == Code::kCorrupt;
  if (!corrupt || is_gzip(file->bytes())) return shortlist;
  return wrong_file(file->bytes(), name, shortlist.status());
}

std::string format_text_shortlist(const std::vector<std::vector<WeightedTarget>>& lists,
                                  const Tokenizer& tokenizer) {
  const auto fits = [](std::string_view word) {
    return !word.empty() && word.find_first_of(" \t\r\n") == std::string_view::npos;
  };
  std::string text;
  for (std::size_t s = 0; s < lists.size(); ++s) {
    const std::string_view source = tokenizer.source_token(static_cast<std::int32_t>(s));
    if (!fits(source)) continue;
    for (const WeightedTarget& one : lists[s]) {
      const std::string_view target = tokenizer.target_token(one.target);
      if (!fits(target)) continue;
      char number[32];
      const char* const end = std::to_chars(number, number + sizeof number, one.probability).ptr;
      text.append(target).append(" ").append(source).append(" ");
      text.append(number, static_cast<std::size_t>(end - number)).append("\n");
    }
  }
  return text;
}

std::string format_binary_shortlist(const TargetLists& lists, std::size_t first, std::size_t best) {
  BinaryHeader header;
  header.first = first;
  header.best = best;
  header.offsets = lists.offsets.size();
  header.targets = lists.targets.size();
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes.append(reinterpret_cast<const char*>(lists.offsets.data()), 8 * lists.offsets.size());
  bytes.append(reinterpret_cast<const char*>(lists.targets.data()), 4 * lists.targets.size());
  const std::uint64_t sum = checksum(std::as_bytes(std::span(bytes)));
  std::memcpy(bytes.data() + sizeof header.magic, &sum, sizeof sum);
  return bytes;
}

}  // namespace transept
