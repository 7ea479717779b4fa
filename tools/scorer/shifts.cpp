// How a candidate's distance is found.
//
// lib_ter.py computes the matrix of edit distances inside a beam, row by row, and remembers rows in
// a trie so that candidates with a common beginning share them. Here the rows of the current
// hypothesis are kept: a candidate differs from it only behind some position, so only later rows
// are computed. For references of up to 64 words a row is two machine words of differences (Myers,
// "A fast bit-vector algorithm", JACM 1999; Hyyrö 2001 for the distance of whole strings), which
// takes no notice of the beam. That is right whenever every cheapest path stays inside it: a path
// of cost d is at cell (i, j) with |i - j| <= d, and the beam's centre is at most |n_h - n_r| + 1
// off the diagonal. Otherwise the candidate is computed cell by cell in the beam.
#include "tools/scorer/shifts.h"

#include <algorithm>
#include <cmath>

namespace transept::score {
namespace {

constexpr std::size_t kMaxShiftSize = 10;
constexpr std::size_t kMaxShiftDistance = 50;
constexpr std::size_t kBeamWidth = 25;
constexpr std::size_t kMaxCandidates = 1000;
constexpr std::int32_t kInfinity = 1 << 30;
constexpr std::size_t kBits = 64;

}  // namespace

bool ShiftSearch::Candidate::better_than(const Candidate& other) const {
  if (gain != other.gain) return gain > other.gain;
  if (length != other.length) return length > other.length;
  if (start != other.start) return start < other.start;
  return target < other.target;
}

std::size_t ShiftSearch::edits(std::span<const std::uint32_t> hypothesis,
                               std::span<const std::uint32_t> reference) {
  if (reference.empty()) return hypothesis.size();
  words_.assign(hypothesis.begin(), hypothesis.end());
  reference_ = reference;
  tried_ = 0;
  start_reference();
  choose_beam();

  std::size_t shifts = 0;
  align();
  while (true) {
    Candidate best;
    const bool found = find_shift(best);
    // The search that uses up the allowance is not acted on.
    if (tried_ >= kMaxCandidates || !found || best.gain <= 0) break;
    ++shifts;
    shifted(best, shifted_);
    words_.swap(shifted_);
    align();
  }
  return shifts + static_cast<std::size_t>(distance_);
}

// Notes where the reference has each word, for next_bit_row.
void ShiftSearch::start_reference() {
  std::uint32_t most = 0;
  for (const std::uint32_t word : words_) most = std::max(most, word);
  for (const std::uint32_t word : reference_) most = std::max(most, word);
  positions_.assign(std::size_t{most} + 1, 0);
  if (reference_.size() > kBits) return;
  for (std::size_t j = 0; j < reference_.size(); ++j) {
    positions_[reference_[j]] |= std::uint64_t{1} << j;
  }
}

void ShiftSearch::choose_beam() {
  beam_ = kBeamWidth;
  if (words_.empty()) return;
  const double ratio = static_cast<double>(reference_.size()) / static_cast<double>(words_.size());
  // Where lengths differ so much that neighbouring rows would not overlap.
  if (static_cast<double>(kBeamWidth) < ratio / 2) {
    beam_ = static_cast<std::size_t>(std::ceil(ratio / 2 + static_cast<double>(kBeamWidth)));
  }
}

// The cells of row i > 0 that the beam covers.
ShiftSearch::Row ShiftSearch::beam_row(std::size_t i) const {
  const double ratio = static_cast<double>(reference_.size()) / static_cast<double>(words_.size());
  const auto centre = static_cast<std::size_t>(std::floor(static_cast<double>(i) * ratio));
  Row row;
  row.first = centre > beam_ ? centre - beam_ : 0;
  const std::size_t end =
      i == words_.size() ? reference_.size() + 1 : std::min(reference_.size() + 1, centre + beam_);
  row.size = end - row.first;
  return row;
}

ShiftSearch::Cost ShiftSearch::cell(const Row& row, std::size_t j) const {
  return j >= row.first && j - row.first < row.size ? cells_[row.begin + j - row.first] : kInfinity;
}

// REQUIRES: memory for the row in cells_.
void ShiftSearch::fill_row(const Row& above, const Row& row, std::uint32_t word) {
  Cost left = kInfinity;
  Cost diagonal = row.first > 0 ? cell(above, row.first - 1) : kInfinity;
  for (std::size_t k = 0; k < row.size; ++k) {
    const std::size_t j = row.first + k;
    const Cost up = cell(above, j);
    Cost cost = std::min(up, left) + 1;
    if (j > 0) cost = std::min(cost, diagonal + (word == reference_[j - 1] ? 0 : 1));
    cost = std::min(cost, kInfinity);
    cells_[row.begin + k] = cost;
    left = cost;
    diagonal = up;
  }
}

// Distance, matrix and trace of words_.
void ShiftSearch::align() {
  rows_.clear();
  rows_.push_back({0, 0, reference_.size() + 1});
  cells_.resize(reference_.size() + 1);
  for (std::size_t j = 0; j <= reference_.size(); ++j) cells_[j] = static_cast<Cost>(j);
  for (std::size_t i = 1; i <= words_.size(); ++i) {
    Row row = beam_row(i);
    row.begin = cells_.size();
    cells_.resize(cells_.size() + row.size);
    fill_row(rows_.back(), row, words_[i - 1]);
    rows_.push_back(row);
  }
  distance_ = cell(rows_.back(), reference_.size());

  if (reference_.size() <= kBits) {
    bit_rows_.clear();
    bit_rows_.push_back({~std::uint64_t{0}, 0, static_cast<Cost>(reference_.size())});
    for (const std::uint32_t word : words_) {
      bit_rows_.push_back(next_bit_row(bit_rows_.back(), word));
    }
  }
  trace();
}

// Walks the matrix back, preferring (as the original after flipping its trace) substitution or no
// change, then a surplus word of the hypothesis, then a missing one.
void ShiftSearch::trace() {
  aligned_.assign(reference_.size(), -1);
  hypothesis_errors_.assign(words_.size() + 1, 0);
  reference_errors_.assign(reference_.size() + 1, 0);
  std::size_t i = words_.size();
  std::size_t j = reference_.size();
  while (i > 0 || j > 0) {
    const Cost here = cell(rows_[i], j);
    const bool same = i > 0 && j > 0 && words_[i - 1] == reference_[j - 1];
    if (i > 0 && j > 0 && cell(rows_[i - 1], j - 1) + (same ? 0 : 1) == here) {
      --i;
      --j;
      aligned_[j] = static_cast<std::ptrdiff_t>(i);
      hypothesis_errors_[i + 1] = reference_errors_[j + 1] = same ? 0 : 1;
    } else if (i > 0 && cell(rows_[i - 1], j) + 1 == here) {
      --i;
      hypothesis_errors_[i + 1] = 1;
    } else {
      --j;
      aligned_[j] = static_cast<std::ptrdiff_t>(i) - 1;
      reference_errors_[j + 1] = 1;
    }
  }
  for (std::size_t k = 1; k < hypothesis_errors_.size(); ++k) {
    hypothesis_errors_[k] += hypothesis_errors_[k - 1];
  }
  for (std::size_t k = 1; k < reference_errors_.size(); ++k) {
    reference_errors_[k] += reference_errors_[k - 1];
  }
}

// The best shift of words that the reference has elsewhere; false when there is none.
bool ShiftSearch::find_shift(Candidate& best) {
  bool found = false;
  for (std::size_t start = 0; start < words_.size(); ++start) {
    const std::size_t from = start > kMaxShiftDistance ? start - kMaxShiftDistance : 0;
    const std::size_t to = std::min(reference_.size(), start + kMaxShiftDistance + 1);
    for (std::size_t reference_start = from; reference_start < to; ++reference_start) {
      const std::size_t most =
          std::min({kMaxShiftSize, words_.size() - start, reference_.size() - reference_start});
      for (std::size_t length = 1; length <= most; ++length) {
        if (words_[start + length - 1] != reference_[reference_start + length - 1]) break;
        try_targets(start, reference_start, length, best, found);
        if (tried_ >= kMaxCandidates) return found;
      }
    }
  }
  return found;
}

// Tries the positions to which the words of the reference round `reference_start` are aligned.
void ShiftSearch::try_targets(std::size_t start, std::size_t reference_start, std::size_t length,
                              Candidate& best, bool& found) {
  // Only words that are wrong where they are and missing where they would go.
  if (hypothesis_errors_[start + length] == hypothesis_errors_[start]) return;
  if (reference_errors_[reference_start + length] == reference_errors_[reference_start]) return;
  const std::ptrdiff_t there = aligned_[reference_start];
  const auto first = static_cast<std::ptrdiff_t>(start);
  const auto size = static_cast<std::ptrdiff_t>(length);
  if (first <= there && there < first + size) return;

  std::ptrdiff_t previous = -1;
  for (std::size_t k = 0; k <= length; ++k) {
    // Behind the word in front of those that match, then behind each of them.
    const std::size_t position = reference_start + k;
    const std::ptrdiff_t target = position == 0 ? 0 : aligned_[position - 1] + 1;
    if (target == previous) continue;
    previous = target;

    Candidate candidate;
    candidate.length = length;
    candidate.start = start;
    candidate.target = static_cast<std::size_t>(target);
    shifted(candidate, shifted_);
    candidate.gain = distance_ - distance(shifted_, std::min(candidate.start, candidate.target));
    ++tried_;
    if (!found || candidate.better_than(best)) best = candidate;
    found = true;
  }
}

// words_ with words [start, start + length) moved in front of word `target`; a target inside them
// moves them by as many words to the right.
void ShiftSearch::shifted(const Candidate& shift, std::vector<std::uint32_t>& out) const {
  const auto word = [this](std::size_t i) {
    return words_.begin() + static_cast<std::ptrdiff_t>(std::min(i, words_.size()));
  };
  const std::size_t end = shift.start + shift.length;
  out.clear();
  const auto append = [&](std::size_t from, std::size_t to) {
    if (from < to) out.insert(out.end(), word(from), word(to));
  };
  if (shift.target < shift.start) {
    append(0, shift.target);
    append(shift.start, end);
    append(shift.target, shift.start);
    append(end, words_.size());
  } else if (shift.target > end) {
    append(0, shift.start);
    append(end, shift.target);
    append(shift.start, end);
    append(shift.target, words_.size());
  } else {
    append(0, shift.start);
    append(end, shift.length + shift.target);
    append(shift.start, end);
    append(shift.length + shift.target, words_.size());
  }
}

ShiftSearch::BitRow ShiftSearch::next_bit_row(BitRow row, std::uint32_t word) const {
  const std::uint64_t equal = positions_[word];
  const std::uint64_t x = equal | row.minus;
  const std::uint64_t y = (((equal & row.plus) + row.plus) ^ row.plus) | equal;
  std::uint64_t up = row.minus | ~(y | row.plus);  // cell j of the next row is one more than here
  std::uint64_t down = row.plus & y;
  const std::size_t top = reference_.size() - 1;
  row.last += static_cast<Cost>(up >> top & 1) - static_cast<Cost>(down >> top & 1);
  up = up << 1 | 1;  // the first column grows by one each row
  down <<= 1;
  row.plus = down | ~(x | up);
  row.minus = up & x;
  return row;
}

bool ShiftSearch::beam_cannot_matter(Cost distance) const {
  // A short reference lies inside the beam as a whole.
  if (reference_.size() < kBeamWidth) return true;
  const std::size_t difference = words_.size() > reference_.size()
                                     ? words_.size() - reference_.size()
                                     : reference_.size() - words_.size();
  return static_cast<std::size_t>(distance) + difference + 2 <= kBeamWidth;
}

// The distance of `words`, which are words_ in another order, equal up to position `shared`.
ShiftSearch::Cost ShiftSearch::distance(const std::vector<std::uint32_t>& words,
                                        std::size_t shared) {
  if (reference_.size() <= kBits) {
    BitRow row = bit_rows_[shared];
    for (std::size_t i = shared; i < words.size(); ++i) row = next_bit_row(row, words[i]);
    if (beam_cannot_matter(row.last)) return row.last;
  }
  // Two rows of scratch behind the matrix take turns.
  const std::size_t matrix = cells_.size();
  const std::size_t widest = reference_.size() + 1;
  cells_.resize(matrix + 2 * widest);
  Row above = rows_[shared];
  for (std::size_t i = shared + 1; i <= words.size(); ++i) {
    Row row = beam_row(i);
    row.begin = matrix + (i % 2) * widest;
    fill_row(above, row, words[i - 1]);
    above = row;
  }
  const Cost result = cell(above, reference_.size());
  cells_.resize(matrix);
  return result;
}

}  // namespace transept::score
