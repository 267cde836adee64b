/* SPDX-License-Identifier: MIT */
#include "tests/nodes/test_board.h"

#include <check.h>
#include <sys/mman.h>

struct test_board *test_board;

void test_board_create(void)
{
    test_board =
        mmap(NULL, sizeof(*test_board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(test_board, MAP_FAILED);
}

void test_board_destroy(void)
{
    munmap(test_board, sizeof(*test_board));
    test_board = NULL;
}
