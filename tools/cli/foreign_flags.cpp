#include "tools/cli/foreign_flags.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "tools/cli/flag_names.h"
#include "transept/option_table.h"

namespace transept::tools {
namespace {

constexpr auto kForeignFlags = std::to_array<ForeignFlags>({
    // What is translated, and with what.
    {"", "--model", "",
     "-M models model-path model-dir model-name model-name-or-path checkpoint path"},
    {"translate", "", "the model directory holds vocabulary and tokenizer",
     "vocabs vocab vocabulary src-vocab tgt-vocab tokenizer tokenizer-name sentencepiece-model"},
    {"translate", "--input-file", "", "src source source-file src-file infile input-path inputs"},
    {"translate", "--output", "", "out outfile output-file output-path predictions-file"},
    {"translate", "--format", "", "output-format"},
    {"translate", "--format jsonl", "", "json jsonl"},
    {"translate", "--scores", "",
     "return-scores output-scores with-score with-scores print-scores word-scores score"},
    {"translate", "--alignments", "hard, soft or a threshold",
     "alignment print-alignment report-align return-alignments alignment-output-file"},
    {"translate", "--attention", "with --format jsonl",
     "return-attention output-attentions attn-debug"},
    {"translate", "--from", "",
     "src-lang source-lang source-language from-lang from-code from-language lang-from"},
    {"translate", "--to", "",
     "tgt-lang target-lang target-language to-lang to-code to-language lang-to trg-lang "
     "forced-bos-token forced-bos-token-id"},
    // Words.
    {"", "--suppress", "once for each sequence", "suppress-sequences suppress-tokens"},
    {"", "--bad-words", "a file with a sequence a line", "bad-words-ids bad-words-file"},
    {"", "--end-token", "", "eos-token eos-token-id end-tokens"},
    {"", "--shortlist", "", "lex lexical-shortlist vmap vocab-map"},
    // How to run.
    {"", "--variant", "", "file-name model-file-name subfolder"},
    {"", "--compute", "",
     "compute-type quantization quantize dtype torch-dtype precision gemm-precision fp16 fp32 int8 "
     "int8shift int8shiftall int8shiftalphaall"},
    {"", "--gemm", "", "gemm-type blas"},
    {"", "--threads", "",
     "-j intra-threads inter-threads cpu-threads num-threads n-threads nthreads num-workers "
     "workers"},
    {"bench", "--batch", "", "batch-size mini-batch"},
    {"bench", "--repeat", "", "repeats rounds runs iterations"},
    {"", "--batch-tokens", "counted in tokens, and it changes no result",
     "-w batch-size mini-batch maxi-batch mini-batch-words max-batch-size max-tokens max-sentences "
     "batch-type read-batch-size workspace"},
    {"", "--cache", "", "cache-dir"},
    {"", "--no-mmap", "", "disable-mmap use-mmap"},
    {"", "", "transept runs on CPUs, there is no device to choose",
     "-d devices device gpu gpus cuda device-index num-gpus"},
    // Messages.
    {"", "--log-file", "", "log logfile log-path"},
    {"", "--verbose", "", "log-level loglevel verbosity debug"},
    {"", "--quiet", "", "-q quiet-translation silent"},
    {"", "--config", "", "-c config-file"},
    // Scoring.
    {"bleu", "-i", "",
     "sys system systems hyp hyps hypothesis hypotheses translation translations prediction "
     "predictions candidate candidates"},
    {"bleu", "", "reference files stand in front of -i, without a flag",
     "-r ref refs reference references"},
    {"bleu", "", "no metric here reads the source", "src source sources"},
    {"bleu", "--tokenize", "", "tokenizer tokenization"},
    {"bleu", "--lowercase", "", "ignore-case case-insensitive lower uncased"},
    {"bleu", "--smooth-method", "", "smooth smoothing smoothing-method smoothing-function"},
    {"bleu", "--smooth-value", "", "smoothing-value"},
    {"bleu", "--sentence-level", "", "sentence-bleu segment-level effective-order"},
    {"bleu", "--language-pair", "such as en-de",
     "lang lang-pair langpair target-lang tgt-lang trg-lang target-language"},
    {"bleu", "--num-refs", "", "n-refs nrefs"},
    {"bleu", "--chrf-char-order", "", "char-order ncorder"},
    {"bleu", "--chrf-word-order", "2 is chrF++", "word-order nworder chrf++"},
    {"bleu", "--chrf-beta", "", "beta"},
    {"bleu", "--chrf-eps-smoothing", "", "eps-smoothing"},
    {"bleu", "--chrf-whitespace", "", "whitespace"},
    {"bleu", "--ter-case-sensitive", "", "case-sensitive"},
    {"bleu", "--ter-normalized", "", "normalized"},
    {"bleu", "--ter-no-punct", "", "no-punct"},
    {"bleu", "--ter-asian-support", "", "asian-support"},
    {"bleu", "--confidence", "", "bootstrap bootstrap-resampling"},
    {"bleu", "--confidence-n", "", "n-bootstrap num-resamples bootstrap-trials"},
    {"bleu", "--width", "", "precision decimals"},
    {"bleu", "--format json", "the default", "json"},
    // The others.
    {"regress", "--update", "", "-u rebaseline update-baselines update-snapshots"},
    {"regress", "--junit", "", "junitxml junit-xml"},
    {"regress", "--report", "", "html html-report"},
    {"shortlist", "", "SOURCE and TARGET are given without flags",
     "-s -t -i source target src tgt input corpus"},
    {"shortlist", "--best", "", "shortlist-best"},
    {"shortlist", "--iterations", "", "-I epochs iters"},
});

// Flags that belong to the program's contract, but to a later version, with their names elsewhere.
constexpr auto kPlannedFlags = std::to_array<PlannedFlag>({
    {"--alternatives", "return-alternatives"},
    {"--coverage-penalty", "coverage-penalty-beta"},
    {"--glossary", "terminology terminology-file phrase-table"},
    {"--min-alternative-prob", "min-alternative-expansion-prob"},
    {"--min-p", ""},
    {"--patience", "beam-patience"},
    {"--prefix", "target-prefix tgt-prefix prefix-file force-decode decoder-prefix"},
    {"--prefix-bias", "prefix-bias-beta"},
    {"--replace-unknowns", "replace-unk replace-unks"},
    {"--sample", "do-sample sampling output-sampling random-sampling"},
    {"--samples", ""},
    {"--seed", "random-seed sampling-seed"},
    {"--temperature", "sampling-temperature random-sampling-temp"},
    {"--top-k", "sampling-topk sampling-top-k random-sampling-topk topk"},
    {"--top-p", "sampling-topp sampling-top-p random-sampling-topp topp nucleus"},
    {"--top-tokens", ""},
    {"--use-vmap", ""},
    {"--word-penalty", ""},
});

// "--num_beams" as names are written: "num-beams".
std::string plain_name(std::string_view flag) {
  flag.remove_prefix(std::min(flag.find_first_not_of('-'), flag.size()));
  std::string name;
  for (const char c : flag) {
    name += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

bool any_foreign_flags(const std::function<bool(const ForeignFlags&)>& visit) {
  if (std::any_of(kForeignFlags.begin(), kForeignFlags.end(), visit)) return true;
  bool found = false;
  for_each_option([&](const auto& option) {
    if (found) return;
    const std::string flag = flag_of(option.name);
    std::string names(option.elsewhere);
    if (option.key != option.name) names += " " + plain_name(option.key);
    std::string note(option.help);
    note.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(note.front())));
    found = visit({"", flag, note, names});
  });
  return found;
}

std::span<const PlannedFlag> planned_flags() { return kPlannedFlags; }

bool is_among(std::string_view names, std::string_view flag) {
  if (flag.size() < 2 || flag.front() != '-') return false;
  const bool is_short =
      flag[1] != '-' && (flag.size() == 2 || !std::isalpha(static_cast<unsigned char>(flag[2])));
  return has_word(names, is_short ? std::string(flag.substr(0, 2)) : plain_name(flag));
}

}  // namespace transept::tools
