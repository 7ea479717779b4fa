// Lane: one thread's segments in flight: admitted, encoded, stepped together, and gone when
// finished.
//
// Owns every temporary and cache of its segments; nothing is shared with other lanes but the
// network. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "engine/base/thrown.h"
#include "engine/network/decoder.h"
#include "engine/network/encoder.h"
#include "engine/network/network.h"
#include "engine/network/segment_cache.h"
#include "engine/ops/output_layer.h"
#include "engine/runtime/attention_record.h"
#include "engine/runtime/segment.h"
#include "engine/search/protocol.h"
#include "engine/search/result.h"

namespace transept {

// Source tokens encoded at once, unless one segment has more: the rows of the encoder are wide, see
// kMaxRows in lane.cpp.
inline constexpr std::size_t kEncodeTokens = 192;

// What a lane can still take, counted down while segments are chosen for it.
class LaneRoom {
 public:
  LaneRoom(bool empty, std::size_t segments, std::size_t rows, std::size_t tokens)
      : empty_(empty), segments_(segments), rows_(rows), tokens_(tokens) {}
  // True and counted when the segment fits. An empty lane takes any first segment.
  bool take(const Segment& segment);

 private:
  bool empty_;
  std::size_t segments_;
  std::size_t rows_;
  std::size_t tokens_;
};

class Lane {
 public:
  // `profile`: where times are counted; may be null.
  Lane(std::shared_ptr<const Network> network, std::size_t batch_tokens, ProfileTotals* profile);
  ~Lane();

  bool empty() const { return live_.empty(); }
  // Whether so much room is free that admitting pays: segments are admitted in groups, since
  // encoding a group reads the weights once.
  bool wants_more() const;
  LaneRoom room() const;
  // Moves the segments in and encodes them. When memory runs out, those not yet moved still have
  // their `done`.
  void admit(std::list<Segment>& segments);
  // Who shares this lane's products from now on; null: nobody.
  void use_team(Team* team);
  // One decoder step of all rows; calls `done` of the segments it finishes. After an exception the
  // segments still live can only be ended.
  void step();
  // Ends segments for which `should_end(segment)` holds, with this status.
  template <class Predicate>
  void end_where(Predicate should_end, const Status& status) noexcept {
    for (std::size_t i = live_.size(); i-- > 0;) {
      if (should_end(live_[i]->segment)) finish(i, copy_of(status));
    }
  }

 private:
  struct Live {
    Segment segment;
    std::unique_ptr<Search> search;
    SegmentCache cache;
    OutputColumns columns;                       // of the segment's candidates
    std::unique_ptr<AttentionRecord> attention;  // null: the segment does not ask
    std::vector<std::int32_t> tokens;
    std::vector<std::int32_t> parents;
  };

  PhaseClock& clock() { return decoder_scratch_.clock; }
  void encode_group(std::size_t first, std::size_t last);
  void prepare_step();
  void score_rows(const float* hidden);
  void advance_all();
  void record_attention();
  static std::vector<SearchHypothesis> hypotheses(const Live& live);
  void count_encoded();
  void count_step();
  void finish(std::size_t index, Result<std::vector<SearchHypothesis>> result) noexcept;
  std::unique_ptr<Live> fresh();

  std::shared_ptr<const Network> network_;
  std::size_t batch_tokens_;
  std::size_t source_tokens_ = 0;  // of live segments
  std::size_t reserved_rows_ = 0;  // rows live segments may come to have
  BlockPool blocks_;
  EncoderScratch encoder_scratch_;
  DecoderScratch decoder_scratch_;
  OutputScratch output_scratch_;
  std::vector<std::unique_ptr<Live>> live_;
  std::vector<std::unique_ptr<Live>> spare_;  // finished ones, kept for their memory
  std::vector<std::span<const std::int32_t>> sources_;
  std::vector<std::size_t> source_lengths_;
  std::vector<SegmentCache*> caches_;
  std::vector<StepSegment> step_;
  std::vector<OutputRow> output_rows_;
  std::vector<RowScores> row_scores_;
  std::vector<float> special_logits_;
  std::vector<std::int32_t> top_tokens_;
  std::vector<float> top_logits_;
  std::vector<Candidate> candidates_;
};

}  // namespace transept
