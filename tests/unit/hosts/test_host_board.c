/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/hosts/board.h"

#define TASK_FACTS ((size_t)5)
#define EDGE_FACTS ((size_t)3)
#define ROUNDS 20000

static const struct vf_node node = {.name = "node"};
static char left[] = "left", right[] = "right";
static struct vf_flow_host hosts[] = {{.name = left}, {.name = right}};
static struct vf_plan_task tasks[] = {{.id = 1, .name = "a", .node = &node, .host = 0},
                                      {.id = 2, .name = "b", .node = &node, .host = 1},
                                      {.id = 3, .name = "c", .node = &node, .host = 1}};
static struct vf_plan_edge edges[] = {{.id = 0, .sender = 1, .receiver = 2, .cells = 8},
                                      {.id = 1, .sender = 2, .receiver = 3, .cells = 8}};
static struct vf_plan plan = {.hosts = hosts,
                              .host_count = VF_COUNT(hosts),
                              .tasks = tasks,
                              .task_count = VF_COUNT(tasks),
                              .edges = edges,
                              .edge_count = VF_COUNT(edges)};

static struct vf_host_board *make_board(void)
{
    struct vf_host_board *board;
    ck_assert_int_eq(vf_host_board_create(&board, &plan, TASK_FACTS, EDGE_FACTS), VF_OK);
    return board;
}

START_TEST(each_fact_has_a_place_of_its_own_in_the_row_of_its_host)
{
    struct vf_host_board *board = make_board();
    size_t head = VF_HOST_WORDS + VF_COUNT(tasks);
    ck_assert_uint_eq(vf_host_board_row_size(board, 0), head + TASK_FACTS + EDGE_FACTS);
    ck_assert_uint_eq(vf_host_board_row_size(board, 1), head + 2 * TASK_FACTS + 3 * EDGE_FACTS);
    ck_assert_uint_eq(board->task_at[1], head);
    ck_assert_uint_eq(board->task_at[2], head);
    ck_assert_uint_eq(board->task_at[3], head + TASK_FACTS);
    ck_assert_uint_eq(board->sender_at[0], head + TASK_FACTS);
    ck_assert_uint_eq(board->receiver_at[0], head + 2 * TASK_FACTS);
    ck_assert_uint_eq(board->sender_at[1], head + 2 * TASK_FACTS + EDGE_FACTS);
    ck_assert_uint_eq(board->receiver_at[1], head + 2 * TASK_FACTS + 2 * EDGE_FACTS);
    vf_host_board_destroy(&board);
    ck_assert_ptr_null(board);
}
END_TEST

START_TEST(a_row_that_is_just_being_written_is_not_taken_for_one)
{
    struct vf_host_board *board = make_board();
    size_t size = vf_host_board_row_size(board, 1);
    uint64_t *row = calloc(size, sizeof(*row));
    pid_t writer = fork();
    for (uint64_t round = 1; writer == 0 && round <= ROUNDS; round++) {
        for (size_t i = 0; i < size; i++)
            row[i] = round;
        vf_host_board_put(board, 1, row);
    }
    if (writer == 0)
        _exit(0);
    while (waitpid(writer, NULL, WNOHANG) == 0) {
        bool is_whole = vf_host_board_get(board, 1, row);
        for (size_t i = 0; is_whole && i < size; i++)
            ck_assert_uint_eq(row[i], row[0]);
    }
    ck_assert(vf_host_board_get(board, 1, row));
    ck_assert_uint_eq(row[size - 1], ROUNDS);
    free(row);
    vf_host_board_destroy(&board);
}
END_TEST

START_TEST(plans_that_differ_in_a_queue_do_not_fit_together)
{
    struct vf_host_board *board = make_board();
    uint64_t digest = board->digest;
    vf_host_board_destroy(&board);
    edges[0].cells = 9;
    board = make_board();
    ck_assert_uint_ne(board->digest, digest);
    vf_host_board_destroy(&board);
    edges[0].cells = 8;
}
END_TEST

Suite *host_board_suite(void);
Suite *host_board_suite(void)
{
    Suite *suite = suite_create("host_board");
    TCase *tcase = tcase_create("host_board");
    tcase_add_test(tcase, each_fact_has_a_place_of_its_own_in_the_row_of_its_host);
    tcase_add_test(tcase, a_row_that_is_just_being_written_is_not_taken_for_one);
    tcase_add_test(tcase, plans_that_differ_in_a_queue_do_not_fit_together);
    suite_add_tcase(suite, tcase);
    return suite;
}
