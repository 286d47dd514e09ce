/* The unit tests of a floor are linked with that floor's helpers only. */
#include "tests/fake/faultvfs.c"
