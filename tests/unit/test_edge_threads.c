/* SPDX-License-Identifier: MIT */
/* The two halves of an edge at full speed on two threads: the steps of test_edge_exhaustive.c are
 * not atomic here, and neither side waits for the other. */
#include <check.h>
#include <pthread.h>
#include <sched.h>

#include "engine/base/array.h"
#include "tests/unit/edge_fixture.h"

static struct edge edge;
static uint64_t last;

/* Publishes without a wire: the receiver finds everything by itself. */
static void *publish_and_replace(void *unused)
{
    struct vf_envelope sent;
    for (uint64_t number = 1; number <= last; number++) {
        while (!vf_outbox_has_room(edge.outbox)) {
            if (edge.terms.overflow == VF_OVERFLOW_DROP_OLDEST)
                vf_outbox_drop_oldest(edge.outbox);
            else
                sched_yield();
        }
        (void)edge_put(&edge, number, &sent);
    }
    return unused;
}

/* Reads what it was given for a while. */
static bool is_whole(const struct vf_message *message)
{
    for (int i = 0; i < 50; i++) {
        if (edge_number(message) != message->description.origin.number)
            return false;
    }
    return true;
}

static uint64_t receive_all(void)
{
    uint64_t before = 0, count = 0;
    while (before < last) {
        EDGE_MUST(vf_inbox_recover(edge.inbox, true) >= 0);
        struct vf_message *message = edge_take(&edge);
        if (!message) {
            sched_yield();
            continue;
        }
        EDGE_MUST(message->description.origin.number > before);
        EDGE_MUST(is_whole(message));
        before = message->description.origin.number;
        count++;
        vf_message_destroy(&message);
    }
    return count;
}

static const struct {
    uint32_t depth;
    enum vf_overflow overflow;
    uint64_t last;
} edges[] = {
    {1, VF_OVERFLOW_WAIT, 50000},
    {4, VF_OVERFLOW_WAIT, 50000},
    {1, VF_OVERFLOW_DROP_OLDEST, 500000},
    {4, VF_OVERFLOW_DROP_OLDEST, 500000},
};

START_TEST(nothing_is_lost_torn_or_out_of_order)
{
    pthread_t sender;
    last = edges[_i].last;
    edge_init(&edge, edges[_i].depth, 0, edges[_i].overflow);
    ck_assert_int_eq(pthread_create(&sender, NULL, publish_and_replace, NULL), 0);
    uint64_t count = receive_all();
    ck_assert_int_eq(pthread_join(sender, NULL), 0);
    if (edges[_i].overflow == VF_OVERFLOW_WAIT)
        ck_assert_uint_eq(count, last);
    ck_assert_uint_ge(count, 1);
    edge_finish(&edge);
}
END_TEST

Suite *edge_threads_suite(void);
Suite *edge_threads_suite(void)
{
    Suite *suite = suite_create("edge_threads");
    TCase *tcase = tcase_create("edge_threads");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, nothing_is_lost_torn_or_out_of_order, 0, (int)VF_COUNT(edges));
    suite_add_tcase(suite, tcase);
    return suite;
}
