// Foreign flags: what other programs for translation and scoring call the things this one has.
#pragma once

#include <span>
#include <string_view>

namespace transept::tools {

// Names people bring along from transformers, CTranslate2, Marian, Bergamot, fairseq, OpenNMT-py,
// Moses, the Python interface of sacreBLEU and the like.
struct ForeignFlags {
  std::string_view command;  // the sub-command this is about; "": each that has the flag
  std::string_view flag;     // ours: "--beam"; "" where there is nothing like it
  std::string_view note;     // how it differs, or why there is none; may be ""
  // Separated by blanks: long ones without their dashes and with "-" for "_", in small letters
  // ("num-beams"); short ones with their dash ("-b").
  std::string_view names;
};

std::span<const ForeignFlags> foreign_flags();

// True when `flag` is among the names: "--num_beams", "-beam_size" or "-b6" as on the command line,
// without "=value".
bool is_named(const ForeignFlags& foreign, std::string_view flag);

}  // namespace transept::tools
