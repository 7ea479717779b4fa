#include "engine/search/make_search.h"

#include "engine/base/try.h"
#include "engine/search/beam.h"
#include "engine/search/greedy.h"

namespace transept {

std::unique_ptr<Search> make_search(const SearchOptions& options) {
  TRANSEPT_DCHECK(check_search_options(options).ok());
  return options.beam == 1 ? make_greedy_search(options) : make_beam_search(options);
}

}  // namespace transept
