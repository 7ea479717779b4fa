// Options of opening a model and of translating: plain structs, defaults in place, each with its
// cost.
//
// An unset optional means: what the model's own files say, then what the decoding rules say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace transept {

// The arithmetic of matrix products. automatic keeps what the model's files hold.
enum class Compute { automatic, float32, bfloat16, int8, int4 };

// Whose code multiplies float32 matrices. openblas gives up bit equality between batch sizes.
enum class Gemm { native, openblas };

// Whose finishing rule, length conventions and scores the search follows.
enum class Rules { automatic, transformers, ctranslate2, marian };

// When beam search stops: off: when no running hypothesis looks better than the worst finished one;
// on: as soon as enough are finished; never: only when none could become better.
enum class EarlyStopping { off, on, never };

// How a line becomes segments: what the model sees at once.
//   sentences:  one segment a sentence; sentences that are too long are cut.
//   long_lines: a line the model can take at once is one segment; a longer one becomes sentences.
//   none:       a line is one segment; one that is too long for the model is an error.
//   automatic:  sentences for families trained on single sentences, which drop what else a line
//               holds (Marian); long_lines for the others.
// A line of one sentence is the same segment whichever is chosen, unless it is too long.
enum class Split { automatic, sentences, long_lines, none };

// What becomes of text that the model's vocabulary does not know, for which a model only invents
// words.
//   lines:     a segment that holds nothing known but punctuation and symbols is given back as it
//              stands, and the model is not run: one hypothesis without ids, of score 0.
//   symbols:   as lines; and unknown symbols beyond ASCII (emojis) between known words are taken
//              out before the model is run, and put back where the cross-attention says (which is then
//              computed, for such segments only). Hypothesis::text has them, ids have not.
//   off:       the model sees the unknown token, whatever it makes of it, as with transformers.
//   automatic: lines. A vocabulary that can write any text (byte pieces) never comes to it. Not
//              symbols, which changes what the model sees of lines that it knows for the most part.
// About text only: tokens and ids are run as they are given.
enum class CopyUnknown { automatic, off, lines, symbols };

// A lexical shortlist restricts each sentence to the target words that are frequent or likely for
// its own source words: less to compute, and perhaps a little quality lost. Each sentence in flight
// holds the output weights of its words. Files are Marian's, text (plain or gzip) or binary; a
// binary one has its own limits, which may not be set beside it.
struct ShortlistOptions {
  std::filesystem::path file;          // empty: every sentence may use the whole vocabulary
  std::optional<std::uint32_t> first;  // the ids below it are always in [100]
  std::optional<std::uint32_t> best;   // target words kept for each source word [100]
  std::optional<float> threshold;      // ... whose probability is above this [0]
};

struct OpenOptions {
  Compute compute = Compute::automatic;
  Gemm gemm = Gemm::native;
  // which of several exports in a directory ("fp32", "q8", ...); empty: the best fit
  std::string variant;
  std::size_t threads = 0;       // 0: one for each core this process may use
  std::size_t batch_tokens = 0;  // bound on the tokens in flight for each thread; 0: 2048
  ShortlistOptions shortlist;
  // A directory in which packed weights are kept and found again, made if need be; empty: none.
  // Opening then reads the model's weights to recognise them, but packs and copies nothing: all
  // processes that use the directory share one copy in memory. Whoever may write there decides what
  // the model says: files are proof against damage and confusion, not against forgery. Files of
  // models that are no longer used may be deleted at any time.
  std::filesystem::path packed_cache = {};
  // Weight files are mapped; what a translation needs of them is packed or copied while the model
  // opens, except tables of embeddings above 8 MiB, whose rows are read as they are needed. Whoever
  // overwrites such a file in place (cp onto it; replacing it by a new one is harmless) changes what
  // the model says, or ends the process (SIGBUS) when it becomes shorter. false: files are read into
  // memory, which costs their size while opening, and nothing that happens to them matters later.
  bool mapping = true;
  bool profile = false;  // count times and work, see Translator::profile(); costs about 1 %
};

// What a translation is to be, in the groups of `transept translate --help`. option_table.h has a row
// for each that is a number, a truth or a word.
struct TranslateOptions {
  // How the best translation is looked for.
  struct Search {
    std::optional<std::uint32_t> beam;    // hypotheses kept; 1 is greedy
    std::optional<std::uint32_t> n_best;  // hypotheses returned, at most beam
    std::optional<float> length_penalty;  // score = sum / length^length_penalty
    std::optional<EarlyStopping> early_stopping;
    // A hypothesis that says the same tokens over and over, or goes on far beyond what its source can
    // need, is stopped and cut back to the first round: flag "repetition". All else comes out as
    // without. Unset: on for text, off for tokens and ids.
    std::optional<bool> loop_guard;
    Rules rules = Rules::automatic;
  };

  struct Lengths {
    std::optional<std::uint32_t> max_length;  // new tokens, end token included
    std::optional<std::uint32_t> min_length;  // new tokens before the end token may come
  };

  // Which words may come, and how readily.
  struct Words {
    std::optional<float> repetition_penalty;           // 1: none
    std::optional<std::uint32_t> no_repeat_ngram;      // 0: none
    bool disable_unk = false;                          // the unknown token is never generated
    std::optional<bool> renormalize;                   // softmax again after the processors
    std::vector<std::vector<std::int32_t>> bad_words;  // added to the model's own
    std::vector<std::int32_t> end_tokens;              // replace the model's own when not empty
  };

  // What a Translation holds.
  struct Returns {
    // fill in Hypothesis::attention; about 1 % of the time. Of a split line it has a column for each
    // source token of the whole line: memory grows with the square of its length
    bool attention = false;
    // false: scores may be 0, which lets greedy search skip work
    bool scores = true;
    // Of each line only its text, flags and tokens, and of its best hypothesis score and sum: results
    // are then about as large as their texts, however long the lines are.
    bool text_only = false;
    // Of a line's n best hypotheses, also those whose text another one has already.
    bool n_best_repeats = false;
  };

  // What text is, and how a line of it becomes segments.
  struct Text {
    // Languages of a multilingual model by its own codes, or by others where one alone fits ("fr",
    // "fra", "fra_Latn"); an error for a model that has none to choose. Empty: what the text says, as
    // Marian's >>fra<< in front of it, which goes before `to`. Not for ids, which are complete. `from`
    // is for families that are told their source language, which Marian is not.
    std::string from;
    std::string to;
    // Language of the text: a code such as "de", "deu", "de_DE", "deu_Latn", "zh-Hans". It decides
    // where sentences end. Empty: the one that the model tells, and no guess where it tells none.
    std::string text_language;
    Split split = Split::automatic;
    // Source tokens a segment of a text may have, special ones included; unset: as many as are usual
    // for the model (`inspect` names them), and as it can take. It decides about what must be cut,
    // sentences and long lines; nothing is ever joined to reach it.
    std::optional<std::uint32_t> max_segment;
    // Cut a segment to so many tokens; unset or 0: never. No cut is silent: flag "truncated". With
    // Split::automatic it is the line that is cut, and not split before.
    std::optional<std::uint32_t> truncate_input;
    // true: special tokens written in a text (`</s>`, `<pad>`) are these tokens, as transformers has
    // it, and may end a source early. false: they are text like any other. Language codes in front
    // (`>>fra<<`) count either way; with true also those that the vocabulary lacks, as unknown. Lines
    // of tokens hold what they say.
    bool special_tokens = false;
    CopyUnknown copy_unknown = CopyUnknown::automatic;
  };

  Search search;
  Lengths lengths;
  Words words;
  Returns returns;
  Text text;
};

// The numbers, truths and words of a search when all is decided: as the request has them, else as the
// model's own files do, else as here, which is how transformers has it. Lengths count new tokens after
// the decoder start.
struct SearchSettings {
  Rules rules = Rules::transformers;
  std::uint32_t beam = 1;       // 1: greedy
  std::uint32_t n_best = 1;     // at most beam
  float length_penalty = 1.0f;  // score = sum / length^length_penalty
  EarlyStopping early_stopping = EarlyStopping::off;
  std::uint32_t max_length = 512;     // new tokens, end token included
  std::uint32_t min_length = 0;       // end tokens are banned while fewer new tokens exist
  float repetition_penalty = 1.0f;    // 1: none
  std::uint32_t no_repeat_ngram = 0;  // 0: none
  bool renormalize = false;           // softmax again after the processors
};

}  // namespace transept
