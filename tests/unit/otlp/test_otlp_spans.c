/* SPDX-License-Identifier: MIT */
/* The way of frames through tasks, made up from traces that a test has filled in; and lists of the
 * environment. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/edge/page/trace.h"
#include "engine/otlp/resource.h"
#include "engine/otlp/spans.h"
#include "tests/unit/support/flow_fixture.h"

/* Tasks: eye 1, a 2, b 3, j 4, s 5. */
#define DIAMOND                                                \
    "vflow: 1\nnodes:\n"                                       \
    "  eye: {type: counter}\n  a: {type: pass, inputs: eye}\n" \
    "  b: {type: pass, inputs: eye}\n"                         \
    "  j: {type: join, inputs: [a, b]}\n"                      \
    "  s: {type: sink, inputs: j}\n"
#define EYE (1U << 8) /* the stream of what eye makes */
#define QUIET (3 * VF_NS_PER_S)

static struct vf_plan *plan;
static struct vf_run_memory *memory;
static struct vf_figures figures;
static struct vf_otlp_spans *spans;
static struct vf_trace traces[5];

static void begin(uint64_t every)
{
    plan = plan_good_flow(DIAMOND);
    ck_assert_int_eq(vf_run_memory_create(&memory, plan), VF_OK);
    figures = (struct vf_figures){
        .plan = plan, .memory = memory, .name = "made", .pid = 7, .since_1970_ns = 1700000000};
    ck_assert_int_eq(vf_otlp_spans_create(&spans, &figures, every, 0), VF_OK);
    for (unsigned i = 0; i < 5; i++)
        vf_trace_begin(&traces[i],
                       (struct vf_trace_ring *)(uintptr_t)vf_run_memory_trace(memory, i + 1), 0);
}

static void finish(void)
{
    vf_otlp_spans_destroy(&spans);
    vf_run_memory_destroy(&memory);
    vf_plan_destroy(&plan);
}

static void work(unsigned task, uint64_t number, uint32_t stream, int64_t begin_ns)
{
    const struct vf_origin origin = {.number = number, .stream = stream};
    vf_trace_slice(&traces[task - 1], VF_TRACE_WORK, begin_ns, begin_ns + 10, &origin);
}

/* The call in which eye makes message `number`. */
static void make(uint64_t number, int64_t begin_ns)
{
    const struct vf_description sent = {.origin = {.number = number, .stream = EYE},
                                        .publish_time_ns = begin_ns + 5,
                                        .timestamp = 1,
                                        .time_base = {1, 2}};
    vf_trace_send(&traces[0], 0, &sent);
    work(1, 0, EYE, begin_ns);
}

static const char *text_of(const json_t *span, const char *key)
{
    const char *text = json_string_value(json_object_get(span, key));
    return text ? text : "";
}

/* Finds the span of a task. */
static const json_t *find(const json_t *taken, const char *name)
{
    for (size_t i = 0; i < json_array_size(taken); i++) {
        if (strcmp(text_of(json_array_get(taken, i), "name"), name) == 0)
            return json_array_get(taken, i);
    }
    ck_abort_msg("no span of %s", name);
}

static void check_parent(const json_t *taken, const char *child, const char *parent)
{
    const json_t *span = find(taken, child);
    const char *id = parent ? text_of(find(taken, parent), "spanId") : "";
    ck_assert_str_eq(text_of(span, "parentSpanId"), id);
    ck_assert_str_eq(text_of(span, "traceId"), text_of(json_array_get(taken, 0), "traceId"));
}

START_TEST(the_parent_of_a_span_is_the_task_before_that_began_last)
{
    begin(1);
    make(1, 100);
    work(2, 1, EYE, 200);
    work(3, 1, EYE, 300);
    work(4, 1, EYE, 400);
    work(5, 1, EYE, 500);
    vf_otlp_spans_read(spans, 1000);
    ck_assert_ptr_null(vf_otlp_spans_take(spans, 1000, false)); /* more may come */
    json_t *taken = vf_otlp_spans_take(spans, 1000 + QUIET, false);
    ck_assert_uint_eq(json_array_size(taken), 5);
    check_parent(taken, "eye", NULL);
    check_parent(taken, "a", "eye");
    check_parent(taken, "b", "eye");
    check_parent(taken, "j", "b");
    check_parent(taken, "s", "j");
    ck_assert_uint_eq(strlen(text_of(find(taken, "s"), "traceId")), 32);
    json_decref(taken);
    ck_assert_ptr_null(vf_otlp_spans_take(spans, 1000 + QUIET, true)); /* each only once */
    finish();
}
END_TEST

START_TEST(beyond_a_task_that_left_no_trace_the_parent_is_the_one_before)
{
    begin(1);
    make(1, 100);
    work(5, 1, EYE, 500);
    vf_otlp_spans_read(spans, 1000);
    json_t *taken = vf_otlp_spans_take(spans, 1000 + QUIET, false);
    ck_assert_uint_eq(json_array_size(taken), 2);
    check_parent(taken, "s", "eye");
    json_decref(taken);
    finish();
}
END_TEST

START_TEST(what_comes_late_finds_its_parent_among_what_was_sent)
{
    begin(1);
    make(1, 100);
    vf_otlp_spans_read(spans, 1000);
    json_t *first = vf_otlp_spans_take(spans, 1000 + QUIET, false);
    ck_assert_uint_eq(json_array_size(first), 1);
    work(2, 1, EYE, 200);
    work(2, 1, EYE, 250); /* a second call for the same frame */
    vf_otlp_spans_read(spans, 1000 + QUIET);
    json_t *second = vf_otlp_spans_take(spans, 1000 + QUIET, true);
    ck_assert_uint_eq(json_array_size(second), 2);
    for (size_t i = 0; i < 2; i++)
        ck_assert_str_eq(text_of(json_array_get(second, i), "parentSpanId"),
                         text_of(json_array_get(first, 0), "spanId"));
    ck_assert_str_ne(text_of(json_array_get(second, 0), "spanId"),
                     text_of(json_array_get(second, 1), "spanId"));
    json_decref(first);
    json_decref(second);
    finish();
}
END_TEST

START_TEST(a_frame_whose_producer_is_not_known_yet_is_waited_for)
{
    begin(1);
    work(2, 1, EYE, 200);
    vf_otlp_spans_read(spans, 1000);
    ck_assert_ptr_null(vf_otlp_spans_take(spans, 1000 + QUIET, false));
    json_t *taken = vf_otlp_spans_take(spans, 1000 + 4 * QUIET, false);
    ck_assert_uint_eq(json_array_size(taken), 1);
    char *expected = strdup(text_of(find(taken, "a"), "parentSpanId"));
    json_decref(taken);
    make(1, 100); /* a call that took long */
    vf_otlp_spans_read(spans, 1000 + 5 * QUIET);
    taken = vf_otlp_spans_take(spans, 1000 + 5 * QUIET, true);
    check_parent(taken, "eye", NULL);
    ck_assert_str_eq(text_of(find(taken, "eye"), "spanId"), expected);
    free(expected);
    json_decref(taken);
    finish();
}
END_TEST

START_TEST(two_that_follow_each_other_make_the_same_traces)
{
    const int64_t turn_ns = 10 * VF_NS_PER_S;
    struct vf_otlp_spans *next;
    begin(1);
    work(2, 1, EYE, turn_ns - 5 * VF_NS_PER_S); /* was told long ago */
    make(2, turn_ns - 500);
    work(2, 2, EYE, turn_ns - 300);
    make(3, turn_ns - 5); /* is over a little later */
    work(2, 3, EYE, turn_ns);
    vf_otlp_spans_read(spans, turn_ns + 20);
    vf_otlp_spans_leave(spans, turn_ns);
    work(5, 2, EYE, turn_ns + 30);
    vf_otlp_spans_read(spans, turn_ns + 100);
    ck_assert_int_eq(vf_otlp_spans_create(&next, &figures, 1, turn_ns), VF_OK);
    vf_otlp_spans_read(next, turn_ns + 200);
    json_t *first = vf_otlp_spans_take(spans, turn_ns + 200, true);
    json_t *second = vf_otlp_spans_take(next, turn_ns + 200, true);
    ck_assert_uint_eq(json_array_size(first), 3);  /* a 1, eye 2, a 2 */
    ck_assert_uint_eq(json_array_size(second), 3); /* s 2, eye 3, a 3 */
    bool is_found = false;                         /* what a did with 2 */
    for (size_t i = 0; i < 3; i++) {
        const json_t *span = json_array_get(first, i);
        is_found |=
            strcmp(text_of(find(second, "s"), "parentSpanId"), text_of(span, "spanId")) == 0 &&
            strcmp(text_of(find(second, "s"), "traceId"), text_of(span, "traceId")) == 0;
    }
    ck_assert(is_found);
    json_array_extend(first, second);
    for (size_t i = 0; i < json_array_size(first); i++) {
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(text_of(json_array_get(first, i), "spanId"),
                             text_of(json_array_get(first, j), "spanId"));
    }
    json_decref(first);
    json_decref(second);
    vf_otlp_spans_destroy(&next);
    finish();
}
END_TEST

START_TEST(one_frame_in_so_many_is_traced_and_nothing_that_is_of_none)
{
    begin(10);
    for (uint64_t number = 1; number <= 30; number++) {
        make(number, (int64_t)number * 100);
        work(2, number, EYE, (int64_t)number * 100 + 50);
    }
    work(2, 1, 2U << 8, 9000);    /* what a node does at the end */
    work(2, 1, UINT32_MAX, 9100); /* a worker may have written anything */
    work(3, UINT64_MAX, 0, 9200);
    vf_otlp_spans_read(spans, 10000);
    json_t *taken = vf_otlp_spans_take(spans, 10000, true);
    ck_assert_uint_eq(json_array_size(taken), 6);
    json_decref(taken);
    finish();
}
END_TEST

START_TEST(many_spans_are_taken_some_at_a_time)
{
    size_t count = 0, takes = 0;
    begin(1);
    for (uint64_t number = 1; number <= 700; number++)
        make(number, (int64_t)number * 1000);
    vf_otlp_spans_read(spans, 1000000);
    for (json_t *taken; (taken = vf_otlp_spans_take(spans, 1000000, true)) != NULL; takes++) {
        count += json_array_size(taken);
        json_decref(taken);
    }
    ck_assert_uint_eq(count, 700);
    ck_assert_uint_ge(takes, 2);
    finish();
}
END_TEST

static void print_pair(void *context, const char *key, const char *value)
{
    vf_text_print(context, "[%s|%s]", key, value);
}

START_TEST(lists_of_the_environment_are_read_as_they_are_written)
{
    static const char *const cases[][2] = {
        {"a=1,b=2", "[a|1][b|2]"},
        {" a = 1 2 , b=%41%2c%2C ", "[a|1 2][b|A,,]"},
        {"", ""},
        {"none,=1,,a=", "[a|]"},
        {"a=%4,b=%zz,c=%00", "[a|%4][b|%zz][c|%00]"},
        {"a==b", "[a|=b]"},
    };
    struct vf_text text = {0};
    vf_otlp_pairs(cases[_i][0], print_pair, &text);
    ck_assert_str_eq(text.bytes ? text.bytes : "", cases[_i][1]);
    vf_text_finish(&text);
}
END_TEST

Suite *otlp_spans_suite(void);
Suite *otlp_spans_suite(void)
{
    Suite *suite = suite_create("otlp_spans");
    TCase *tcase = tcase_create("otlp_spans");
    tcase_add_test(tcase, the_parent_of_a_span_is_the_task_before_that_began_last);
    tcase_add_test(tcase, beyond_a_task_that_left_no_trace_the_parent_is_the_one_before);
    tcase_add_test(tcase, what_comes_late_finds_its_parent_among_what_was_sent);
    tcase_add_test(tcase, a_frame_whose_producer_is_not_known_yet_is_waited_for);
    tcase_add_test(tcase, two_that_follow_each_other_make_the_same_traces);
    tcase_add_test(tcase, one_frame_in_so_many_is_traced_and_nothing_that_is_of_none);
    tcase_add_test(tcase, many_spans_are_taken_some_at_a_time);
    tcase_add_loop_test(tcase, lists_of_the_environment_are_read_as_they_are_written, 0, 6);
    suite_add_tcase(suite, tcase);
    return suite;
}
