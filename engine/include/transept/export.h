// What the shared library shows to the outside; everything else is hidden.
#pragma once

#define TRANSEPT_API __attribute__((visibility("default")))

// For what is nested in an exported class but no part of the interface.
#define TRANSEPT_LOCAL __attribute__((visibility("hidden")))
