// What the shared library shows to the outside; everything else is hidden.
#pragma once

#if defined(TRANSEPT_STATIC)
#define TRANSEPT_API
#else
#define TRANSEPT_API __attribute__((visibility("default")))
#endif
