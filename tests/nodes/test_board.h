/* SPDX-License-Identifier: MIT */
/* test_board.h - what test nodes tell the test that runs them, across processes.
 *
 * The test makes the board before it starts a flow; the workers inherit it.
 */
#ifndef VF_TESTS_NODES_TEST_BOARD_H
#define VF_TESTS_NODES_TEST_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define BOARD_SINKS 4
#define BOARD_VALUES 1024

/* What one sink was given. */
struct test_sink {
    atomic_int count;
    atomic_int most_ahead; /* messages that counting_source had published beyond the one in work */
    int64_t values[BOARD_VALUES];
};

struct test_board {
    atomic_int published; /* by counting_source, until now */
    atomic_bool is_open;  /* gated sinks go on */
    atomic_int flushes, closes;
    struct test_sink sinks[BOARD_SINKS];
};

/* NULL: nobody looks. */
extern struct test_board *test_board;

void test_board_create(void);
void test_board_destroy(void);

#endif
