/* SPDX-License-Identifier: MIT */
/* The nodes that remember what came before, and the one that changes times. */
#include <errno.h>
#include <stdio.h>

#include "nodes/time/history.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

#define RATE 10 /* messages a second */

static void feed(struct vf_message *message)
{
    ck_assert_int_eq(vf_bench_feed(&media_bench, message, NULL), VF_OK);
    vf_message_destroy(&message);
}

static void feed_numbers(int64_t first, int64_t last)
{
    for (int64_t i = first; i <= last; i++)
        feed(vf_bench_number(i, RATE));
}

static void feed_frames(void)
{
    for (unsigned i = 0; i < media_source.output_count; i++) {
        if (media_source.outputs[i].port == VF_VIDEO)
            ck_assert_int_eq(vf_bench_feed(&media_bench, media_source.outputs[i].message, NULL),
                             VF_OK);
    }
}

static const char *output_text(unsigned port, unsigned index)
{
    static char text[256];
    size_t length;
    const struct vf_message *output = vf_bench_output(&media_bench, port, index);
    ck_assert_ptr_nonnull(output);
    const char *json = vf_message_json(output, &length);
    ck_assert_uint_lt(length, sizeof(text));
    memcpy(text, json, length);
    text[length] = '\0';
    return text;
}

static uint64_t output_number(unsigned port, unsigned index)
{
    return vf_bench_output(&media_bench, port, index)->description.origin.number;
}

static void open_node(const char *name, const char *option, const char *text,
                      const char *other_option, const char *other_text)
{
    const struct vf_bench_option options[] = {{option, text}, {other_option, other_text}};
    vf_bench_init(&media_bench, media_node(name), 1, options, other_option ? 2 : 1);
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
}

START_TEST(a_history_keeps_its_order_while_it_grows)
{
    struct vf_history history = {0};
    for (int64_t i = 1; i <= 100; i++) {
        struct vf_message *message = vf_bench_number(i, RATE);
        ck_assert_int_eq(vf_history_add(&history, &message), VF_OK);
        ck_assert_ptr_null(message);
        if (i % 3 == 0)
            vf_history_forget(&history, 1);
    }
    ck_assert_uint_eq(history.count, 67);
    for (size_t i = 0; i < history.count; i++)
        ck_assert_uint_eq(vf_history_at(&history, i)->description.origin.number, 34 + i);
    vf_history_forget(&history, 1000);
    ck_assert_uint_eq(history.count, 0);
    vf_history_finish(&history);
}
END_TEST

/* Fewer than are held, more than that, and by time. */
static const struct {
    const char *option, *text;
    int late;
} delays[] = {
    {"messages", "1", 1}, {"messages", "64", 64}, {"messages", "65", 65},
    {"time", "100ms", 1}, {"time", "2s", 20},     {"time", "250ms", 3},
};

START_TEST(delay_answers_with_the_message_of_before)
{
    open_node("delay", delays[_i].option, delays[_i].text, NULL, NULL);
    feed_numbers(1, 100);
    unsigned late = (unsigned)delays[_i].late;
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 100 - late);
    for (unsigned i = 0; i < 100 - late; i++) {
        char wanted[16];
        snprintf(wanted, sizeof(wanted), "%u", i + 1);
        ck_assert_str_eq(output_text(0, i), wanted);
        ck_assert_uint_eq(output_number(0, i), i + 1 + late);
        ck_assert_int_eq(vf_bench_output(&media_bench, 0, i)->description.timestamp, i + late);
    }
}
END_TEST

START_TEST(delay_begins_anew_when_time_does)
{
    open_node("delay", "time", "200ms", NULL, NULL);
    feed_numbers(1, 50);
    feed_numbers(1, 4);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 48 + 2);
    ck_assert_str_eq(output_text(0, 48), "1");
}
END_TEST

static const struct {
    const char *option, *text;
    unsigned holds;
} holdings[] = {
    {"messages", "1", 1}, {"messages", "64", 64}, {"messages", "65", 0}, {"time", "1", 0}};

START_TEST(delay_holds_inputs_or_copies_them)
{
    media_make("70", "16x16", "gray");
    open_node("delay", holdings[_i].option, holdings[_i].text, NULL, NULL);
    const struct vf_node node = vf_bench_adapt(&media_bench);
    ck_assert_uint_eq(node.holds, holdings[_i].holds);
    ck_assert(node.is_reading_only_heads == (holdings[_i].holds > 0));
    feed_frames();
    const struct vf_message *late = vf_bench_output(&media_bench, 0, 0);
    const struct vf_message *first = vf_bench_output(&media_source, VF_VIDEO, 0);
    media_check_same(late, first);
    ck_assert((late->payload == first->payload) == (holdings[_i].holds > 0));
}
END_TEST

START_TEST(windows_of_values_are_lists)
{
    open_node("window", "messages", "3", "step", "2");
    feed_numbers(1, 7);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 0);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 1), 3);
    ck_assert_str_eq(output_text(1, 0), "[1, 2, 3]");
    ck_assert_str_eq(output_text(1, 2), "[5, 6, 7]");
    ck_assert_uint_eq(output_number(1, 2), 7);
}
END_TEST

START_TEST(windows_begin_with_what_there_is_if_they_may)
{
    open_node("window", "messages", "3", "partial", "true");
    feed_numbers(1, 4);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 1), 4);
    ck_assert_str_eq(output_text(1, 0), "[1]");
    ck_assert_str_eq(output_text(1, 3), "[2, 3, 4]");
}
END_TEST

START_TEST(windows_go_by_time)
{
    open_node("window", "time", "300ms", NULL, NULL);
    feed_numbers(1, 6);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 1), 3);
    ck_assert_str_eq(output_text(1, 0), "[2, 3, 4]");
    ck_assert_str_eq(output_text(1, 2), "[4, 5, 6]");
    feed_numbers(1, 4); /* time starts again */
    ck_assert_uint_eq(vf_bench_count(&media_bench, 1), 4);
    ck_assert_str_eq(output_text(1, 3), "[2, 3, 4]");
}
END_TEST

static const struct {
    const char *format;
    unsigned dimensions;
    size_t frame_bytes;
} windows[] = {{"gray", 3, 128}, {"rgb24", 4, 384}};

START_TEST(windows_of_frames_are_arrays)
{
    media_make("3", "16x8", windows[_i].format);
    open_node("window", "messages", "2", "format", windows[_i].format);
    feed_frames();
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 2);
    const struct vf_message *output = vf_bench_output(&media_bench, 0, 1);
    const struct vf_array *array = &output->description.array;
    ck_assert_str_eq(array->dtype, "|u1");
    ck_assert_uint_eq(array->dimensions, windows[_i].dimensions);
    ck_assert_uint_eq(array->shape[0], 2);
    ck_assert_uint_eq(array->shape[1], 8);
    ck_assert_uint_eq(array->shape[2], 16);
    ck_assert_uint_eq(output->payload->size, 2 * windows[_i].frame_bytes);
    for (unsigned i = 0; i < 2; i++) {
        const struct vf_message *frame = vf_bench_output(&media_source, VF_VIDEO, i + 1);
        const struct vf_plane *plane = &frame->description.video.planes[0];
        for (unsigned y = 0; y < 8; y++)
            ck_assert_mem_eq(output->payload->data + i * windows[_i].frame_bytes +
                                 y * windows[_i].frame_bytes / 8,
                             frame->payload->data + plane->offset + (size_t)y * plane->stride,
                             windows[_i].frame_bytes / 8);
    }
}
END_TEST

static struct vf_message *make_array(uint64_t rows, uint32_t dimensions)
{
    struct vf_message *message;
    struct vf_payload *payload;
    ck_assert_int_eq(vf_payload_create(&payload, rows * 4), VF_OK);
    memset(payload->data, (int)rows, rows * 4);
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_ARRAY, &payload), VF_OK);
    message->description.array = (struct vf_array){
        .dtype = "<f4", .dimensions = dimensions, .shape = {rows, 1, 1, 1, 1, 1, 1, 1}};
    return message;
}

START_TEST(windows_of_arrays_begin_anew_with_another_shape)
{
    open_node("window", "messages", "2", NULL, NULL);
    capture_errors();
    feed(make_array(3, 2));
    feed(make_array(3, 2));
    feed(make_array(5, 2));
    feed(make_array(5, 2));
    const char *said = captured_errors();
    ck_assert_ptr_nonnull(strstr(said, "messages of another shape come"));
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 2);
    const struct vf_message *output = vf_bench_output(&media_bench, 0, 1);
    const struct vf_array *array = &output->description.array;
    ck_assert_uint_eq(array->dimensions, 3);
    ck_assert_uint_eq(array->shape[0], 2);
    ck_assert_uint_eq(array->shape[1], 5);
    ck_assert_uint_eq(output->payload->size, 40);
    ck_assert_uint_eq(output->payload->data[39], 5);
}
END_TEST

START_TEST(an_array_of_eight_dimensions_is_refused)
{
    struct vf_message *array = make_array(3, 8);
    open_node("window", "messages", "2", NULL, NULL);
    ck_assert_int_eq(vf_bench_feed(&media_bench, array, NULL), -EINVAL);
    vf_message_destroy(&array);
}
END_TEST

START_TEST(values_that_nobody_would_read_are_told)
{
    struct vf_message *number = vf_bench_number(1, RATE);
    open_node("window", "messages", "2", NULL, NULL);
    media_bench.unread_ports = 2;
    capture_errors();
    int err = vf_bench_feed(&media_bench, number, NULL);
    const char *said = captured_errors();
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_ptr_nonnull(strstr(said, "values make lists; read"));
    vf_message_destroy(&number);
}
END_TEST

static const struct {
    const char *node, *messages, *time, *problem;
} settings[] = {
    {"delay", "0", "0", "neither messages nor time"},
    {"delay", "3", "1s", "both messages and time"},
    {"window", "0", "0", "neither messages nor time"},
    {"window", "3", "1s", "both messages and time"},
};

START_TEST(a_length_is_given_in_one_way)
{
    char problem[256] = "";
    open_node(settings[_i].node, "messages", settings[_i].messages, "time", settings[_i].time);
    ck_assert_int_eq(media_bench.node->check(media_bench.run.options, problem, sizeof(problem)),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(problem, settings[_i].problem));
}
END_TEST

START_TEST(windows_want_a_format_of_bytes)
{
    char problem[256] = "";
    open_node("window", "messages", "3", "format", "yuv420p");
    ck_assert_int_eq(media_bench.node->check(media_bench.run.options, problem, sizeof(problem)),
                     -EINVAL);
    ck_assert_ptr_nonnull(strstr(problem, "yuv420p is no format of one byte a channel"));
}
END_TEST

Suite *history_nodes_suite(void);
Suite *history_nodes_suite(void)
{
    Suite *suite = suite_create("history_nodes");
    TCase *tcase = tcase_create("history_nodes");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_add_test(tcase, a_history_keeps_its_order_while_it_grows);
    tcase_add_loop_test(tcase, delay_answers_with_the_message_of_before, 0, (int)VF_COUNT(delays));
    tcase_add_test(tcase, delay_begins_anew_when_time_does);
    tcase_add_loop_test(tcase, delay_holds_inputs_or_copies_them, 0, (int)VF_COUNT(holdings));
    tcase_add_test(tcase, windows_of_values_are_lists);
    tcase_add_test(tcase, windows_begin_with_what_there_is_if_they_may);
    tcase_add_test(tcase, windows_go_by_time);
    tcase_add_loop_test(tcase, windows_of_frames_are_arrays, 0, (int)VF_COUNT(windows));
    tcase_add_test(tcase, windows_of_arrays_begin_anew_with_another_shape);
    tcase_add_test(tcase, an_array_of_eight_dimensions_is_refused);
    tcase_add_test(tcase, values_that_nobody_would_read_are_told);
    tcase_add_loop_test(tcase, a_length_is_given_in_one_way, 0, (int)VF_COUNT(settings));
    tcase_add_test(tcase, windows_want_a_format_of_bytes);
    suite_add_tcase(suite, tcase);
    return suite;
}
