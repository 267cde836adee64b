/* SPDX-License-Identifier: MIT */
#include "engine/base/instruments.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): they are the compiler's */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));
extern void __gcov_dump(void) __attribute__((weak));
/* NOLINTEND(bugprone-reserved-identifier) */

bool vf_is_sanitized(void)
{
    return __sanitizer_set_death_callback != NULL;
}

bool vf_measures_coverage(void)
{
    return __gcov_dump != NULL;
}

void vf_leave(int status)
{
    const char *preloaded = getenv("LD_PRELOAD");
    if (vf_is_sanitized() || vf_measures_coverage() || (preloaded && *preloaded))
        exit(status);
    fflush(NULL);
    _exit(status);
}
