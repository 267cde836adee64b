/* SPDX-License-Identifier: MIT */
/* flow_test_output.h - the results of tests, for people and for build servers. */
#ifndef VF_CMD_FLOW_TEST_OUTPUT_H
#define VF_CMD_FLOW_TEST_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/flow_test.h"

enum vf_test_format { VF_TEST_TAP, VF_TEST_JUNIT };

/* What became of a test. Starts as {0}. */
struct vf_test_outcome {
    bool is_done;
    double seconds;
    char *failures;     /* lines; "": it has passed; the owner's */
    char *updates;      /* the owner's */
    const char *folder; /* that has been kept; NULL: none */
};

/* Prints on standard output: before the first test, */
void vf_test_output_begin(enum vf_test_format format, size_t count);

/* for each test, numbered from 1, in their order, */
void vf_test_output_result(enum vf_test_format format, size_t number,
                           const struct vf_flow_test *test, const struct vf_test_outcome *outcome);

/* and after the last one. */
void vf_test_output_end(enum vf_test_format format, const struct vf_flow_test_list *tests,
                        const struct vf_test_outcome *outcomes);

#endif
