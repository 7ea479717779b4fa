// What the shared library shows to the outside; everything else is hidden.
#pragma once

#define TRANSEPT_API __attribute__((visibility("default")))
