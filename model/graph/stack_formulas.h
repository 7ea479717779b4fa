// What a stack computes between its matrices, as formulas over a few rows: what StackProbe compares
// graphs with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/network/architecture.h"

namespace transept::graph {

double activate(Activation activation, double x);

// Root mean square norm, or layer norm, of each row of x [rows, gamma's size].
void normalise(NormRule rule, double epsilon, const std::vector<float>& gamma,
               const std::vector<float>& beta, std::vector<double>& x);

// softmax(q k^T * scale + added) v by heads. q: [batch * queries, width]; k, v: [batch * keys,
// width]; added: [batch, heads, queries, keys], minus infinity where a key is not seen.
struct Attention {
  std::size_t batch, queries, keys, heads, d_head;
  double scale;
};
std::vector<double> attend(const Attention& attention, const std::vector<double>& q,
                           const std::vector<double>& k, const std::vector<double>& v,
                           const std::vector<double>& added);

// Whether keys at `distance` behind their query (before it where negative) may be in `bucket`
// (Raffel et al. 2020): a bucket for each small distance, then logarithmically wider ones, in two
// halves where a query sees both sides. At the edge of two buckets either will do, since rounding
// decides.
bool is_bucket(const RelativeBias& bias, bool both_sides, std::int64_t distance, double bucket);

}  // namespace transept::graph
