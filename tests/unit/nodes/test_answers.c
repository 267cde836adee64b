/* SPDX-License-Identifier: MIT */
/* Questions that zmq_out sends, and the answers that zmq_in finds for them. */
#include <check.h>
#include <errno.h>
#include <zmq.h>

#include "engine/base/clock.h"
#include "nodes/all_nodes.h"
#include "nodes/peer/answers.h"
#include "tests/unit/support/node_bench.h"
#include "tests/unit/support/scratch.h"

#define ARRAY 1
#define VALUE 2
#define ASKED 0

static struct vf_bench bench;
static struct vf_node answering;
static struct vf_answers *store;
static void *context, *peer;
static char endpoint[128];

static void setup(void)
{
    scratch_create();
    snprintf(endpoint, sizeof(endpoint), "ipc://%s/peer", scratch_path());
    context = zmq_ctx_new();
    peer = zmq_socket(context, ZMQ_PUSH);
}

static void close_peer(void)
{
    int patience_ms = 1000;
    if (peer) {
        zmq_setsockopt(peer, ZMQ_LINGER, &patience_ms, sizeof(patience_ms));
        zmq_close(peer);
    }
    peer = NULL;
}

static void teardown(void)
{
    if (bench.node)
        vf_bench_finish(&bench);
    vf_answers_destroy(&store);
    close_peer();
    zmq_ctx_term(context);
    scratch_remove();
}

/* Opens a zmq_in that takes answers from the test. */
static void open_answering(const char *form, const char *timeout)
{
    const struct vf_node *node = vf_node_find(&vf_all_nodes, "zmq_in");
    vf_bench_setup(&bench, node, 0, {"endpoint", endpoint}, {"form", form}, {"answers", "away"},
                   {"timeout", timeout});
    answering = vf_bench_adapt(&bench);
    bench.node = &answering;
    bench.unread_ports = ~(1u << (strcmp(form, "array") == 0 ? ARRAY : VALUE));
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(zmq_connect(peer, endpoint), 0);
}

/* Sends an answer of one or two parts. */
static void answer(const char *header, const char *body)
{
    ck_assert_int_ge(zmq_send(peer, header, strlen(header), body ? ZMQ_SNDMORE : 0), 0);
    if (body)
        ck_assert_int_ge(zmq_send(peer, body, strlen(body), 0), 0);
}

/* Asks question `number`, which was sent `ago_ns` ago. */
static void ask(uint64_t number, int64_t ago_ns)
{
    struct vf_message *question;
    ck_assert_int_eq(vf_message_create_json(&question, "{}", 2), VF_OK);
    question->description.origin.number = number;
    question->description.origin.stream = 256;
    question->description.timestamp = 40 * (int64_t)number;
    question->description.time_base = (struct vf_rational){1, 1000};
    question->description.publish_time_ns = vf_clock_now_ns() - ago_ns;
    ck_assert_int_eq(vf_bench_feed(&bench, question, NULL), VF_OK);
    vf_message_destroy(&question);
}

static void check_value(unsigned index, const char *wanted, uint64_t number)
{
    size_t length;
    const struct vf_message *message = vf_bench_output(&bench, VALUE, index);
    ck_assert_ptr_nonnull(message);
    const char *text = vf_message_json(message, &length);
    ck_assert_uint_eq(length, strlen(wanted));
    ck_assert(memcmp(text, wanted, length) == 0);
    ck_assert_uint_eq(message->description.origin.number, number);
    ck_assert_uint_eq(message->description.origin.stream, 256);
    ck_assert_int_eq(message->description.timestamp, 40 * (int64_t)number);
}

START_TEST(answers_in_any_order_leave_in_that_of_the_questions_with_their_origin_and_times)
{
    open_answering("json", "0");
    answer("{\"number\": 7}", "\"c\"");
    answer("{\"number\": 2}", "\"a\"");
    answer("{\"number\": 4}", "\"b\"");
    ask(2, 0);
    ask(4, 0);
    ask(7, 0);
    ck_assert_uint_eq(vf_bench_count(&bench, VALUE), 3);
    check_value(0, "\"a\"", 2);
    check_value(1, "\"b\"", 4);
    check_value(2, "\"c\"", 7);
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    ck_assert_ptr_nonnull(strstr(bench.output, ": 3 answers"));
}
END_TEST

START_TEST(an_array_has_the_number_beside_its_type_and_shape)
{
    open_answering("array", "0");
    answer("{\"dtype\": \"uint8\", \"shape\": [2], \"number\": 3}", "ab");
    ask(3, 0);
    const struct vf_message *array = vf_bench_output(&bench, ARRAY, 0);
    ck_assert_uint_eq(array->description.origin.number, 3);
    ck_assert(memcmp(array->payload->data, "ab", 2) == 0);
}
END_TEST

START_TEST(a_header_alone_says_that_there_is_no_answer)
{
    open_answering(_i ? "array" : "json", "0");
    answer("{\"number\": 1}", NULL);
    ask(1, 0);
    ck_assert_uint_eq(bench.output_count, 0);
    ck_assert_uint_eq(bench.error_count, 0);
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    ck_assert_ptr_nonnull(strstr(bench.output, ": 0 answers, 1 questions without one"));
}
END_TEST

START_TEST(an_answer_without_a_question_is_counted_and_told_once)
{
    open_answering("json", "0");
    answer("{\"number\": 1}", "1");
    answer("{\"number\": 1}", "2");
    answer("{\"number\": 3}", "3");
    answer("{\"number\": 2}", "4");
    answer("{\"number\": 1}", "5");
    answer("{\"number\": 4}", "6");
    capture_errors();
    ask(1, 0);
    ask(2, 0);
    ask(4, 0);
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    const char *errors = captured_errors();
    const char *told = strstr(errors, "an answer to number 1 is left out");
    ck_assert_ptr_nonnull(told);
    ck_assert_ptr_null(strstr(told + 1, "an answer to number"));
    ck_assert_uint_eq(vf_bench_count(&bench, VALUE), 3);
    check_value(2, "6", 4);
    ck_assert_ptr_nonnull(strstr(bench.output, ": 3 answers, 3 answers to no question"));
}
END_TEST

static const char *const nameless[] = {
    "hello", "[1]", "{\"number\": \"1\"}", "{\"number\": 0}", "{\"number\": -1}", ""};

START_TEST(an_answer_that_names_no_number_is_an_error)
{
    open_answering("json", "0");
    answer(nameless[_i], "1");
    answer("{\"number\": 1}", "2");
    ask(1, 0);
    check_value(0, "2", 1);
    ck_assert_uint_eq(bench.error_count, 1);
    ck_assert_ptr_nonnull(strstr(bench.error, "does not name the number of a question"));
}
END_TEST

START_TEST(a_question_is_given_up_when_its_time_is_over)
{
    open_answering("json", "1h");
    ask(1, 3600 * VF_NS_PER_S);
    ck_assert_uint_eq(bench.output_count, 0);
    answer("{\"number\": 2}", "2");
    ask(2, 0);
    check_value(0, "2", 2);
    ck_assert_uint_eq(bench.error_count, 0);
}
END_TEST

START_TEST(a_question_is_given_up_when_all_programs_have_gone)
{
    open_answering("json", "0");
    answer("{\"number\": 1}", "1");
    ask(1, 0);
    close_peer();
    ask(2, 0);
    ck_assert_uint_eq(bench.output_count, 1);
    ck_assert_uint_eq(bench.error_count, 1);
    ck_assert_ptr_nonnull(strstr(bench.error, "question 2 has no answer: the program has gone"));
}
END_TEST

START_TEST(nobody_is_waited_for_once_the_flow_is_to_stop_but_what_is_there_is_taken)
{
    open_answering("json", "0");
    answer("{\"number\": 1}", "1");
    ask(1, 0); /* so that the program is connected */
    answer("{\"number\": 3}", "3");
    bench.is_ending = true;
    ask(2, 0);
    ask(3, 0);
    ask(4, 0);
    ck_assert_uint_eq(vf_bench_count(&bench, VALUE), 2);
    check_value(1, "3", 3);
    ck_assert_uint_eq(bench.error_count, 0);
}
END_TEST

START_TEST(of_too_many_answers_the_one_furthest_ahead_goes)
{
    struct vf_peer_message message = {.count = 0};
    ck_assert_int_eq(vf_answers_create(&store, 2), VF_OK);
    ck_assert_uint_eq(vf_answers_keep(store, 5, &message), 0);
    ck_assert_uint_eq(vf_answers_keep(store, 9, &message), 0);
    ck_assert_uint_eq(vf_answers_keep(store, 7, &message), 9);
    ck_assert_uint_eq(vf_answers_keep(store, 8, &message), 8);
    ck_assert(vf_answers_take(store, 7, &message));
    ck_assert(!vf_answers_take(store, 7, &message));
    ck_assert_uint_eq(vf_answers_drop(store, 5), 0);
    ck_assert_uint_eq(vf_answers_drop(store, 6), 5);
    ck_assert_uint_eq(vf_answers_drop(store, 6), 0);
}
END_TEST

START_TEST(what_is_sent_is_made_known_and_has_a_header_in_each_form)
{
    char part[256];
    int patience_ms = 5000;
    struct vf_message *value;
    close_peer();
    peer = zmq_socket(context, ZMQ_PULL);
    ck_assert_int_eq(zmq_setsockopt(peer, ZMQ_RCVTIMEO, &patience_ms, sizeof(patience_ms)), 0);
    ck_assert_int_eq(zmq_bind(peer, endpoint), 0);
    vf_bench_setup(&bench, vf_node_find(&vf_all_nodes, "zmq_out"), 1, {"endpoint", endpoint},
                   {"mode", "connect"}, {"form", "json"});
    bench.unread_ports = _i ? 1u << ASKED : 0;
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(vf_message_create_json(&value, "[1]", 3), VF_OK);
    value->description.origin.number = 12;
    ck_assert_int_eq(vf_bench_feed(&bench, value, NULL), VF_OK);
    vf_message_destroy(&value);
    int size = zmq_recv(peer, part, sizeof(part), 0);
    if (!_i) {
        ck_assert_ptr_nonnull(memmem(part, (size_t)size, "\"number\": 12", 12));
        size = zmq_recv(peer, part, sizeof(part), ZMQ_DONTWAIT);
        ck_assert_uint_eq(vf_bench_output(&bench, ASKED, 0)->description.origin.number, 12);
    }
    ck_assert_int_eq(size, 3);
    ck_assert(memcmp(part, "[1]", 3) == 0);
    ck_assert_uint_eq(bench.output_count, !_i);
}
END_TEST

START_TEST(what_ends_a_stream_has_no_place_beside_answers)
{
    char problem[256];
    const struct vf_node *node = vf_node_find(&vf_all_nodes, "zmq_in");
    vf_bench_setup(&bench, node, 0, {"endpoint", endpoint}, {"answers", "away"},
                   {_i ? "end" : "count", _i ? "bye" : "9"});
    ck_assert_int_eq(node->check(bench.run.options, problem, sizeof(problem)), -EINVAL);
    ck_assert_ptr_nonnull(strstr(problem, "leave count and end out"));
}
END_TEST

Suite *answers_suite(void);
Suite *answers_suite(void)
{
    Suite *suite = suite_create("answers");
    TCase *tcase = tcase_create("answers");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase,
                   answers_in_any_order_leave_in_that_of_the_questions_with_their_origin_and_times);
    tcase_add_test(tcase, an_array_has_the_number_beside_its_type_and_shape);
    tcase_add_loop_test(tcase, a_header_alone_says_that_there_is_no_answer, 0, 2);
    tcase_add_test(tcase, an_answer_without_a_question_is_counted_and_told_once);
    tcase_add_loop_test(tcase, an_answer_that_names_no_number_is_an_error, 0,
                        (int)VF_COUNT(nameless));
    tcase_add_test(tcase, a_question_is_given_up_when_its_time_is_over);
    tcase_add_test(tcase, a_question_is_given_up_when_all_programs_have_gone);
    tcase_add_test(tcase, nobody_is_waited_for_once_the_flow_is_to_stop_but_what_is_there_is_taken);
    tcase_add_test(tcase, of_too_many_answers_the_one_furthest_ahead_goes);
    tcase_add_loop_test(tcase, what_is_sent_is_made_known_and_has_a_header_in_each_form, 0, 2);
    tcase_add_loop_test(tcase, what_ends_a_stream_has_no_place_beside_answers, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
