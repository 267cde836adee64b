/* SPDX-License-Identifier: MIT */
/* The nodes that speak with other programs, and values as JSON. */
#include <check.h>
#include <errno.h>
#include <zmq.h>

#include "engine/wire/python/array.h"
#include "engine/wire/python/pickle/pickle.h"
#include "engine/wire/python/zipped_pickle.h"
#include "nodes/all_nodes.h"
#include "nodes/peer/plain_json.h"
#include "tests/unit/support/node_bench.h"
#include "tests/unit/support/scratch.h"

#define BYTES(literal) literal, sizeof(literal) - 1
#define VIDEO 0
#define ARRAY 1
#define VALUE 2
#define ASKED 0 /* of zmq_out */

static struct vf_bench bench;
static struct vf_plain_tree *tree;
static struct vf_text json;
static struct vf_complaint complaint;
static void *context, *peer;
static char endpoint[128];

static void setup(void)
{
    scratch_create();
    snprintf(endpoint, sizeof(endpoint), "ipc://%s/peer", scratch_path());
    context = zmq_ctx_new();
}

static void teardown(void)
{
    int patience_ms = 1000;
    if (bench.node)
        vf_bench_finish(&bench);
    vf_plain_tree_destroy(&tree);
    vf_text_finish(&json);
    if (peer) {
        zmq_setsockopt(peer, ZMQ_LINGER, &patience_ms, sizeof(patience_ms));
        zmq_close(peer);
    }
    zmq_ctx_term(context);
    scratch_remove();
}

/* Opens a node that connects to a socket of the test's own. */
static int open_node(const char *name, int type, const char *form, const char *option,
                     const char *text)
{
    int patience_ms = 5000;
    peer = zmq_socket(context, type);
    ck_assert_int_eq(zmq_setsockopt(peer, ZMQ_RCVTIMEO, &patience_ms, sizeof(patience_ms)), 0);
    ck_assert_int_eq(zmq_bind(peer, endpoint), 0);
    bool is_in = strcmp(name, "zmq_in") == 0;
    vf_bench_setup(&bench, vf_node_find(&vf_all_nodes, name), is_in ? 0 : 1, {"endpoint", endpoint},
                   {"mode", "connect"}, {"form", form}, {option, text});
    if (!is_in)
        bench.unread_ports = 1u << ASKED;
    else
        bench.unread_ports = strcmp(form, "array") == 0   ? 1u << VALUE
                             : strcmp(form, "bytes") == 0 ? 1u << VALUE | 1u << VIDEO
                                                          : 1u << VIDEO | 1u << ARRAY;
    return vf_bench_open(&bench);
}

static void check_json(const struct vf_message *message, const char *wanted)
{
    size_t length;
    ck_assert_ptr_nonnull(message);
    const char *text = vf_message_json(message, &length);
    ck_assert_uint_eq(length, strlen(wanted));
    ck_assert(memcmp(text, wanted, length) == 0);
}

static const struct {
    const char *pickle;
    size_t size;
    const char *json; /* as json.dumps() writes it */
} values[] = {
    {BYTES("N."), "null"},
    {BYTES("(I01\nI00\nt."), "[true, false]"},
    {BYTES("(I1\nF0.1\nF1e300\nl."), "[1, 0.1, 1e+300]"},
    {BYTES("V\\u00e4\\u000a\"\n."), "\"\xc3\xa4\\n\\\"\""},
    {BYTES("(Va\n]I1\nF2.5\nNI3\nI01\n)d."), "{\"a\": [], \"1\": 2.5, \"null\": 3, \"true\": []}"},
    {BYTES("\x8f(K\x01\x90."), "[1]"},
};

START_TEST(a_pickled_value_becomes_json)
{
    ck_assert_int_eq(vf_pickle_read(&tree, values[_i].pickle, values[_i].size, NULL, NULL), VF_OK);
    ck_assert_int_eq(vf_plain_to_json(&json, vf_plain_root(tree), 1 << 20, NULL, &complaint),
                     VF_OK);
    ck_assert_str_eq(json.bytes, values[_i].json);
}
END_TEST

static const struct {
    const char *pickle;
    size_t size;
    const char *complaint;
} no_json[] = {
    {BYTES("(Fnan\nl."), "infinite or none"},
    {BYTES("C\x01x."), "bytes have no JSON"},
    {BYTES("L99999999999999999999L\n."), "beyond 64 bits"},
    {BYTES("V\\ud800\n."), "half a surrogate pair"},
    {BYTES("(C\x01xNd."), "a bytes cannot be a key"},
    {BYTES("(I1\nNV1\nNd."), "two keys of a dict would become the same text, \"1\""},
    {BYTES("(NI1\nVnull\nI2\nd."), "the same text, \"null\""},
};

START_TEST(what_json_has_not_is_refused)
{
    ck_assert_int_eq(vf_pickle_read(&tree, no_json[_i].pickle, no_json[_i].size, NULL, NULL),
                     VF_OK);
    ck_assert_int_eq(vf_plain_to_json(&json, vf_plain_root(tree), 1 << 20, NULL, &complaint),
                     -EINVAL);
    ck_assert_msg(strstr(complaint.text, no_json[_i].complaint) != NULL, "%s", complaint.text);
}
END_TEST

static const struct {
    const char *pickle;
    size_t size;
    unsigned changes;
} changed[] = {
    {BYTES("(lV1\na(dVa\nI1\nsa."), 0},
    {BYTES("(l(I1\ntaI2\na."), VF_TUPLE_TO_LIST},
    {BYTES("\x8f(K\x01\x90."), VF_SET_TO_LIST},
    {BYTES("(I1\nNd."), VF_KEY_TO_TEXT},
    {BYTES("(N(I1\ntd."), VF_KEY_TO_TEXT | VF_TUPLE_TO_LIST},
};

START_TEST(what_changes_on_the_way_to_json_is_told)
{
    unsigned changes = 0;
    ck_assert_int_eq(vf_pickle_read(&tree, changed[_i].pickle, changed[_i].size, NULL, NULL),
                     VF_OK);
    ck_assert_int_eq(vf_plain_to_json(&json, vf_plain_root(tree), 1 << 20, &changes, &complaint),
                     VF_OK);
    ck_assert_uint_eq(changes, changed[_i].changes);
}
END_TEST

START_TEST(the_memory_of_json_is_known_before_it_is_read)
{
    ck_assert_uint_lt(vf_json_tree_bytes("\"[[[[{{{{,,,\\\"[[[\"", 18), 200);
    ck_assert_uint_gt(vf_json_tree_bytes("[[],[],[],{}]", 13), 750);
    ck_assert_uint_lt(vf_json_tree_bytes("[[],[],[],{}]", 13), 2000);
    ck_assert_uint_lt(vf_json_tree_bytes("\"cut short\\", 11), 200);
}
END_TEST

START_TEST(a_shared_value_is_not_written_out_without_end)
{
    ck_assert_int_eq(vf_plain_tree_create(&tree), VF_OK);
    struct vf_plain *twice = vf_plain_text(tree, "x", 1);
    for (int i = 0; i < 60; i++) {
        struct vf_plain *const items[] = {twice, twice};
        twice = vf_plain_container(tree, VF_PLAIN_LIST);
        ck_assert_int_eq(vf_plain_append_all(twice, items, 2), VF_OK);
    }
    ck_assert_int_eq(vf_plain_to_json(&json, twice, 10000, NULL, &complaint), -EMSGSIZE);
    ck_assert_uint_lt(json.length, 20000);
}
END_TEST

START_TEST(json_becomes_a_value_that_can_be_pickled)
{
    static const char text[] = "{\"a\": [1, -2.5, \"\\u00e4\", true, null], \"b\": {}}";
    ck_assert_int_eq(vf_plain_from_json(&tree, BYTES(text), &complaint), VF_OK);
    ck_assert_int_eq(vf_pickle_write(&json, tree, 0, &complaint), VF_OK);
    ck_assert_str_eq(json.bytes, "(dp0\nVa\np1\n(lp2\nI1\naF-2.5\naV\xe4\np3\naI01\naNas"
                                 "Vb\np4\n(dp5\ns.");
    vf_plain_tree_destroy(&tree);
    ck_assert_int_eq(vf_plain_from_json(&tree, BYTES("{"), &complaint), -EINVAL);
    ck_assert_ptr_null(tree);
}
END_TEST

static struct vf_message *make_array(void)
{
    struct vf_payload *payload;
    struct vf_message *message;
    ck_assert_int_eq(vf_payload_create(&payload, 4), VF_OK);
    memcpy(payload->data, "\1\2\3\4", 4);
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_ARRAY, &payload), VF_OK);
    message->description.array = (struct vf_array){.dtype = ">i2", .dimensions = 1, .shape = {2}};
    return message;
}

static struct vf_message *make_json(const char *text)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_json(&message, text, strlen(text)), VF_OK);
    return message;
}

static int feed(struct vf_message *message)
{
    int err = vf_bench_feed(&bench, message, NULL);
    vf_message_destroy(&message);
    return err;
}

START_TEST(an_array_goes_out_with_its_type_and_its_shape)
{
    struct vf_numpy_array array;
    ck_assert_int_eq(open_node("zmq_out", ZMQ_PULL, "array", "end", "bye"), VF_OK);
    ck_assert_int_eq(feed(make_array()), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    ck_assert_int_eq(vf_recv_array(peer, &array, 0, &complaint), VF_OK);
    ck_assert_str_eq(array.dtype, ">i2");
    ck_assert(array.size == 4 && memcmp(array.bytes, "\1\2\3\4", 4) == 0);
    vf_numpy_array_finish(&array);
    char end[8];
    ck_assert_int_eq(zmq_recv(peer, end, sizeof(end), 0), 3);
    ck_assert_ptr_nonnull(strstr(bench.output, "1 messages"));
}
END_TEST

START_TEST(a_value_goes_out_as_a_pickle)
{
    ck_assert_int_eq(open_node("zmq_out", ZMQ_PULL, "zipped", "protocol", "2"), VF_OK);
    ck_assert_int_eq(feed(make_json("[1, \"a\"]")), VF_OK);
    ck_assert_int_eq(vf_recv_zipped_pickle(peer, &tree, 0, NULL, &complaint), VF_OK);
    ck_assert_int_eq(vf_pickle_write(&json, tree, 0, NULL), VF_OK);
    ck_assert_str_eq(json.bytes, "(lp0\nI1\naVa\np1\na.");
}
END_TEST

START_TEST(a_message_that_has_no_such_form_is_an_error_that_tells_another)
{
    capture_errors();
    int err = open_node("zmq_out", ZMQ_PULL, _i ? "zipped" : "array", "topic", "");
    if (!err)
        err = feed(_i ? make_array() : make_json("1"));
    const char *errors = captured_errors();
    ck_assert_ptr_nonnull(
        strstr(errors, _i ? "an array cannot be sent in this form; use form: array"
                          : "use form: json or form: zipped"));
    ck_assert_int_eq(err, -EINVAL);
}
END_TEST

START_TEST(nobody_is_waited_for_longer_than_asked)
{
    vf_bench_setup(&bench, vf_node_find(&vf_all_nodes, "zmq_out"), 1, {"endpoint", endpoint},
                   {"form", "json"}, {"timeout", "10ms"});
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    capture_errors();
    int err = feed(make_json("1"));
    ck_assert_ptr_nonnull(strstr(captured_errors(), "no program has taken a message for 0.01 s"));
    ck_assert_int_eq(err, -ETIMEDOUT);
}
END_TEST

START_TEST(who_has_to_stop_does_not_wait_and_realtime_never_does)
{
    vf_bench_setup(&bench, vf_node_find(&vf_all_nodes, "zmq_out"), 1, {"endpoint", endpoint},
                   {"form", "json"});
    bench.run.is_realtime = _i;
    bench.is_stopping = !_i;
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(feed(make_json("1")), _i ? VF_OK : VF_END);
    ck_assert_int_eq(vf_bench_flush(&bench), VF_OK);
    ck_assert(!_i || strstr(bench.output, "0 messages, 1 dropped"));
}
END_TEST

START_TEST(an_array_that_is_a_picture_comes_in_as_both)
{
    static const uint8_t pixels[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const struct vf_numpy_array picture = {
        .dtype = "|u1", .dimensions = 3, .shape = {2, 2, 3}, .bytes = pixels, .size = 12};
    ck_assert_int_eq(open_node("zmq_in", ZMQ_PUSH, "array", "count", "2"), VF_OK);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(vf_send_array(peer, &picture, 0, NULL), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&bench), VF_END);
    ck_assert_uint_eq(bench.expected[0], 2);
    const struct vf_message *frame = vf_bench_output(&bench, VIDEO, 1);
    const struct vf_message *array = vf_bench_output(&bench, ARRAY, 1);
    ck_assert_str_eq(frame->description.video.format, "rgb24");
    ck_assert_int_eq((int)frame->description.timestamp, 1);
    const struct vf_plane *plane = &frame->description.video.planes[0];
    ck_assert(memcmp(frame->payload->data + plane->offset + plane->stride, pixels + 6, 6) == 0);
    ck_assert_str_eq(array->description.array.dtype, "|u1");
    ck_assert_uint_eq(array->description.array.shape[2], 3);
    ck_assert(memcmp(array->payload->data, pixels, 12) == 0);
}
END_TEST

START_TEST(values_come_in_until_the_last_message)
{
    bool is_zipped = _i;
    ck_assert_int_eq(open_node("zmq_in", ZMQ_PUSH, is_zipped ? "zipped" : "json", "end", "bye"),
                     VF_OK);
    ck_assert_int_eq(vf_plain_from_json(&tree, BYTES("{\"a\": [1, 2.5]}"), NULL), VF_OK);
    if (is_zipped)
        ck_assert_int_eq(vf_send_zipped_pickle(peer, tree, 0, _i, NULL), VF_OK);
    else
        zmq_send(peer, "{\"a\": [1, 2.5]}", 15, 0);
    zmq_send(peer, "bye", 3, 0);
    ck_assert_int_eq(vf_bench_produce(&bench), VF_END);
    ck_assert_uint_eq(vf_bench_count(&bench, VALUE), 1);
    check_json(vf_bench_output(&bench, VALUE, 0), "{\"a\": [1, 2.5]}");
}
END_TEST

START_TEST(bytes_come_in_as_an_array)
{
    ck_assert_int_eq(open_node("zmq_in", ZMQ_PUSH, "bytes", "count", "2"), VF_OK);
    zmq_send(peer, "abc", 3, 0);
    zmq_send(peer, "", 0, 0);
    ck_assert_int_eq(vf_bench_produce(&bench), VF_END);
    const struct vf_message *first = vf_bench_output(&bench, ARRAY, 0);
    ck_assert_uint_eq(first->description.array.shape[0], 3);
    ck_assert(memcmp(first->payload->data, "abc", 3) == 0);
    const struct vf_message *second = vf_bench_output(&bench, ARRAY, 1);
    ck_assert_uint_eq(second->description.payload_size, 0);
}
END_TEST

static const struct {
    const char *form, *parts[6], *complaint;
} bad[] = {
    {"json", {"{"}, "it is no JSON"},
    {"json", {"1", "2"}, "a message of 2 parts, not of one"},
    {"zipped", {"hello"}, "cannot be unzipped"},
    {"array", {"hello"}, "a message of 1 parts"},
    {"array", {"hello", "hello"}, "header is no JSON"},
    {"array", {"{\"dtype\": \"complex64\", \"shape\": [0]}", ""}, "no picture"},
    {"array", {"{\"dtype\": \"uint8\", \"shape\": [1,1,2]}", "hi"}, "no picture"},
    {"array", {"{\"dtype\": \"uint8\", \"shape\": [0,5]}", ""}, "a picture of an impossible size"},
    {"array", {"1", "2", "3", "4", "5", "6"}, "it has too many parts"},
};

START_TEST(a_message_that_cannot_be_read_is_told_and_left_out)
{
    ck_assert_int_eq(open_node("zmq_in", ZMQ_PUSH, bad[_i].form, "end", "bye"), VF_OK);
    for (size_t i = 0; i < VF_COUNT(bad[_i].parts) && bad[_i].parts[i]; i++) {
        bool is_last = i + 1 == VF_COUNT(bad[_i].parts) || !bad[_i].parts[i + 1];
        zmq_send(peer, bad[_i].parts[i], strlen(bad[_i].parts[i]), is_last ? 0 : ZMQ_SNDMORE);
    }
    zmq_send(peer, "bye", 3, 0);
    ck_assert_int_eq(vf_bench_produce(&bench), VF_END);
    ck_assert_uint_eq(bench.output_count, 0);
    ck_assert_uint_eq(bench.error_count, 1);
    ck_assert_msg(strstr(bench.error, bad[_i].complaint) != NULL, "%s", bench.error);
}
END_TEST

START_TEST(who_only_reads_arrays_gets_those_that_are_no_pictures)
{
    const struct vf_numpy_array array = {.dtype = ">f8", .dimensions = 2, .shape = {0, 3}};
    ck_assert_int_eq(open_node("zmq_in", ZMQ_PUSH, "array", "count", "1"), VF_OK);
    bench.unread_ports |= 1u << VIDEO;
    ck_assert_int_eq(vf_send_array(peer, &array, 0, NULL), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&bench), VF_END);
    ck_assert_str_eq(vf_bench_output(&bench, ARRAY, 0)->description.array.dtype, ">f8");
    ck_assert_uint_eq(bench.error_count, 0);
}
END_TEST

START_TEST(silence_ends_the_stream_when_asked_and_a_stop_always_does)
{
    ck_assert_int_eq(open_node("zmq_in", ZMQ_PUSH, "json", "timeout", _i ? "0" : "10ms"), VF_OK);
    bench.is_stopping = _i;
    ck_assert_int_eq(vf_bench_produce(&bench), VF_END);
    ck_assert_uint_eq(bench.waited_count > 0, !_i);
}
END_TEST

static const struct {
    const char *node, *option, *text, *problem;
} mistakes[] = {
    {"zmq_out", "endpoint", "localhost:5", "is no endpoint"},
    {"zmq_in", "endpoint", "tcp://", "is no endpoint"},
    {"zmq_out", "pixel_format", "yuv420p", "has not 8 bits a channel"},
    {"zmq_in", "pixel_format", "rgb48le", "has not 8 bits a channel"},
    {"zmq_out", "wait_for_subscriber", "true", "is for socket: pub"},
    {"zmq_in", "topic", "news", "is for socket: sub"},
};

START_TEST(a_mistake_in_the_options_is_found_before_the_run)
{
    char problem[256];
    const struct vf_node *node = vf_node_find(&vf_all_nodes, mistakes[_i].node);
    vf_bench_setup(&bench, node, 0, {"endpoint", endpoint},
                   {mistakes[_i].option, mistakes[_i].text});
    ck_assert_int_eq(node->check(bench.run.options, problem, sizeof(problem)), -EINVAL);
    ck_assert_msg(strstr(problem, mistakes[_i].problem) != NULL, "%s", problem);
}
END_TEST

Suite *peer_nodes_suite(void);
Suite *peer_nodes_suite(void)
{
    Suite *suite = suite_create("peer_nodes");
    TCase *tcase = tcase_create("peer_nodes");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, a_pickled_value_becomes_json, 0, (int)VF_COUNT(values));
    tcase_add_loop_test(tcase, what_changes_on_the_way_to_json_is_told, 0, (int)VF_COUNT(changed));
    tcase_add_test(tcase, the_memory_of_json_is_known_before_it_is_read);
    tcase_add_loop_test(tcase, what_json_has_not_is_refused, 0, (int)VF_COUNT(no_json));
    tcase_add_test(tcase, a_shared_value_is_not_written_out_without_end);
    tcase_add_test(tcase, json_becomes_a_value_that_can_be_pickled);
    tcase_add_test(tcase, an_array_goes_out_with_its_type_and_its_shape);
    tcase_add_test(tcase, a_value_goes_out_as_a_pickle);
    tcase_add_loop_test(tcase, a_message_that_has_no_such_form_is_an_error_that_tells_another, 0,
                        2);
    tcase_add_test(tcase, nobody_is_waited_for_longer_than_asked);
    tcase_add_loop_test(tcase, who_has_to_stop_does_not_wait_and_realtime_never_does, 0, 2);
    tcase_add_test(tcase, an_array_that_is_a_picture_comes_in_as_both);
    tcase_add_loop_test(tcase, values_come_in_until_the_last_message, 0, 2);
    tcase_add_test(tcase, bytes_come_in_as_an_array);
    tcase_add_loop_test(tcase, a_message_that_cannot_be_read_is_told_and_left_out, 0,
                        (int)VF_COUNT(bad));
    tcase_add_test(tcase, who_only_reads_arrays_gets_those_that_are_no_pictures);
    tcase_add_loop_test(tcase, silence_ends_the_stream_when_asked_and_a_stop_always_does, 0, 2);
    tcase_add_loop_test(tcase, a_mistake_in_the_options_is_found_before_the_run, 0,
                        (int)VF_COUNT(mistakes));
    suite_add_tcase(suite, tcase);
    return suite;
}
