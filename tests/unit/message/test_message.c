/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/message/message.h"

#define THREADS 4
#define ROUNDS 20000

/* A payload that only counts how often it is released. */
static unsigned releases;

static void count_release(struct vf_payload *payload)
{
    (void)payload;
    releases++;
}

static struct vf_payload counted = {.release = count_release};

static void setup(void)
{
    releases = 0;
    atomic_init(&counted.holders, 1);
}

START_TEST(a_payload_is_released_by_its_last_holder)
{
    struct vf_payload *first = &counted;
    struct vf_payload *second = vf_payload_hold(first);
    vf_payload_drop(&first);
    ck_assert_ptr_null(first);
    ck_assert_uint_eq(releases, 0);
    vf_payload_drop(&second);
    ck_assert_ptr_null(second);
    ck_assert_uint_eq(releases, 1);
}
END_TEST

START_TEST(dropping_nothing_does_nothing)
{
    struct vf_payload *payload = NULL;
    struct vf_message *message = NULL;
    vf_payload_drop(&payload);
    vf_message_destroy(&message);
    ck_assert_ptr_null(payload);
    ck_assert_ptr_null(message);
}
END_TEST

static void *hold_and_drop(void *shared)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct vf_payload *held = vf_payload_hold(shared);
        vf_payload_drop(&held);
    }
    struct vf_payload *last = shared;
    vf_payload_drop(&last);
    return NULL;
}

START_TEST(holders_in_several_threads_release_once)
{
    pthread_t threads[THREADS];
    struct vf_payload *payload = &counted;
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hold_and_drop, vf_payload_hold(payload)),
                         0);
    vf_payload_drop(&payload);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_uint_eq(releases, 1);
}
END_TEST

static const size_t sizes[] = {0, 1, 63, 64, 65, 4096, 100001};

START_TEST(private_memory_is_aligned_and_readable_behind_its_end)
{
    struct vf_payload *payload;
    ck_assert_int_eq(vf_payload_create(&payload, sizes[_i]), VF_OK);
    ck_assert_uint_eq(payload->size, sizes[_i]);
    ck_assert_uint_eq(payload->arena, 0);
    ck_assert_uint_eq((uintptr_t)payload->data % 64, 0);
    memset(payload->data, 7, payload->size + 64); /* a sanitizer would object */
    vf_payload_drop(&payload);
}
END_TEST

START_TEST(a_payload_that_cannot_be_is_refused)
{
    struct vf_payload *payload = &counted;
    ck_assert_int_eq(vf_payload_create(&payload, SIZE_MAX - 5), -ENOMEM);
    ck_assert_ptr_null(payload);
}
END_TEST

START_TEST(a_message_takes_its_payload)
{
    struct vf_payload *payload = &counted;
    struct vf_message *message;
    counted.size = 12;
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_JSON, &payload), VF_OK);
    ck_assert_ptr_null(payload);
    ck_assert_ptr_eq(message->payload, &counted);
    ck_assert_uint_eq(message->description.payload_size, 12);
    vf_message_destroy(&message);
    ck_assert_ptr_null(message);
    ck_assert_uint_eq(releases, 1);
}
END_TEST

START_TEST(a_new_message_knows_nothing_but_its_type)
{
    struct vf_payload *none = NULL;
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_ARRAY, &none), VF_OK);
    ck_assert_uint_eq(message->description.version, VF_MESSAGE_VERSION);
    ck_assert_uint_eq(message->description.kind, VF_MESSAGE_DATA);
    ck_assert_uint_eq(message->description.type, VF_VALUE_ARRAY);
    ck_assert_int_eq(message->description.timestamp, VF_NO_TIMESTAMP);
    ck_assert_uint_eq(message->description.origin.stream, 0);
    ck_assert_uint_eq(message->description.payload_size, 0);
    ck_assert_ptr_null(message->payload);
    vf_message_destroy(&message);
}
END_TEST

START_TEST(a_clone_shares_the_payload_and_outlives_its_source)
{
    struct vf_payload *payload = &counted;
    struct vf_message *message, *clone;
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_JSON, &payload), VF_OK);
    message->description.origin.number = 9;
    ck_assert_int_eq(vf_message_clone(&clone, message), VF_OK);
    vf_message_destroy(&message);
    ck_assert_uint_eq(releases, 0);
    ck_assert_ptr_eq(clone->payload, &counted);
    ck_assert_uint_eq(clone->description.origin.number, 9);
    vf_message_destroy(&clone);
    ck_assert_uint_eq(releases, 1);
}
END_TEST

static const struct {
    int64_t value;
    const char *text;
} integers[] = {
    {0, "0"},
    {-1, "-1"},
    {INT64_MAX, "9223372036854775807"},
    {INT64_MIN, "-9223372036854775808"},
};

START_TEST(a_whole_number_becomes_its_text)
{
    struct vf_message *message;
    size_t length;
    ck_assert_int_eq(vf_message_create_integer(&message, integers[_i].value), VF_OK);
    const char *text = vf_message_json(message, &length);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(length, strlen(integers[_i].text));
    ck_assert_mem_eq(text, integers[_i].text, length);
    vf_message_destroy(&message);
}
END_TEST

START_TEST(only_values_have_a_text)
{
    struct vf_payload *payload = &counted, *none = NULL;
    struct vf_message *picture, *empty;
    size_t length;
    ck_assert_int_eq(vf_message_create(&picture, VF_VALUE_VIDEO, &payload), VF_OK);
    ck_assert_int_eq(vf_message_create(&empty, VF_VALUE_JSON, &none), VF_OK);
    ck_assert_ptr_null(vf_message_json(picture, &length));
    ck_assert_ptr_null(vf_message_json(empty, &length));
    vf_message_destroy(&picture);
    vf_message_destroy(&empty);
}
END_TEST

START_TEST(an_answer_follows_in_origin_and_time_but_keeps_its_value)
{
    struct vf_message *source, *answer;
    ck_assert_int_eq(vf_message_create_integer(&source, 1), VF_OK);
    ck_assert_int_eq(vf_message_create_json(&answer, "\"two\"", 5), VF_OK);
    source->description.origin = (struct vf_origin){.number = 8, .stream = 3 << 8};
    source->description.event_time_ns = 70;
    source->description.timestamp = 4;
    source->description.duration = 2;
    vf_message_set_source(&source->description, "a.mp4", VF_SOURCE_NAME);
    source->description.source_time_ns = 9;
    source->description.time_base = (struct vf_rational){1, 25};
    vf_message_follow(answer, source);
    ck_assert_mem_eq(&answer->description.origin, &source->description.origin,
                     sizeof(struct vf_origin));
    ck_assert_int_eq(answer->description.event_time_ns, 70);
    ck_assert_int_eq(answer->description.timestamp, 4);
    ck_assert_int_eq(answer->description.duration, 2);
    ck_assert_int_eq(answer->description.time_base.den, 25);
    ck_assert_str_eq(answer->description.source, "a.mp4");
    ck_assert_uint_eq(answer->description.source_id, source->description.source_id);
    ck_assert_int_eq(answer->description.source_time_ns, 9);
    ck_assert_uint_eq(answer->description.payload_size, 5);
    vf_message_destroy(&source);
    vf_message_destroy(&answer);
}
END_TEST

static const struct {
    const char *path;
    size_t folder_length;
    const char *source;
} sources[] = {
    {"clip.mp4", VF_SOURCE_NAME, "clip.mp4"},
    {"/a/b/clip.mp4", VF_SOURCE_NAME, "clip.mp4"},
    {"a/what?#.mp4", VF_SOURCE_NAME, "what?#.mp4"},
    {"rtsp://host:554/live/cam1?user=x#y", VF_SOURCE_NAME, "cam1"},
    {"http://host/live/", VF_SOURCE_NAME, "live"},
    {"", VF_SOURCE_NAME, ""},
    {"/", VF_SOURCE_NAME, ""},
    {"clip.mp4", 0, "clip.mp4"},
    {"a/b/clip.mp4", 0, "a/b/clip.mp4"},
    {"a/b/clip.mp4", 1, "b/clip.mp4"},
    {"a//b/clip.mp4", 2, "b/clip.mp4"},
    {"a/b", 1, "b"},
    {"http://host/a/b", 1, "b"},
};

START_TEST(the_source_of_a_path_is_what_follows_the_folder_of_its_reader)
{
    struct vf_description description;
    memset(&description, 'x', sizeof(description));
    vf_message_set_source(&description, sources[_i].path, sources[_i].folder_length);
    ck_assert_str_eq(description.source, sources[_i].source);
    ck_assert_int_eq(description.source[VF_SOURCE_SIZE - 1], 0);
}
END_TEST

START_TEST(a_long_source_loses_its_beginning_and_no_half_of_a_letter)
{
    char path[3 * VF_SOURCE_SIZE] = "/a/";
    for (size_t i = 0; i < (size_t)2 * VF_SOURCE_SIZE - 2; i++)
        path[3 + i] = "ä"[i % 2];
    struct vf_description description;
    vf_message_set_source(&description, path, VF_SOURCE_NAME);
    ck_assert_uint_eq(strlen(description.source), VF_SOURCE_SIZE - 2);
    ck_assert_int_eq((unsigned char)description.source[0], 0xc3);
}
END_TEST

START_TEST(a_long_source_loses_whole_folders_and_stays_another_one)
{
    struct vf_description one, other;
    struct vf_text path = {0};
    while (path.length < (size_t)2 * VF_SOURCE_SIZE)
        vf_text_print(&path, "folder/");
    vf_text_print(&path, "clip.mp4");
    vf_message_set_source(&one, path.bytes, 0);
    ck_assert_uint_eq(strlen(one.source) % strlen("folder/"),
                      strlen("clip.mp4") % strlen("folder/"));
    ck_assert_int_eq(strncmp(one.source, "folder/", strlen("folder/")), 0);
    path.bytes[0] = 'F';
    vf_message_set_source(&other, path.bytes, 0);
    vf_text_finish(&path);
    ck_assert_str_eq(one.source, other.source);
    ck_assert_uint_ne(one.source_id, other.source_id);
}
END_TEST

START_TEST(a_name_as_long_as_file_systems_take_is_kept)
{
    struct vf_description description;
    char path[256] = "";
    memset(path, 'x', 255);
    vf_message_set_source(&description, path, VF_SOURCE_NAME);
    ck_assert_str_eq(description.source, path);
}
END_TEST

static const struct {
    int64_t timestamp;
    struct vf_rational time_base;
    bool is_rising;
} later[] = {
    {1001, {1, 1000}, true},
    {1000, {1, 1000}, false},
    {90000, {1, 90000}, false},
    {90001, {1, 90000}, true},
    {30, {1001, 30000}, true},
    {29, {1001, 30000}, false},
    {2, {0, 1}, false},
    {INT64_MAX, {INT32_MAX, 1}, true},
    {INT64_MIN + 1, {INT32_MAX, 1}, false},
};

/* Shown, decoded and within the source, in milliseconds. */
static const int64_t packets[][3] = {{0, -80, 0},   {80, -40, 80},  {40, 0, 40},  {120, 40, 0},
                                     {200, 80, 80}, {160, 120, 40}, {240, 90, 0}, {320, 130, 80}};

START_TEST(time_stamps_rise_within_each_source)
{
    struct vf_made made = {0};
    for (size_t i = 0; i < VF_COUNT(packets); i++) {
        struct vf_description description = {.type = VF_VALUE_PACKET,
                                             .timestamp = packets[i][0],
                                             .packet.decode_timestamp = packets[i][1],
                                             .source_time_ns = packets[i][2] * 1000000,
                                             .time_base = {1, 1000}};
        vf_made_add(&made, &description);
        ck_assert(made.is_rising);
        ck_assert_int_eq(made.source_start_ns, (packets[i][0] - packets[i][2]) * 1000000);
    }
    struct vf_description again = {.type = VF_VALUE_PACKET,
                                   .timestamp = 280,
                                   .packet.decode_timestamp = 130,
                                   .source_time_ns = 40000000,
                                   .time_base = {1, 1000}};
    vf_made_add(&made, &again);
    ck_assert(!made.is_rising);
}
END_TEST

START_TEST(time_stamps_rise_whatever_their_ticks_are)
{
    struct vf_made made = {0};
    struct vf_description description = {
        .timestamp = 1000, .time_base = {1, 1000}, .source_time_ns = VF_NO_TIMESTAMP};
    vf_made_add(&made, &description);
    ck_assert(made.is_rising);
    description.timestamp = later[_i].timestamp;
    description.time_base = later[_i].time_base;
    vf_made_add(&made, &description);
    ck_assert_int_eq(made.is_rising, later[_i].is_rising);
    ck_assert_int_eq(made.timestamp, later[_i].timestamp);
    ck_assert_uint_eq(made.count, 2);
}
END_TEST

START_TEST(what_was_made_is_made_fit_to_compute_with)
{
    struct vf_made made = {.count = 9, .untimed = 2, .timestamp = 90, .time_base = {1, 1000}};
    made.source_start_ns = VF_NO_TIMESTAMP;
    memset(&made.is_rising, 77, sizeof(made.is_rising));
    ck_assert(vf_made_mend(&made));
    ck_assert_uint_eq(made.count, 9);
    ck_assert_int_eq(made.timestamp, 90);
    ck_assert_int_eq(made.source_start_ns, VF_NO_TIMESTAMP);
    ck_assert(!made.is_rising);
    made.timestamp = INT64_MAX;
    made.source_start_ns = INT64_MIN + 1;
    ck_assert(vf_made_mend(&made));
    ck_assert_int_eq(made.timestamp, INT64_MAX / 4);
    ck_assert_int_eq(made.source_start_ns, -(INT64_MAX / 4));
    struct vf_made spoilt[] = {made, made, made, made};
    spoilt[0].count = UINT64_C(1) << 54;
    spoilt[1].untimed = 10;
    spoilt[2].time_base.den = -1;
    spoilt[3].time_base.den = 0;
    for (size_t i = 0; i < VF_COUNT(spoilt); i++)
        ck_assert(!vf_made_mend(&spoilt[i]));
}
END_TEST

Suite *message_suite(void);
Suite *message_suite(void)
{
    Suite *suite = suite_create("message");
    TCase *tcase = tcase_create("message");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, a_payload_is_released_by_its_last_holder);
    tcase_add_test(tcase, dropping_nothing_does_nothing);
    tcase_add_test(tcase, holders_in_several_threads_release_once);
    tcase_add_loop_test(tcase, private_memory_is_aligned_and_readable_behind_its_end, 0,
                        (int)VF_COUNT(sizes));
    tcase_add_test(tcase, a_payload_that_cannot_be_is_refused);
    tcase_add_test(tcase, a_message_takes_its_payload);
    tcase_add_test(tcase, a_new_message_knows_nothing_but_its_type);
    tcase_add_test(tcase, a_clone_shares_the_payload_and_outlives_its_source);
    tcase_add_loop_test(tcase, a_whole_number_becomes_its_text, 0, (int)VF_COUNT(integers));
    tcase_add_test(tcase, only_values_have_a_text);
    tcase_add_loop_test(tcase, the_source_of_a_path_is_what_follows_the_folder_of_its_reader, 0,
                        (int)VF_COUNT(sources));
    tcase_add_test(tcase, a_long_source_loses_its_beginning_and_no_half_of_a_letter);
    tcase_add_test(tcase, a_long_source_loses_whole_folders_and_stays_another_one);
    tcase_add_test(tcase, a_name_as_long_as_file_systems_take_is_kept);
    tcase_add_test(tcase, time_stamps_rise_within_each_source);
    tcase_add_loop_test(tcase, time_stamps_rise_whatever_their_ticks_are, 0, (int)VF_COUNT(later));
    tcase_add_test(tcase, an_answer_follows_in_origin_and_time_but_keeps_its_value);
    tcase_add_test(tcase, what_was_made_is_made_fit_to_compute_with);
    suite_add_tcase(suite, tcase);
    return suite;
}
