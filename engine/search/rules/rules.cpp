#include "engine/search/rules/rules.h"

#include "engine/base/try.h"
#include "engine/search/rules/transformers.h"

namespace transept {

std::unique_ptr<SearchRules> make_rules(const SearchOptions& options) {
  TRANSEPT_DCHECK(options.rules == Rules::transformers);
  return make_transformers_rules(options);
}

}  // namespace transept
