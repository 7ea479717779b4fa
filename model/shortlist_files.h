// Files of lexical shortlists: Marian's text and its binary form.
//
// Text, plain or gzip: lines `target source probability` in pieces of the vocabularies; lines with
// NULL and with unknown pieces are skipped. Binary (`lex.50.50.ende.s2t.bin`), little endian:
//   u64 magic, checksum, first, best, words + 1, targets
//   u64 offsets[words + 1]
//   u32 targets[]        those of source id s from offsets[s] to offsets[s + 1]
// Source: marian-dev, src/data/shortlist.{h,cpp}. Its text reader compares the threshold with a
// target's id when it makes a binary file; here it is one for the probability.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/shortlist.h"
#include "tokenizer/tokenizer.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept {

// What the words of a file become. The vocabularies are those of the network: ids beyond are
// unknown.
struct ShortlistWords {
  const Tokenizer& tokenizer;
  std::size_t source_vocab;
  std::size_t target_vocab;

  // Whether each source id is the same word on the target side.
  bool shared() const;
};

// options.file is not looked at: `bytes` is its content, `name` stands in messages. Hostile bytes
// are refused. Errors: kCorrupt for bytes that are neither form, or of other vocabularies (no word
// of a text is known, a binary file has other words); kInvalidArgument for limits beside a binary
// file, which has its own.
Result<Shortlist> parse_shortlist(std::span<const std::byte> bytes, std::string_view name,
                                  const ShortlistWords& words, const ShortlistOptions& options);
// The same of options.file, mapped meanwhile or read into memory. Errors: kNotFound, too.
Result<Shortlist> read_shortlist(const ShortlistWords& words, const ShortlistOptions& options,
                                 bool mapping = true);

// Lists by source id, the likeliest target first, as a file. Pieces with blanks in them have no
// place in a text and are left out of it.
std::string format_text_shortlist(const std::vector<std::vector<WeightedTarget>>& lists,
                                  const Tokenizer& tokenizer);
std::string format_binary_shortlist(const TargetLists& lists, std::size_t first, std::size_t best);

}  // namespace transept
