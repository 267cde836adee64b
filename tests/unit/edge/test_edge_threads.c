/* SPDX-License-Identifier: MIT */
/* The two halves of an edge at full speed on two threads: the steps of test_edge_exhaustive.c are
 * not atomic here, and each side sleeps only when it has said so. */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "engine/base/array.h"
#include "tests/unit/support/edge_fixture.h"

static struct edge edge;
static uint64_t last;
static sem_t wire;

/* Sleeps until the receiver has rung. A wake-up that is lost shows as a sleep without end. */
static void sleep_for_room(void)
{
    struct pollfd bell = {.fd = edge.doorbell, .events = POLLIN};
    vf_outbox_wait_for_room(edge.outbox);
    if (!vf_outbox_has_room(edge.outbox)) {
        EDGE_MUST(poll(&bell, 1, -1) == 1);
        EDGE_MUST(edge_has_rung(&edge));
    }
    vf_outbox_wait_no_more(edge.outbox);
}

/* The wire carries only that there is something to be read. */
static void *publish_all(void *unused)
{
    struct vf_envelope sent;
    for (uint64_t number = 1; number <= last; number++) {
        while (!vf_outbox_has_room(edge.outbox)) {
            if (edge.terms.overflow == VF_OVERFLOW_DROP_OLDEST)
                vf_outbox_drop_oldest(edge.outbox);
            else
                sleep_for_room();
        }
        if (edge_put(&edge, number, &sent))
            sem_post(&wire);
    }
    return unused;
}

static void sleep_for_message(void)
{
    vf_inbox_wake_sender(edge.inbox);
    if (vf_inbox_fall_asleep(edge.inbox))
        EDGE_MUST(sem_wait(&wire) == 0);
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
        EDGE_MUST(vf_inbox_collect(edge.inbox) >= 0);
        struct vf_message *message = edge_take(&edge);
        if (!message) {
            sleep_for_message();
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
    ck_assert_int_eq(sem_init(&wire, 0, 0), 0);
    ck_assert_int_eq(pthread_create(&sender, NULL, publish_all, NULL), 0);
    uint64_t count = receive_all();
    ck_assert_int_eq(pthread_join(sender, NULL), 0);
    if (edges[_i].overflow == VF_OVERFLOW_WAIT)
        ck_assert_uint_eq(count, last);
    ck_assert_uint_ge(count, 1);
    sem_destroy(&wire);
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
