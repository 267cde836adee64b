/* SPDX-License-Identifier: MIT */
/* Producers that take over from a process that died: what the two have made is what one would have.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/instruments.h"
#include "engine/media/read/open/settings.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

/* Opens a second `node` behind the first `count` messages that `first` has emitted. */
static void take_over(struct vf_bench *bench, const struct vf_bench *first, const char *node,
                      const struct vf_bench_option *options, size_t option_count, unsigned count)
{
    vf_bench_init(bench, media_node(node), 0, options, option_count);
    bench->unread_ports = first->unread_ports;
    for (unsigned i = 0; i < count; i++)
        vf_made_add(&bench->made[first->outputs[i].port], &first->outputs[i].message->description);
    ck_assert_int_eq(vf_bench_open(bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(bench), VF_END);
}

/* Returns a sample of the first channel. */
static double sample_of(const struct vf_message *sound, int number)
{
    const struct vf_audio *audio = &sound->description.audio;
    const void *samples = sound->payload->data + audio->plane.offset;
    bool is_whole = strcmp(audio->format, "s16p") == 0;
    ck_assert(is_whole || strcmp(audio->format, "fltp") == 0);
    return is_whole ? ((const int16_t *)samples)[number] / 32768.0
                    : ((const float *)samples)[number];
}

/* Asserts that it is the same sound: a decoder that begins elsewhere rounds otherwise, and makes
 * other noise; where a container counts milliseconds, so do timestamps, to the next of them. */
static void assert_same_sound(const struct vf_message *a, const struct vf_message *b)
{
    const struct vf_audio *sound = &a->description.audio, *other = &b->description.audio;
    int64_t shift = a->description.timestamp - b->description.timestamp;
    ck_assert_int_le(llabs(shift) * 1000, sound->sample_rate);
    ck_assert_int_le(abs(sound->samples - other->samples) * 1000, sound->sample_rate);
    ck_assert_str_eq(sound->format, other->format);
    int count = sound->samples < other->samples ? sound->samples : other->samples;
    double sum = 0, difference = 0;
    for (int i = 0; i < count; i++) {
        double sample = sample_of(a, i), step = sample - sample_of(b, i);
        sum += sample * sample;
        difference += step * step;
    }
    ck_assert_msg(difference <= sum / 1000 + 1e-6, "sound of %g differs by %g", sum, difference);
}

static void assert_same(const struct vf_message *a, const struct vf_message *b)
{
    if (a->description.type == VF_VALUE_AUDIO) {
        assert_same_sound(a, b);
        return;
    }
    ck_assert_int_eq(a->description.timestamp, b->description.timestamp);
    ck_assert_int_eq(a->description.duration, b->description.duration);
    if (a->description.type == VF_VALUE_VIDEO) {
        media_check_same(a, b);
        return;
    }
    size_t size = a->payload ? a->payload->size : 0;
    ck_assert_uint_eq(size, b->payload ? b->payload->size : 0);
    ck_assert(!size || memcmp(a->payload->data, b->payload->data, size) == 0);
}

/* Asserts that a bench has emitted what another did behind its first `count` messages. */
static void assert_rest(const struct vf_bench *bench, const struct vf_bench *first, unsigned count)
{
    static const unsigned ports[] = {VF_VIDEO, VF_AUDIO, VF_STREAM_AUDIO_FRAMES, VF_STREAM_PACKETS};
    for (unsigned number = 0; number < VF_COUNT(ports); number++) {
        unsigned port = ports[number];
        unsigned done = 0, all = vf_bench_count(first, port);
        for (unsigned i = 0; i < count; i++)
            done += first->outputs[i].port == port;
        ck_assert_uint_eq(vf_bench_count(bench, port), all - done);
        for (unsigned i = done; i < all; i++)
            assert_same(vf_bench_output(bench, port, i - done), vf_bench_output(first, port, i));
    }
    ck_assert_uint_eq(bench->error_count + first->error_count, first->error_count);
    /* 0: to look into all files would have taken longer than a user waits for a first frame. */
    for (unsigned port = 0; port < VF_BENCH_PORTS; port++) {
        if (bench->expected[port] && first->expected[port])
            ck_assert_uint_eq(bench->expected[port], first->expected[port]);
    }
}

/* Lets a producer be taken over behind each `step`th of its messages, and a quarter of these places
 * with a sanitizer: each decodes the rest of the file. */
static void assert_all_resumes(const char *node, unsigned unread_ports, unsigned step,
                               const struct vf_bench_option *options, size_t option_count)
{
    struct vf_bench first, second;
    if (vf_is_sanitized())
        step *= 4;
    vf_bench_init(&first, media_node(node), 0, options, option_count);
    first.unread_ports = unread_ports;
    ck_assert_int_eq(vf_bench_open(&first), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&first), VF_END);
    ck_assert_uint_gt(first.output_count, 0);
    for (unsigned count = 0; count <= first.output_count; count += step) {
        take_over(&second, &first, node, options, option_count, count);
        assert_rest(&second, &first, count);
        vf_bench_finish(&second);
    }
    take_over(&second, &first, node, options, option_count, first.output_count);
    ck_assert_uint_eq(second.output_count, 0);
    vf_bench_finish(&second);
    vf_bench_finish(&first);
}

#define VF_NO_SAMPLES (1U << VF_STREAM_AUDIO_FRAMES)
#define VF_ONLY_SAMPLES (1U << VF_VIDEO | 1U << VF_AUDIO | 1U << VF_STREAM_PACKETS)

/* The same of what is not decoded sound, which takes longer. */
static void assert_resumes(const char *node, unsigned unread_ports, unsigned step,
                           const struct vf_bench_option *options, size_t option_count)
{
    assert_all_resumes(node, unread_ports | VF_NO_SAMPLES, step, options, option_count);
}

START_TEST(pictures_and_a_tone_go_on_where_they_stopped)
{
    const struct vf_bench_option options[] = {{"frames", "9"}, {"size", "32x32"}};
    assert_resumes("test_source", 0, 1, options, VF_COUNT(options));
    assert_resumes("test_source", 1 << VF_AUDIO, 1, options, VF_COUNT(options));
}
END_TEST

START_TEST(a_camera_that_is_taken_over_goes_on_at_its_pace_at_once)
{
    struct vf_bench bench;
    vf_bench_setup(&bench, media_node("test_source"), 0, {"frames", "110"}, {"size", "32x32"},
                   {"live", "true"});
    bench.made[VF_VIDEO].count = 100; /* 4 seconds of it */
    bench.unread_ports = 1 << VF_AUDIO;
    int64_t since = vf_clock_now_ns();
    ck_assert_int_eq(vf_bench_open(&bench), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&bench), VF_END);
    ck_assert_uint_eq(vf_bench_count(&bench, VF_VIDEO), 10);
    int64_t now = vf_clock_now_ns(), last = 9 * VF_NS_PER_S / 25;
    ck_assert_int_ge(bench.slept_until_ns, since + last - 1);
    ck_assert_int_le(bench.slept_until_ns, now + last);
    vf_bench_finish(&bench);
}
END_TEST

static const struct {
    const char *file, *codec, *preset, *start, *duration, *frames;
    unsigned step;
} files[] = {
    {"a.mp4", "libx264", "fast", "0", "0", "0", 61},
    {"a.mkv", "libx264", "fast", "0", "0", "0", 61},
    {"a.ts", "libx264", "fast", "0", "0", "0", 61},
    {"a.mp4", "libx264", "fast", "1.3", "0", "0", 47},
    {"a.mp4", "libx264", "fast", "1.3", "2.7", "0", 47},
    {"a.mkv", "libx264", "fast", "0", "0", "90", 41},
    {"a.ts", "libx264", "fast", "2.02", "0", "60", 41},
    {"a.avi", "mpeg4", "", "0", "0", "0", 83},
    {"a.nut", "ffv1", "", "0.5", "0", "0", 83},
};

/* Writes so many pictures with their sound into a file of the scratch folder. */
static void write_media(const char *file, const char *codec, const char *preset, const char *frames)
{
    vf_bench_setup(&media_source, media_node("test_source"), 0, {"frames", frames},
                   {"size", "64x48"});
    ck_assert_int_eq(vf_bench_open(&media_source), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&media_source), VF_END);
    vf_bench_setup(&media_bench, media_node("video_writer"), 2, {"path", media_path(file)},
                   {"codec", codec}, {"preset", preset});
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    ck_assert_int_eq(media_feed_all(), VF_OK);
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
    vf_bench_finish(&media_bench);
    vf_bench_finish(&media_source);
}

static void write_file(unsigned number)
{
    write_media(files[number].file, files[number].codec, files[number].preset, "150");
}

START_TEST(a_file_is_read_on_at_the_next_frame_and_the_next_packet)
{
    write_file((unsigned)_i);
    const struct vf_bench_option options[] = {
        {"path", media_path(files[_i].file)},
        {"start", files[_i].start},
        {"duration", files[_i].duration},
        {"frames", files[_i].frames},
    };
    assert_resumes("video_reader", 0, files[_i].step, options, VF_COUNT(options));
    assert_resumes("video_reader", 1 << VF_AUDIO, files[_i].step, options, VF_COUNT(options));
}
END_TEST

/* Writes three discs' parts in a row, each of which begins at 0. */
static void write_parts(const char *file)
{
    char bytes[4096];
    size_t size;
    write_media("part.mpg", "mpeg2video", "", "50");
    FILE *joined = fopen(media_path(file), "wb");
    for (unsigned i = 0; i < 3; i++) {
        FILE *part = fopen(media_path("part.mpg"), "rb");
        ck_assert_ptr_nonnull(part);
        while ((size = fread(bytes, 1, sizeof(bytes), part)) > 0)
            ck_assert_uint_eq(fwrite(bytes, 1, size, joined), size);
        fclose(part);
    }
    ck_assert_int_eq(fclose(joined), 0);
}

static const char *const part_starts[] = {"0", "0.7"};

START_TEST(a_file_whose_time_jumps_is_read_on_exactly)
{
    write_parts("joined.mpg");
    const struct vf_bench_option options[] = {{"path", media_path("joined.mpg")},
                                              {"start", part_starts[_i]}};
    assert_resumes("video_reader", 0, 43, options, VF_COUNT(options));
    assert_resumes("video_reader", 1 << VF_AUDIO, 29, options, VF_COUNT(options));
}
END_TEST

START_TEST(samples_go_on_where_they_stopped)
{
    write_file((unsigned)_i);
    const struct vf_bench_option options[] = {{"path", media_path(files[_i].file)},
                                              {"start", files[_i].start},
                                              {"duration", files[_i].duration},
                                              {"frames", files[_i].frames}};
    assert_all_resumes("video_reader", VF_ONLY_SAMPLES, files[_i].step, options, VF_COUNT(options));
}
END_TEST

START_TEST(samples_go_on_behind_a_jump_in_time)
{
    write_parts("joined.mpg");
    const struct vf_bench_option options[] = {{"path", media_path("joined.mpg")},
                                              {"start", part_starts[_i]}};
    assert_all_resumes("video_reader", VF_ONLY_SAMPLES, 43, options, VF_COUNT(options));
}
END_TEST

static const struct {
    const char *loop, *threads;
} picture_lists[] = {{"0", "1"}, {"2", "1"}, {"2", "4"}};

START_TEST(pictures_are_read_on_at_the_next_one)
{
    media_write_pictures("5", "32x32", "rgb24", "in/{seq}.png");
    const struct vf_bench_option options[] = {
        {"path", media_path("in")},
        {"loop", picture_lists[_i].loop},
        {"threads", picture_lists[_i].threads},
    };
    assert_resumes("image_reader", 0, 1, options, VF_COUNT(options));
}
END_TEST

static const struct {
    const char *duration, *frames, *loop, *every;
} folders[] = {{"0", "0", "0", "1"}, {"1.5", "0", "1", "1"}, {"0", "100", "-1", "3"}};

START_TEST(a_folder_is_read_on_in_the_file_where_it_stopped)
{
    write_media("a.mp4", "libx264", "fast", "90"); /* each has timestamps in other units */
    write_media("b.mkv", "ffv1", "", "60");
    write_media("c.ts", "libx264", "fast", "80");
    const struct vf_bench_option options[] = {
        {"path", scratch_path()},       {"duration", folders[_i].duration},
        {"frames", folders[_i].frames}, {"loop", folders[_i].loop},
        {"every", folders[_i].every},
    };
    assert_resumes("folder_reader", 0, 67, options, VF_COUNT(options));
    assert_resumes("folder_reader", 1 << VF_AUDIO, 31, options, VF_COUNT(options));
}
END_TEST

START_TEST(a_file_with_time_stamps_that_fall_is_counted_through)
{
    write_file(0);
    const struct vf_bench_option options[] = {{"path", media_path("a.mp4")}};
    struct vf_bench first, second;
    vf_bench_init(&first, media_node("video_reader"), 0, options, VF_COUNT(options));
    first.unread_ports = VF_NO_SAMPLES;
    ck_assert_int_eq(vf_bench_open(&first), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&first), VF_END);
    vf_bench_init(&second, media_node("video_reader"), 0, options, VF_COUNT(options));
    second.unread_ports = VF_NO_SAMPLES;
    for (unsigned i = 0; i < 300; i++)
        vf_made_add(&second.made[first.outputs[i].port], &first.outputs[i].message->description);
    second.made[VF_VIDEO].is_rising = false;
    second.made[VF_VIDEO].timestamp = 0;
    ck_assert_int_eq(vf_bench_open(&second), VF_OK);
    ck_assert_int_eq(vf_bench_produce(&second), VF_END);
    assert_rest(&second, &first, 300);
    vf_bench_finish(&second);
    vf_bench_finish(&first);
}
END_TEST

static const struct {
    const char *file, *codec, *preset, *start, *duration, *frames, *loop, *every;
    unsigned step;
} rounds[] = {
    {"a.mp4", "libx264", "fast", "0", "0", "0", "1", "1", 97},
    {"a.mkv", "libx264", "fast", "2.5", "1.3", "0", "3", "1", 89},
    {"a.ts", "libx264", "fast", "0", "1", "90", "-1", "1", 83},
    {"a.mp4", "libx264", "fast", "0.5", "0", "0", "1", "7", 97},
    {"a.nut", "ffv1", "", "3", "0", "0", "2", "1", 99},
    {"a.avi", "rawvideo", "", "1", "0", "0", "0", "5", 31},
    {"a.avi", "libx264", "fast", "0", "0", "0", "1", "1", 97},
    {"a.nut", "rawvideo", "", "0", "3", "70", "2", "4", 97},
};

START_TEST(a_file_that_is_read_several_times_goes_on_where_it_stopped)
{
    write_media(rounds[_i].file, rounds[_i].codec, rounds[_i].preset, "150");
    const struct vf_bench_option options[] = {
        {"path", media_path(rounds[_i].file)},
        {"start", rounds[_i].start},
        {"duration", rounds[_i].duration},
        {"frames", rounds[_i].frames},
        {"loop", rounds[_i].loop},
        {"every", rounds[_i].every},
    };
    assert_resumes("video_reader", 0, rounds[_i].step, options, VF_COUNT(options));
    assert_resumes("video_reader", 1 << VF_AUDIO, rounds[_i].step, options, VF_COUNT(options));
}
END_TEST

Suite *producer_resume_suite(void);
Suite *producer_resume_suite(void)
{
    Suite *suite = suite_create("producer_resume");
    TCase *tcase = tcase_create("producer_resume");
    tcase_add_checked_fixture(tcase, media_setup, media_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, pictures_and_a_tone_go_on_where_they_stopped);
    tcase_add_test(tcase, a_camera_that_is_taken_over_goes_on_at_its_pace_at_once);
    tcase_add_loop_test(tcase, a_file_is_read_on_at_the_next_frame_and_the_next_packet, 0,
                        (int)VF_COUNT(files));
    tcase_add_loop_test(tcase, a_file_whose_time_jumps_is_read_on_exactly, 0,
                        (int)VF_COUNT(part_starts));
    tcase_add_loop_test(tcase, samples_go_on_where_they_stopped, 0, (int)VF_COUNT(files));
    tcase_add_loop_test(tcase, samples_go_on_behind_a_jump_in_time, 0, (int)VF_COUNT(part_starts));
    tcase_add_loop_test(tcase, pictures_are_read_on_at_the_next_one, 0,
                        (int)VF_COUNT(picture_lists));
    tcase_add_loop_test(tcase, a_file_that_is_read_several_times_goes_on_where_it_stopped, 0,
                        (int)VF_COUNT(rounds));
    tcase_add_loop_test(tcase, a_folder_is_read_on_in_the_file_where_it_stopped, 0,
                        (int)VF_COUNT(folders));
    tcase_add_test(tcase, a_file_with_time_stamps_that_fall_is_counted_through);
    suite_add_tcase(suite, tcase);
    return suite;
}
