// Special columns: those of a row that the options change, and what becomes of them.
//
// The logits processors of other engines, turned from operations on a whole distribution into
// short lists: whatever is not listed shifts by one number at most (protocol.h).
#pragma once

#include <cstdint>
#include <vector>

namespace transept {

// A special column that is not banned: its score, a logit or a log-probability as the rules have
// it, is shifted first and penalised then.
struct ChangedColumn {
  std::uint32_t index = 0;  // into SpecialColumns::tokens
  float shift = 0.0f;
  float penalty = 1.0f;  // makes a token less likely whatever the sign of its score

  float apply(float score) const {
    if (shift != 0.0f) score += shift;
    if (penalty == 1.0f) return score;
    return score < 0.0f ? score * penalty : score / penalty;
  }
};

// The special columns of one row. A column that is not listed in `changed` is banned.
struct SpecialColumns {
  std::vector<std::int32_t> tokens;    // ascending, distinct
  std::vector<ChangedColumn> changed;  // ascending
};

// What column rules mark, in any order; several marks of a column come together. Keeps its memory.
class ColumnMarks {
 public:
  // Overrides whatever else marks the token.
  void ban(std::int32_t token) { add({.token = token, .banned = true}); }
  // Counts once however often it is marked, the last penalty of different ones.
  void penalise(std::int32_t token, float penalty) { add({.token = token, .penalty = penalty}); }
  // Shifts of a token add up.
  void shift(std::int32_t token, float amount) { add({.token = token, .shift = amount}); }
  void add_all(const ColumnMarks& more) {
    for (const Mark& mark : more.marks_) add(mark);
  }
  void clear();

  // Overwrites `columns`.
  void collect(SpecialColumns& columns);

 private:
  struct Mark {
    std::int32_t token = 0;
    float shift = 0.0f;
    float penalty = 1.0f;
    bool banned = false;
  };

  void add(const Mark& mark);

  std::vector<Mark> marks_;
  std::vector<std::uint64_t> order_;  // token << 32 | place in marks_
};

}  // namespace transept
