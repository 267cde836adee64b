/* SPDX-License-Identifier: MIT */
/* patience.h - limits that only catch hangs. */
#ifndef VF_TESTS_STRESS_PATIENCE_H
#define VF_TESTS_STRESS_PATIENCE_H

#include <stdint.h>

/* Returns `limit_ns` times VFLOW_TEST_PATIENCE: see tests/patience.sh. */
int64_t patience_extend(int64_t limit_ns);

#endif
