#include "engine/ops/output_layer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace transept {
namespace {

// Columns whose logits are looked at together. 512 of 48 rows are 96 KB of logits and, at width
// 256, 128 KB of int8 weights: both stay in L2. All rows of a usual step pass while a group of
// weights is in L1; with blocks of 12 rows, whose logits would stay in L1 instead, int8 takes 2 %
// longer and float32 5 %.
constexpr std::size_t kChunk = 512;
constexpr std::size_t kRowBlock = 48;
// Chunks of one row's logits that a team computes at once, in one loop for all of it: 768 KB.
constexpr std::size_t kTeamChunks = 384;

bool wants_anything(const OutputRow& row) {
  return row.best.capacity > 0 || row.needs_lse || !row.special.empty();
}

constexpr float kNothing = -std::numeric_limits<float>::infinity();
constexpr std::size_t kNoColumn = std::numeric_limits<std::size_t>::max();

// Where the logits of a row have this id.
std::size_t column_of(const OutputRow& row, std::int32_t id) {
  if (row.columns == nullptr) return static_cast<std::size_t>(id);
  const auto ids = row.columns->ids;
  const auto place = std::lower_bound(ids.begin(), ids.end(), id);
  return place != ids.end() && *place == id ? static_cast<std::size_t>(place - ids.begin())
                                            : kNoColumn;
}

// Moves the special columns of [first, first + cols) out of a row of logits.
void take_special(OutputRow& row, std::size_t& next, std::size_t first, std::size_t cols,
                  float* logits) {
  for (; next < row.special.size(); ++next) {
    const std::size_t column = column_of(row, row.special[next]);
    if (column == kNoColumn) {
      row.special_logits[next] = kNothing;
      continue;
    }
    if (column >= first + cols) return;
    row.special_logits[next] = logits[column - first];
    logits[column - first] = kNothing;
  }
}

// Logits [0, cols) of one row, which begin at column `first`, into what the row wants to know.
void take_chunk(const KernelTable& kernels, OutputScratch::RowState& state, std::size_t first,
                std::size_t cols, float* logits) {
  take_special(*state.row, state.next_special, first, cols, logits);
  TopColumns& best = state.row->best;
  bool may_enter = best.capacity > 0;
  if (state.row->needs_lse) {
    float max = 0.0f;
    float sum = 0.0f;
    kernels.log_sum_exp_parts(logits, cols, &max, &sum);
    state.lse.fold(max, sum);
    may_enter = may_enter && (best.size < best.capacity || max > best.logits[best.size - 1]);
  }
  if (may_enter) kernels.merge_top(logits, cols, static_cast<std::int32_t>(first), &best);
}

}  // namespace

void RunningLse::fold(float chunk_max, float chunk_sum) {
  if (chunk_sum == 0.0f) return;
  if (chunk_max > max_) {
    sum_ = sum_ * std::exp(static_cast<double>(max_) - chunk_max) + chunk_sum;
    max_ = chunk_max;
  } else {
    sum_ += chunk_sum * std::exp(static_cast<double>(chunk_max) - max_);
  }
}

float RunningLse::value() const {
  return sum_ > 0.0 ? static_cast<float>(max_ + std::log(sum_))
                    : -std::numeric_limits<float>::infinity();
}

namespace {

// Rows over the same columns, which are those of `head`.
void project_alike(const KernelTable& kernels, const Linear& head, const LinearInput& input,
                   std::span<OutputScratch::RowState> states, OutputScratch& scratch) {
  Team* team = scratch.linear.team;
  const std::size_t row_block = std::min(kRowBlock, states.size());
  const std::size_t chunks = team == nullptr ? 1 : kTeamChunks / row_block;
  const std::size_t span = std::min(chunks, (head.out + kChunk - 1) / kChunk) * kChunk;
  float* logits = scratch.logits.ensure(row_block * span);
  for (std::size_t column = 0; column < head.out; column += span) {
    const std::size_t cols = std::min(span, head.out - column);
    for (std::size_t first = 0; first < states.size(); first += row_block) {
      const std::size_t count = std::min(row_block, states.size() - first);
      linear_columns(kernels, head, input.rows_from(first, count), column, cols,
                     {.y = logits, .ldy = span}, team);
      for (std::size_t r = 0; r < count; ++r) {
        for (std::size_t c = 0; c < cols; c += kChunk) {
          take_chunk(kernels, states[first + r], column + c, std::min(kChunk, cols - c),
                     logits + r * span + c);
        }
      }
    }
  }
}

void finish(OutputScratch::RowState& state) {
  OutputRow& row = *state.row;
  row.lse = state.lse.value();
  if (row.columns == nullptr) return;
  for (std::size_t i = 0; i < row.best.size; ++i) {
    row.best.tokens[i] = row.columns->ids[static_cast<std::size_t>(row.best.tokens[i])];
  }
}

}  // namespace

void project_rows(const KernelTable& kernels, const Linear& head, std::span<OutputRow> rows,
                  OutputScratch& scratch) {
  float* gathered = scratch.gathered.ensure(rows.size() * head.in);
  auto& states = scratch.states;
  states.clear();
  for (OutputRow& row : rows) {
    if (!wants_anything(row)) continue;
    std::memcpy(gathered + states.size() * head.in, row.hidden, head.in * sizeof(float));
    states.push_back({&row, {}, 0});
  }

  const LinearInput input = linear_input(kernels, head, gathered, states.size(), scratch.linear);
  for (std::size_t first = 0, count = 0; first < states.size(); first += count) {
    const OutputColumns* columns = states[first].row->columns;
    count = 1;
    while (first + count < states.size() && states[first + count].row->columns == columns) ++count;
    project_alike(kernels, columns == nullptr ? head : columns->head, input.rows_from(first, count),
                  std::span(states).subspan(first, count), scratch);
  }
  for (auto& state : states) finish(state);
}

}  // namespace transept
