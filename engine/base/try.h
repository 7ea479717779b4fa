// Passing a Status up: the two macros every fallible function uses, and the debug check.
#pragma once

#include "transept/status.h"

#define TRANSEPT_CONCAT_INNER(a, b) a##b
#define TRANSEPT_CONCAT(a, b) TRANSEPT_CONCAT_INNER(a, b)

// TRANSEPT_RETURN_IF_ERROR(expression): returns its Status from the calling function unless ok.
#define TRANSEPT_RETURN_IF_ERROR(expression)                        \
  do {                                                              \
    if (::transept::Status status_ = (expression); !status_.ok()) { \
      return status_;                                               \
    }                                                               \
  } while (false)

// TRANSEPT_ASSIGN_OR_RETURN(auto x, expression): binds the value of a Result or returns its Status.
#define TRANSEPT_ASSIGN_OR_RETURN(declaration, expression) \
  TRANSEPT_ASSIGN_OR_RETURN_INNER(TRANSEPT_CONCAT(result_, __LINE__), declaration, expression)
#define TRANSEPT_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                            \
  if (!result.ok()) return result.status();                              \
  declaration = *std::move(result)

// A programmer error inside the library: checked in Debug and sanitizer builds only.
#if defined(TRANSEPT_ENABLE_DCHECK)
#define TRANSEPT_DCHECK(condition) ((condition) ? void() : __builtin_trap())
#else
#define TRANSEPT_DCHECK(condition) ((void)sizeof(!(condition)))
#endif
