// The number of edits of TER: word insertions, deletions, substitutions and shifts of word
// sequences.
//
// Finding the fewest is NP-hard, and scores depend on how it is approximated, so this follows
// sacrebleu/metrics/lib_ter.py (and so Tercom) candidate by candidate: shifts are tried greedily,
// at most 10 words by at most 50 positions, 1,000 candidates in all; distances look only 25 words
// to either side of the diagonal. What differs is how a candidate's distance is found; see
// shifts.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace transept::score {

// Holds the scratch memory of one search; reuse it. Not thread-safe.
class ShiftSearch {
 public:
  // Words are numbers; equal words have equal numbers, all below their count (memory is taken for
  // it).
  std::size_t edits(std::span<const std::uint32_t> hypothesis,
                    std::span<const std::uint32_t> reference);

 private:
  using Cost = std::int32_t;

  // One row of the matrix of edit distances: only the cells of the beam; all others are infinite.
  struct Row {
    std::size_t first = 0;  // column of the first cell
    std::size_t begin = 0;  // where its cells stand in cells_
    std::size_t size = 0;
  };
  // A row as differences between neighbouring cells, one bit each, and the last cell (Myers 1999).
  struct BitRow {
    std::uint64_t plus = 0;   // cell j + 1 is one more than cell j
    std::uint64_t minus = 0;  // ... one less
    Cost last = 0;
  };
  struct Candidate {
    Cost gain = 0;
    std::size_t length = 0, start = 0, target = 0;
    bool better_than(const Candidate& other) const;
  };

  void start_reference();
  void align();
  void choose_beam();
  Row beam_row(std::size_t i) const;
  Cost cell(const Row& row, std::size_t j) const;
  void fill_row(const Row& above, const Row& row, std::uint32_t word);
  void trace();
  bool find_shift(Candidate& best);
  void try_targets(std::size_t start, std::size_t reference_start, std::size_t length,
                   Candidate& best, bool& found);
  void shifted(const Candidate& shift, std::vector<std::uint32_t>& out) const;
  BitRow next_bit_row(BitRow row, std::uint32_t word) const;
  Cost distance(const std::vector<std::uint32_t>& words, std::size_t shared);
  bool beam_cannot_matter(Cost distance) const;

  std::vector<std::uint32_t> words_;  // the hypothesis with the shifts made so far
  std::span<const std::uint32_t> reference_;
  std::size_t beam_ = 0;
  std::size_t tried_ = 0;  // candidates

  // Of words_: its matrix and, for short references, the same as bits.
  std::vector<Cost> cells_;
  std::vector<Row> rows_;
  std::vector<BitRow> bit_rows_;
  Cost distance_ = 0;
  std::vector<std::uint64_t>
      positions_;  // by word: where the reference has it; short references only
  // Of its trace.
  std::vector<std::ptrdiff_t> aligned_;  // by reference position: hypothesis position or -1
  std::vector<std::uint32_t> hypothesis_errors_;  // sums over the positions before
  std::vector<std::uint32_t> reference_errors_;

  std::vector<std::uint32_t> shifted_;
};

}  // namespace transept::score
