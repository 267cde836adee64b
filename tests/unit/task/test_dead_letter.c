/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <check.h>
#include <errno.h>
#include <jansson.h>
#include <libavcodec/avcodec.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/task/dead_letter.h"
#include "tests/unit/support/flow_run.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

#define MAX_FILE 65536

static uint8_t content[MAX_FILE];
static struct vf_message *message;

/* Writes a letter about `message`, as number 7 of a task, and about a second input if there is
 * one. */
static int put_aside_as(const char *folder, struct vf_message *second)
{
    struct vf_message *const inputs[] = {message, second};
    struct vf_dead_letter letter = {.folder = folder,
                                    .task = "step",
                                    .cause = "was killed by SIGSEGV",
                                    .inputs = inputs,
                                    .input_count = second ? 2 : 1};
    assert(message);
    message->description.origin = (struct vf_origin){.number = 7, .stream = 3U << 8 | 1};
    return vf_dead_letter_write(&letter);
}

static void put_aside(const char *folder, struct vf_message *second)
{
    ck_assert_int_eq(put_aside_as(folder, second), VF_OK);
}

/* Reads a file of the letter's. Returns its size. */
static size_t read_file(const char *folder, const char *name)
{
    char *path = vf_text_format("%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s is not there", path);
    size_t size = fread(content, 1, sizeof(content) - 1, file);
    fclose(file);
    free(path);
    content[size] = 0;
    return size;
}

/* Returns the note, the caller's. */
static json_t *read_note(const char *folder, const char *name)
{
    json_error_t problem;
    read_file(folder, name);
    json_t *note = json_loads((const char *)content, 0, &problem);
    ck_assert_msg(note != NULL, "%s: %s", name, problem.text);
    return note;
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    ck_assert_msg(text != NULL, "no text \"%s\" in the note", key);
    return text;
}

static void setup(void)
{
    scratch_create();
    ck_assert_int_eq(vf_message_create_integer(&message, 42), VF_OK);
}

static void teardown(void)
{
    vf_message_destroy(&message);
    scratch_remove();
}

START_TEST(a_value_is_kept_as_text_and_the_note_says_whose_it_was)
{
    put_aside(scratch_path(), NULL);
    ck_assert_uint_eq(read_file(scratch_path(), "step-7.txt"), 2);
    ck_assert_str_eq((const char *)content, "42");
    json_t *note = read_note(scratch_path(), "step-7.json");
    json_t *input = json_array_get(json_object_get(note, "inputs"), 0);
    json_t *origin = json_object_get(input, "origin");
    ck_assert_str_eq(text_of(note, "task"), "step");
    ck_assert_str_eq(text_of(note, "cause"), "was killed by SIGSEGV");
    ck_assert_str_eq(text_of(input, "type"), "value");
    ck_assert_str_eq(text_of(input, "file"), "step-7.txt");
    ck_assert_int_eq(json_integer_value(json_object_get(origin, "task")), 3);
    ck_assert_int_eq(json_integer_value(json_object_get(origin, "port")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(origin, "number")), 7);
    json_decref(note);
    ck_assert_uint_eq(scratch_count(), 2);
}
END_TEST

START_TEST(what_a_node_says_of_its_failure_is_in_the_note)
{
    struct vf_dead_letter letter = {.folder = scratch_path(),
                                    .task = "step",
                                    .cause = "returned an error: no such key",
                                    .details = "line 1\n  line 2\n",
                                    .inputs = &message,
                                    .input_count = 1};
    message->description.origin.number = 1;
    ck_assert_int_eq(vf_dead_letter_write(&letter), VF_OK);
    json_t *note = read_note(scratch_path(), "step-1.json");
    ck_assert_str_eq(text_of(note, "cause"), "returned an error: no such key");
    ck_assert_str_eq(text_of(note, "details"), "line 1\n  line 2\n");
    json_decref(note);
}
END_TEST

START_TEST(a_second_letter_of_that_number_gets_another_name)
{
    put_aside(scratch_path(), NULL);
    put_aside(scratch_path(), NULL);
    put_aside(scratch_path(), message);
    ck_assert_uint_eq(read_file(scratch_path(), "step-7-2.txt"), 2);
    ck_assert_uint_eq(read_file(scratch_path(), "step-7-3.1.txt"), 2);
    ck_assert_uint_eq(read_file(scratch_path(), "step-7-3.2.txt"), 2);
    json_decref(read_note(scratch_path(), "step-7-3.json"));
    ck_assert_uint_eq(scratch_count(), 7);
}
END_TEST

/* Files that a letter must not replace: with one input, and with two. */
static const char *const others[] = {"step-7.txt", "step-7.png", "step-7.2.txt", "step-7.1.raw"};

START_TEST(a_file_of_somebody_else_that_has_its_name_stays)
{
    char *path = vf_text_format("%s/%s", scratch_path(), others[_i]);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("picture", file);
    fclose(file);
    free(path);
    put_aside(scratch_path(), _i < 2 ? NULL : message);
    read_file(scratch_path(), others[_i]);
    ck_assert_str_eq((const char *)content, "picture");
    ck_assert_uint_eq(read_file(scratch_path(), _i < 2 ? "step-7-2.txt" : "step-7-2.2.txt"), 2);
    json_decref(read_note(scratch_path(), "step-7-2.json"));
    ck_assert_uint_eq(scratch_count(), _i < 2 ? 3 : 4);
}
END_TEST

static const struct {
    struct vf_array array;
    const char *shape;
} arrays[] = {
    {{.dtype = "<f4", .dimensions = 2, .shape = {2, 3}}, "(2, 3)"},
    {{.dtype = "<u8", .dimensions = 1, .shape = {3}}, "(3,)"},
    {{.dtype = "|u1", .dimensions = 0}, "()"},
};

START_TEST(an_array_is_kept_as_numpy_reads_it)
{
    static const uint8_t numbers[24] = {1, 2, 3, 250};
    struct vf_payload *payload;
    vf_message_destroy(&message);
    ck_assert_int_eq(vf_payload_create(&payload, sizeof(numbers)), VF_OK);
    memcpy(payload->data, numbers, sizeof(numbers));
    ck_assert_int_eq(vf_message_create(&message, VF_VALUE_ARRAY, &payload), VF_OK);
    message->description.array = arrays[_i].array;
    put_aside(scratch_path(), NULL);
    size_t size = read_file(scratch_path(), "step-7.npy");
    char *header = vf_text_format("{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                                  arrays[_i].array.dtype, arrays[_i].shape);
    size_t length = content[8] | (size_t)content[9] << 8;
    ck_assert_mem_eq(content, "\x93NUMPY\x01", 8);
    ck_assert_uint_eq((10 + length) % 64, 0);
    ck_assert_mem_eq(content + 10, header, strlen(header));
    ck_assert_int_eq(content[10 + length - 1], '\n');
    ck_assert_uint_eq(size, 10 + length + sizeof(numbers));
    ck_assert_mem_eq(content + 10 + length, numbers, sizeof(numbers));
    free(header);
}
END_TEST

START_TEST(a_disk_that_is_full_is_told_and_nothing_half_is_left)
{
    struct rlimit before, none = {0};
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    none.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    int pipe_ends[2]; /* for what is said: a file could not take it */
    ck_assert_int_eq(pipe(pipe_ends), 0);
    int errors = dup(STDERR_FILENO);
    dup2(pipe_ends[1], STDERR_FILENO);
    setrlimit(RLIMIT_FSIZE, &none);
    int err = put_aside_as(scratch_path(), NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    dup2(errors, STDERR_FILENO);
    close(errors);
    close(pipe_ends[1]);
    ssize_t said = read(pipe_ends[0], content, sizeof(content) - 1);
    close(pipe_ends[0]);
    ck_assert_int_eq(err, -EFBIG);
    ck_assert_int_gt(said, 0);
    content[said] = 0;
    ck_assert_ptr_nonnull(strstr((const char *)content, "frame 7 is put aside: step was killed"));
    ck_assert_ptr_nonnull(
        strstr((const char *)content, "/step-7.txt cannot be written: File too large\n"));
    ck_assert_ptr_nonnull(
        strstr((const char *)content, "/step-7.json cannot be written: File too large\n"));
    ck_assert_uint_eq(scratch_count(), 0);
}
END_TEST

START_TEST(a_folder_that_is_gone_is_told)
{
    capture_errors();
    ck_assert_int_eq(put_aside_as("/nowhere/at/all", NULL), -ENOENT);
    ck_assert_ptr_nonnull(
        strstr(captured_errors(), "/nowhere/at/all cannot keep dead letters: No such file"));
}
END_TEST

/* Asserts that the bytes read last are a picture of that size. */
static void check_picture(size_t size, int width, int height)
{
    AVCodecContext *context = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_PNG));
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    ck_assert_int_eq(av_new_packet(packet, (int)size), 0);
    memcpy(packet->data, content, size);
    ck_assert_int_eq(avcodec_open2(context, NULL, NULL), 0);
    ck_assert_int_eq(avcodec_send_packet(context, packet), 0);
    ck_assert_int_eq(avcodec_receive_frame(context, frame), 0);
    ck_assert_int_eq(frame->width, width);
    ck_assert_int_eq(frame->height, height);
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&context);
}

static const char *const formats[] = {"yuv420p", "rgb24", "gray10le", "yuva420p"};

START_TEST(a_frame_is_kept_as_a_picture_that_opens)
{
    const struct vf_message *made;
    media_make("1", "64x48", formats[_i]);
    made = vf_bench_output(&media_source, VF_VIDEO, 0);
    ck_assert_int_eq(vf_message_clone(&message, made), VF_OK);
    put_aside(scratch_path(), NULL);
    check_picture(read_file(scratch_path(), "step-7.png"), 64, 48);
    json_t *note = read_note(scratch_path(), "step-7.json");
    json_t *input = json_array_get(json_object_get(note, "inputs"), 0);
    ck_assert_str_eq(text_of(input, "format"), formats[_i]);
    ck_assert_int_eq(json_integer_value(json_object_get(input, "width")), 64);
    json_decref(note);
    vf_message_destroy(&message);
}
END_TEST

START_TEST(a_packet_is_kept_as_its_codec_made_it)
{
    const struct vf_message *made;
    media_make("5", "64x48", "yuv420p");
    made = vf_bench_output(&media_source, VF_AUDIO, 0);
    ck_assert_int_eq(vf_message_clone(&message, made), VF_OK);
    put_aside(scratch_path(), NULL);
    const struct vf_packet *packet = &message->description.packet;
    ck_assert_uint_eq(read_file(scratch_path(), "step-7.packet"), packet->data_size);
    ck_assert_mem_eq(content, message->payload->data + packet->data_offset, packet->data_size);
    vf_message_destroy(&message);
}
END_TEST

/* How a node can fail on number 5 of 9. */
static const char *const manners[] = {"error", "abort", "segv", "kill", "exit", "leave"};

START_TEST(what_a_task_fails_on_is_put_aside_and_everything_else_arrives)
{
    char *folder = vf_text_format("%s/letters", scratch_path());
    char *nodes = vf_text_format(
        "  numbers: {type: counting_source, count: 9}\n"
        "  step: {type: failing_step, at: work, by: %s, number: 5, inputs: numbers,\n"
        "         on_error: skip, backoff: 1ms}\n"
        "  both: {type: joining, inputs: [step, numbers]}\n"
        "  sink: {type: stalling_sink, inputs: both}\n",
        manners[_i]);
    struct vf_engine_settings settings = {.dead_letter = folder};
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    struct vf_engine *engine = flow_run_start("batch", nodes, &settings);
    ck_assert_int_eq(flow_run_join(&engine), VF_EXIT_OK);
    const struct test_sink *sink = &test_board->sinks[0];
    ck_assert_int_eq(atomic_load(&sink->count), 8);
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(sink->values[i], i < 4 ? i + 1 : i + 2);
    read_file(folder, "step-5.txt");
    ck_assert_str_eq((const char *)content, "5");
    flow_run_assert_said("frame 5 is put aside: step ");
    static const char *const files[] = {"step-5.txt", "step-5.json"};
    for (size_t i = 0; i < VF_COUNT(files); i++) {
        char *path = vf_text_format("%s/%s", folder, files[i]);
        ck_assert_int_eq(unlink(path), 0);
        free(path);
    }
    ck_assert_int_eq(rmdir(folder), 0); /* there was nothing else in it */
    free(nodes);
    free(folder);
}
END_TEST

Suite *dead_letter_suite(void);

Suite *dead_letter_suite(void)
{
    Suite *suite = suite_create("dead_letter");
    TCase *files = tcase_create("files"), *media = tcase_create("media");
    TCase *flows = tcase_create("flows");
    tcase_add_checked_fixture(files, setup, teardown);
    tcase_add_test(files, a_value_is_kept_as_text_and_the_note_says_whose_it_was);
    tcase_add_test(files, what_a_node_says_of_its_failure_is_in_the_note);
    tcase_add_test(files, a_second_letter_of_that_number_gets_another_name);
    tcase_add_loop_test(files, a_file_of_somebody_else_that_has_its_name_stays, 0,
                        (int)VF_COUNT(others));
    tcase_add_loop_test(files, an_array_is_kept_as_numpy_reads_it, 0, (int)VF_COUNT(arrays));
    tcase_add_test(files, a_disk_that_is_full_is_told_and_nothing_half_is_left);
    tcase_add_test(files, a_folder_that_is_gone_is_told);
    tcase_add_checked_fixture(media, media_setup, media_teardown);
    tcase_add_loop_test(media, a_frame_is_kept_as_a_picture_that_opens, 0, (int)VF_COUNT(formats));
    tcase_add_test(media, a_packet_is_kept_as_its_codec_made_it);
    tcase_add_checked_fixture(flows, flow_run_setup, flow_run_teardown);
    tcase_add_loop_test(flows, what_a_task_fails_on_is_put_aside_and_everything_else_arrives, 0,
                        (int)VF_COUNT(manners));
    suite_add_tcase(suite, files);
    suite_add_tcase(suite, media);
    suite_add_tcase(suite, flows);
    return suite;
}
