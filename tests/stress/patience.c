/* SPDX-License-Identifier: MIT */
#include "tests/stress/patience.h"

#include <stdlib.h>

int64_t patience_extend(int64_t limit_ns)
{
    const char *patience = getenv("VFLOW_TEST_PATIENCE");
    long factor = patience ? strtol(patience, NULL, 10) : 1;
    return factor > 1 ? factor * limit_ns : limit_ns;
}
