/* SPDX-License-Identifier: MIT */
/* The reader of devices, of which the filters of libavdevice are one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/message/message.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

/* A camera of 32x24 pixels that shows so many seconds of pictures, 10 a second. */
#define CAMERA(seconds) "testsrc2=size=32x24:rate=10:duration=" seconds

static char problem[512];

static void prepare(const char *device, const char *format, const char *frames,
                    const char *reconnect)
{
    vf_bench_setup(&media_bench, media_node("device_reader"), 0, {"device", device},
                   {"format", format}, {"frames", frames}, {"reconnect", reconnect});
}

/* Reads a device until it ends, or something else does. */
static int read_device(const char *device, const char *frames, const char *reconnect)
{
    prepare(device, "lavfi", frames, reconnect);
    int err = vf_bench_open(&media_bench);
    return err ? err : vf_bench_produce(&media_bench);
}

static int64_t start_us(unsigned index)
{
    const struct vf_message *frame = vf_bench_output(&media_bench, 0, index);
    ck_assert_ptr_nonnull(frame);
    const struct vf_description *description = &frame->description;
    return description->timestamp * 1000000 * description->time_base.num /
           description->time_base.den;
}

START_TEST(the_frames_of_a_device_count_from_the_first)
{
    ck_assert_int_eq(read_device(CAMERA("1") ",setpts=PTS+5/TB", "0", "auto"), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 10);
    for (unsigned i = 0; i < 10; i++) {
        const struct vf_description *frame = &vf_bench_output(&media_bench, 0, i)->description;
        ck_assert_int_eq(start_us(i), (int64_t)i * 100000);
        ck_assert_int_eq(frame->video.width, 32);
        ck_assert_int_eq(frame->video.height, 24);
        ck_assert_ptr_nonnull(strstr(CAMERA("1") ",setpts=PTS+5/TB", frame->source));
    }
    ck_assert_uint_eq(media_bench.error_count, 0);
}
END_TEST

static const char *const jumps[] = {"+3600", "-0.5", "-1000"};

START_TEST(the_frames_of_a_device_go_on_when_its_clock_is_set)
{
    char device[256];
    capture_errors();
    snprintf(device, sizeof(device), CAMERA("2") ",setpts='if(gte(N,10),PTS%s/TB,PTS)'", jumps[_i]);
    ck_assert_int_eq(read_device(device, "0", "auto"), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 20);
    for (unsigned i = 0; i < 20; i++)
        ck_assert_int_eq(start_us(i), (int64_t)i * 100000);
    snprintf(device, sizeof(device), "its clock jumps by %+.3f s; what follows goes on at once",
             strtod(jumps[_i], NULL));
    ck_assert_ptr_nonnull(strstr(captured_errors(), device));
}
END_TEST

START_TEST(a_number_of_frames_is_an_end_of_a_device)
{
    ck_assert_int_eq(read_device(CAMERA("1"), "4", "auto"), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 4);
    ck_assert_uint_eq(media_bench.expected[0], 4);
}
END_TEST

START_TEST(a_device_that_has_ended_is_opened_again_on_demand)
{
    capture_errors();
    ck_assert_int_eq(read_device(CAMERA("0.3"), "8", "true"), VF_END);
    const char *said = captured_errors();
    ck_assert_ptr_nonnull(strstr(said, "has ended; opening it again"));
    ck_assert_ptr_nonnull(strstr(said, "is back after"));
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 8);
    ck_assert_uint_eq(media_bench.slept_count, 2);
    for (unsigned i = 1; i < 8; i++)
        ck_assert_int_gt(start_us(i), start_us(i - 1));
}
END_TEST

START_TEST(what_a_device_shows_after_a_crash_goes_on_behind)
{
    prepare(CAMERA("1"), "lavfi", "7", "auto");
    struct vf_description last = {.timestamp = 20, .duration = 1, .time_base = {1, 10}};
    for (int i = 0; i < 5; i++)
        vf_made_add(&media_bench.made[0], &last);
    media_bench.made[0].is_rising = true;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&media_bench), VF_END);
    ck_assert_uint_eq(vf_bench_count(&media_bench, 0), 2);
    ck_assert_int_ge(start_us(0), 2000000);
    ck_assert_int_gt(start_us(1), start_us(0));
}
END_TEST

START_TEST(a_device_that_never_comes_is_given_up)
{
    vf_bench_setup(&media_bench, media_node("device_reader"), 0, {"device", "/nowhere/video0"},
                   {"format", "v4l2"});
    void *values = (void *)(uintptr_t)media_bench.run.options;
    const struct vf_option *reconnect = vf_option_find(&media_bench.node->options, "reconnect");
    ck_assert_int_eq(vf_option_add(reconnect, "attempts", "3", values), VF_OK);
    capture_errors();
    int err = vf_bench_open(&media_bench);
    const char *said = captured_errors();
    ck_assert_int_eq(err, -ENOTCONN);
    ck_assert_uint_eq(media_bench.slept_count, 3);
    ck_assert_ptr_nonnull(strstr(said, "does not come back: 3 attempts"));
}
END_TEST

START_TEST(a_stop_is_heard_while_a_device_is_away)
{
    capture_errors();
    prepare("/nowhere/video0", "v4l2", "0", "true");
    media_bench.is_stopping = true;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_END);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "opening it again"));
}
END_TEST

static const struct {
    const char *device, *format, *problem;
} failures[] = {
    {"/nowhere/video0", "v4l2", "No such file or directory; `ls /dev/video*` shows"},
    {"/dev/null", "v4l2", "it is no camera; `ls /dev/video*` shows"},
    {"no_such_filter", "lavfi", "`ffmpeg -filters` lists the filters of a graph"},
};

START_TEST(a_device_that_cannot_be_opened_is_told_with_what_to_do)
{
    prepare(failures[_i].device, failures[_i].format, "0", "auto");
    capture_errors();
    ck_assert_int_lt(vf_bench_open(&media_bench), 0);
    const char *said = captured_errors();
    ck_assert_msg(strstr(said, failures[_i].problem) != NULL, "%s", said);
}
END_TEST

static const struct {
    const char *device, *format, *size, *fps, *key, *problem;
} mistakes[] = {
    {"/dev/null", "auto", "", "", "", "does not tell what kind of device it is; give format"},
    {"", "auto", "", "", "", "does not tell what kind of device it is; give format"},
    {"shots:1/a", "auto", "", "", "", "does not tell what kind of device it is; give format"},
    {"rtsp://camera/live", "auto", "", "", "",
     "is a URL, and no device of this machine; read it with video_reader, or record it with `vflow "
     "run @record input=URL`"},
    {"http://camera/live", "v4l2", "", "", "", "is a URL, and no device"},
    {"/proc/self/status", "auto", "", "", "",
     "is a file, and no device; read it with video_reader"},
    {"x", "lafvi", "", "", "", "reads no \"lafvi\"; did you mean \"lavfi\"?"},
    {"x", "matroska", "", "", "", "reads no \"matroska\"; `ffmpeg -devices` lists"},
    {"/dev/video0", "auto", "12", "", "", "size cannot be \"12\"; 1280x720"},
    {"/dev/video0", "auto", "", "fast", "", "fps cannot be \"fast\"; 30"},
    {"/dev/video0", "auto", "", "", "chanel",
     "has no option \"chanel\"; did you mean \"channel\"?"},
    {"x", "lavfi", "", "", "quantum_foam", "lavfi has no option \"quantum_foam\"; `ffmpeg -h"},
    {"x", "lavfi", "32x24", "", "", "lavfi has no option \"video_size\""},
};

static int check(const char *device, const char *format, const char *size, const char *fps,
                 const char *key)
{
    vf_bench_setup(&media_bench, media_node("device_reader"), 0, {"device", device},
                   {"format", format}, {"size", size}, {"fps", fps});
    void *values = (void *)(uintptr_t)media_bench.run.options;
    const struct vf_option *map = vf_option_find(&media_bench.node->options, "options");
    if (*key)
        ck_assert_int_eq(vf_option_add(map, key, "1", values), VF_OK);
    return media_bench.node->check(values, problem, sizeof(problem));
}

START_TEST(a_mistake_of_a_device_reader_is_told_with_what_would_be_right)
{
    ck_assert_int_eq(check(mistakes[_i].device, mistakes[_i].format, mistakes[_i].size,
                           mistakes[_i].fps, mistakes[_i].key),
                     -EINVAL);
    ck_assert_msg(strstr(problem, mistakes[_i].problem) != NULL, "%s", problem);
}
END_TEST

static const char *const told[] = {"/dev/video0", "/dev/video12", ":0",
                                   ":0.0",        ":1.0+100,200", "host:10.0"};

START_TEST(cameras_and_screens_are_told_by_their_names)
{
    ck_assert_int_eq(check(told[_i], "auto", "640x480", "30", ""), VF_OK);
}
END_TEST

static const struct {
    const char *device, *size;
    size_t payload_bytes; /* 0: nothing is foretold */
} forecasts[] = {
    {":0.0", "640x480", (size_t)640 * 480 * 4},
    {"/dev/video0", "640x480", (size_t)640 * 480 * 2},
    {"/dev/video0", "", 0},
};

START_TEST(a_device_whose_size_is_given_is_foretold)
{
    struct vf_forecast output = {0};
    struct vf_foresight foresight = {.outputs = &output, .output_count = 1, .threads = 1};
    ck_assert_int_eq(check(forecasts[_i].device, "auto", forecasts[_i].size, "", ""), VF_OK);
    foresight.options = media_bench.run.options;
    media_bench.node->forecast(&foresight);
    ck_assert_int_eq(output.is_known, forecasts[_i].payload_bytes > 0);
    ck_assert_uint_ge(output.payload_bytes, forecasts[_i].payload_bytes);
    ck_assert_uint_le(output.payload_bytes, forecasts[_i].payload_bytes * 102 / 100 + 8192);
}
END_TEST

Suite *device_reader_suite(void);
Suite *device_reader_suite(void)
{
    Suite *suite = suite_create("device_reader");
    TCase *tcase = tcase_create("device_reader");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_add_test(tcase, the_frames_of_a_device_count_from_the_first);
    tcase_add_loop_test(tcase, the_frames_of_a_device_go_on_when_its_clock_is_set, 0,
                        (int)(sizeof(jumps) / sizeof(jumps[0])));
    tcase_add_test(tcase, a_number_of_frames_is_an_end_of_a_device);
    tcase_add_test(tcase, a_device_that_has_ended_is_opened_again_on_demand);
    tcase_add_test(tcase, what_a_device_shows_after_a_crash_goes_on_behind);
    tcase_add_test(tcase, a_device_that_never_comes_is_given_up);
    tcase_add_test(tcase, a_stop_is_heard_while_a_device_is_away);
    tcase_add_loop_test(tcase, a_device_that_cannot_be_opened_is_told_with_what_to_do, 0,
                        (int)VF_COUNT(failures));
    tcase_add_loop_test(tcase, a_mistake_of_a_device_reader_is_told_with_what_would_be_right, 0,
                        (int)VF_COUNT(mistakes));
    tcase_add_loop_test(tcase, cameras_and_screens_are_told_by_their_names, 0, (int)VF_COUNT(told));
    tcase_add_loop_test(tcase, a_device_whose_size_is_given_is_foretold, 0,
                        (int)VF_COUNT(forecasts));
    suite_add_tcase(suite, tcase);
    return suite;
}
