/* SPDX-License-Identifier: MIT */
/* The ring of what a task did last: what is written, overwritten, gathered in bursts, and read. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine/edge/page/trace.h"

#define PART (VF_TRACE_EVENTS / VF_TRACE_PARTS)
#define PART_NS (VF_TRACE_SPAN_NS / VF_TRACE_PARTS)
#define SLOW_NS (VF_TRACE_GRAIN_NS * 2)
#define START_NS 1000000

static struct vf_trace_ring *ring;
static struct vf_trace trace;
static struct vf_trace_event *events;
static int64_t now_ns;

static void begin(void)
{
    ring = calloc(1, sizeof(*ring));
    events = calloc(VF_TRACE_EVENTS, sizeof(*events));
    ck_assert(ring && events);
    now_ns = START_NS;
    vf_trace_begin(&trace, ring, now_ns);
}

static void finish(void)
{
    free(ring);
    free(events);
}

/* Works on message `number` for so long. */
static void work(uint64_t number, int64_t ns)
{
    struct vf_origin origin = {.number = number, .stream = 256};
    vf_trace_slice(&trace, VF_TRACE_WORK, now_ns, now_ns + ns, &origin);
    now_ns += ns;
}

static size_t read_all(uint64_t *next)
{
    return vf_trace_read(ring, next, events, VF_TRACE_EVENTS);
}

START_TEST(gives_back_what_was_recorded)
{
    uint64_t next = 0;
    begin();
    struct vf_origin origin = {.number = 7, .stream = 0x1203};
    vf_trace_receive(&trace, 10, 3, &origin);
    vf_trace_slice(&trace, VF_TRACE_AWAIT_ROOM, 20, 30, NULL);
    vf_trace_slice(&trace, VF_TRACE_WORK, 10, 50, &origin);
    ck_assert_uint_eq(read_all(&next), 3);
    ck_assert_uint_eq(next, 3);
    ck_assert_int_eq(events[0].kind, VF_TRACE_RECEIVE);
    ck_assert_uint_eq(events[0].place, 3);
    ck_assert_uint_eq(events[0].number, 7);
    ck_assert_uint_eq(events[0].stream, 0x1203);
    ck_assert_int_eq(events[0].end_ns, 10);
    ck_assert_int_eq(events[1].kind, VF_TRACE_AWAIT_ROOM);
    ck_assert_int_eq(events[1].begin_ns, 20);
    ck_assert_int_eq(events[1].end_ns, 30);
    ck_assert_int_eq(events[2].kind, VF_TRACE_WORK);
    ck_assert_uint_eq(events[2].number, 7);
    ck_assert_uint_eq(read_all(&next), 0);
    finish();
}
END_TEST

START_TEST(knows_the_timestamps_of_what_was_sent)
{
    uint64_t next = 0;
    struct vf_description sent = {.publish_time_ns = 30,
                                  .origin = {.number = 7, .stream = 0x1203},
                                  .timestamp = -5,
                                  .time_base = {1, 10}};
    begin();
    vf_trace_send(&trace, 2, &sent);
    sent.timestamp = VF_NO_TIMESTAMP;
    vf_trace_send(&trace, 2, &sent);
    vf_trace_slice(&trace, VF_TRACE_WORK, 10, 50, &sent.origin);
    ck_assert_uint_eq(read_all(&next), 3);
    ck_assert_int_eq(events[0].kind, VF_TRACE_SEND);
    ck_assert_uint_eq(events[0].place, 2);
    ck_assert_uint_eq(events[0].number, 7);
    ck_assert_int_eq(events[0].begin_ns, 30);
    ck_assert_int_eq(events[0].end_ns, 30);
    ck_assert_int_eq(events[0].timestamp_ns, -500000000);
    ck_assert_int_eq(events[1].timestamp_ns, VF_NO_TIMESTAMP);
    ck_assert_int_eq(events[1].end_ns, 30);
    ck_assert_int_eq(events[2].timestamp_ns, VF_NO_TIMESTAMP);
    finish();
}
END_TEST

START_TEST(goes_on_reading_where_it_was)
{
    uint64_t next = 0;
    begin();
    for (uint64_t i = 1; i <= 5; i++)
        work(i, SLOW_NS);
    ck_assert_uint_eq(vf_trace_read(ring, &next, events, 2), 2);
    ck_assert_uint_eq(vf_trace_read(ring, &next, events, 2), 2);
    ck_assert_uint_eq(events[0].number, 3);
    ck_assert_uint_eq(vf_trace_read(ring, &next, events, 2), 1);
    ck_assert_uint_eq(events[0].number, 5);
    finish();
}
END_TEST

START_TEST(skips_what_was_overwritten)
{
    uint64_t next = 0;
    begin();
    for (uint64_t i = 1; i <= VF_TRACE_EVENTS + 100; i++)
        work(i, SLOW_NS);
    /* The oldest place is the one that is written to next. */
    ck_assert_uint_eq(read_all(&next), VF_TRACE_EVENTS - 1);
    ck_assert_uint_eq(events[0].number, 102);
    ck_assert_uint_eq(events[VF_TRACE_EVENTS - 2].number, VF_TRACE_EVENTS + 100);
    finish();
}
END_TEST

START_TEST(gathers_a_fast_task_in_bursts)
{
    uint64_t next = 0, calls = 0, bursts = 0, singles = 0;
    begin();
    for (uint64_t i = 1; i <= 10 * VF_TRACE_EVENTS; i++)
        work(i, 1000);
    vf_trace_flush(&trace);
    size_t count = read_all(&next);
    for (size_t i = 0; i < count; i++) {
        bool is_burst = events[i].kind == VF_TRACE_BURST;
        bursts += is_burst;
        singles += !is_burst;
        calls += is_burst ? events[i].count : 1;
        ck_assert(!is_burst || events[i].busy_ns == events[i].count * 1000U);
        ck_assert(!i || events[i].begin_ns == events[i - 1].end_ns);
    }
    ck_assert_uint_eq(calls, 10 * VF_TRACE_EVENTS);
    ck_assert_uint_gt(bursts, 0);
    ck_assert_uint_ge(singles, PART);
    finish();
}
END_TEST

START_TEST(reaches_back_some_seconds_however_fast)
{
    uint64_t next = 0;
    begin();
    for (uint64_t i = 1; now_ns < 3 * VF_TRACE_SPAN_NS; i++)
        work(i, 5000);
    size_t count = read_all(&next);
    ck_assert_uint_gt(count, 0);
    ck_assert_int_ge(events[count - 1].end_ns - events[0].begin_ns, VF_TRACE_SPAN_NS / 3);
    finish();
}
END_TEST

START_TEST(records_what_is_slow_as_it_is)
{
    uint64_t next = 0;
    begin();
    for (uint64_t i = 1; i <= PART + 10; i++)
        work(i, 1000);
    work(4711, SLOW_NS);
    size_t count = read_all(&next);
    ck_assert_int_eq(events[count - 1].kind, VF_TRACE_WORK);
    ck_assert_uint_eq(events[count - 1].number, 4711);
    ck_assert_int_eq(events[count - 2].kind, VF_TRACE_BURST);
    ck_assert_uint_eq(events[count - 2].count, 10);
    finish();
}
END_TEST

START_TEST(goes_on_for_a_process_that_died)
{
    uint64_t next = 0;
    begin();
    work(1, SLOW_NS);
    vf_trace_begin(&trace, ring, now_ns);
    work(2, SLOW_NS);
    ck_assert_uint_eq(read_all(&next), 2);
    ck_assert_uint_eq(events[1].number, 2);
    finish();
}
END_TEST

START_TEST(believes_nothing_in_a_spoilt_ring)
{
    uint64_t next = 0;
    begin();
    for (size_t i = 0; i < VF_TRACE_EVENTS; i++) {
        for (size_t word = 0; word < 4; word++)
            atomic_store(&ring->words[i][word], (uint64_t)random() << 33 ^ (uint64_t)random());
    }
    atomic_store(&ring->written, UINT64_MAX - 3);
    size_t count = read_all(&next);
    for (size_t i = 0; i < count; i++) {
        ck_assert(events[i].kind > VF_TRACE_NONE && events[i].kind < VF_TRACE_KINDS);
        ck_assert(events[i].begin_ns >= 0 && events[i].end_ns >= events[i].begin_ns);
    }
    ck_assert_uint_eq(next, UINT64_MAX - 3);
    next = UINT64_MAX;
    atomic_store(&ring->written, 5);
    (void)read_all(&next);
    ck_assert_uint_eq(next, 5);
    finish();
}
END_TEST

START_TEST(records_nothing_without_a_ring)
{
    struct vf_trace none = {0};
    struct vf_origin origin = {.number = 1};
    vf_trace_slice(&none, VF_TRACE_WORK, 1, 2, &origin);
    vf_trace_receive(NULL, 1, 0, &origin);
    vf_trace_send(NULL, 0, &(struct vf_description){0});
    vf_trace_flush(NULL);
    ck_assert_ptr_null(none.ring);
}
END_TEST

Suite *trace_suite(void);
Suite *trace_suite(void)
{
    Suite *suite = suite_create("trace");
    TCase *tests = tcase_create("trace");
    tcase_add_test(tests, gives_back_what_was_recorded);
    tcase_add_test(tests, knows_the_timestamps_of_what_was_sent);
    tcase_add_test(tests, goes_on_reading_where_it_was);
    tcase_add_test(tests, skips_what_was_overwritten);
    tcase_add_test(tests, gathers_a_fast_task_in_bursts);
    tcase_add_test(tests, reaches_back_some_seconds_however_fast);
    tcase_add_test(tests, records_what_is_slow_as_it_is);
    tcase_add_test(tests, goes_on_for_a_process_that_died);
    tcase_add_test(tests, believes_nothing_in_a_spoilt_ring);
    tcase_add_test(tests, records_nothing_without_a_ring);
    suite_add_tcase(suite, tests);
    return suite;
}
