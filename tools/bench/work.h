// What was done in a time that was measured: multiply-adds and bytes, from what the model says its
// phases take (PhaseWork).
#pragma once

#include "transept/profile.h"

namespace transept::bench {

struct Done {
  double multiply_adds = 0.0;
  double bytes = 0.0;
};

// What a phase did in all that `profile` counted.
Done work_done(const NetworkWork& work, Phase phase, const Profile& profile);

// later - earlier, member by member.
Profile difference(const Profile& later, const Profile& earlier);

}  // namespace transept::bench
