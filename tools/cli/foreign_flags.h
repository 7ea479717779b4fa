// Foreign flags: what other programs for translation and scoring call the things this one has.
#pragma once

#include <functional>
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

// A flag of the program's contract that is for a later version.
struct PlannedFlag {
  std::string_view flag;
  std::string_view names;  // as above
};

// True when visit() is for one of them: first those that stand here, then the options of the table.
bool any_foreign_flags(const std::function<bool(const ForeignFlags&)>& visit);

std::span<const PlannedFlag> planned_flags();

// True when `flag` is among the names: "--num_beams", "-beam_size" or "-b6" as on the command line,
// without "=value".
bool is_among(std::string_view names, std::string_view flag);

}  // namespace transept::tools
