/* SPDX-License-Identifier: MIT */
/* The times of frames on their way through encoders, and the rates that they come at. */
#include "engine/media/write/encode/encoder_time.h"

#include <check.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "engine/base/array.h"
#include "engine/media/libav/compat.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/encode/constant_rate.h"
#include "tests/unit/support/scratch.h"

#define SECOND 90000 /* ticks */
#define MS INT64_C(90)

static const struct vf_rational any_times = {0, 1};
static struct vf_encoder_time times;
static AVFrame *frame;

static struct vf_description describe(struct vf_rational rate, struct vf_rational time_base,
                                      int64_t duration)
{
    struct vf_description first = {.time_base = time_base, .duration = duration};
    first.video.frame_rate = rate;
    first.video.height = 240;
    return first;
}

static void begin(enum AVCodecID codec, struct vf_rational rate, struct vf_rational time_base)
{
    const struct vf_description first = describe(rate, time_base, 0);
    vf_encoder_time_init(&times, avcodec_find_encoder(codec), any_times, &first);
}

static void setup(void)
{
    frame = av_frame_alloc();
}

static void teardown(void)
{
    av_frame_free(&frame);
}

static int64_t order_and_note(void)
{
    int64_t timestamp = vf_encoder_time_order(&times, frame);
    vf_encoder_time_note(&times, frame);
    return timestamp;
}

static int64_t stamp_in(int64_t timestamp, AVRational time_base)
{
    frame->pts = timestamp;
    frame->time_base = time_base;
    vf_compat_set_frame_duration(frame, 0);
    return order_and_note();
}

static int64_t stamp(int64_t timestamp)
{
    return stamp_in(timestamp, (AVRational){1, 1000});
}

static const struct {
    struct vf_rational rate, time_base;
    int clock;
} ticks[] = {
    {{25, 1}, {1, 25}, 90000},
    {{25, 1}, {1, 12800}, 90000},
    {{50, 1}, {1, 1000}, 90000},
    {{30000, 1001}, {1001, 30000}, 90000},
    {{60000, 1001}, {1, 60000}, 120000},
    {{24000, 1001}, {1, 1000}, 96000},
    {{24000, 1001}, {1001, 24000}, 96000},
    {{120000, 1001}, {1001, 120000}, 120000},
    {{0, 1}, {1, 1000000}, 90000},
    {{0, 1}, {0, 1}, 90000},
    {{1199, 50}, {1, 1000}, 91124},
    {{2147483647, 1}, {1, 1000}, 90000},
};

START_TEST(ticks_fit_the_rates_that_may_follow)
{
    begin(AV_CODEC_ID_FFV1, ticks[_i].rate, ticks[_i].time_base);
    ck_assert_int_eq(times.time_base.num, 1);
    ck_assert_int_eq(times.time_base.den, ticks[_i].clock);
    ck_assert(!times.is_numbering);
}
END_TEST

START_TEST(at_a_constant_rate_a_tick_is_a_frame)
{
    const struct vf_description first = describe((struct vf_rational){25, 1}, any_times, 0);
    vf_encoder_time_init(&times, avcodec_find_encoder(AV_CODEC_ID_FFV1),
                         (struct vf_rational){30000, 1001}, &first);
    ck_assert_int_eq(times.time_base.num, 1001);
    ck_assert_int_eq(times.time_base.den, 30000);
}
END_TEST

START_TEST(a_frame_without_a_time_follows_the_one_before)
{
    begin(AV_CODEC_ID_FFV1, (struct vf_rational){25, 1}, (struct vf_rational){1, 1000});
    ck_assert_int_eq(stamp(AV_NOPTS_VALUE), 0);
    ck_assert_int_eq(stamp(AV_NOPTS_VALUE), 40 * MS);
    ck_assert_int_eq(stamp(100), 100 * MS);
    ck_assert_int_eq(stamp(AV_NOPTS_VALUE), 140 * MS);
    ck_assert_int_eq(stamp_in(7, (AVRational){0, 0}), 180 * MS);
    ck_assert_uint_eq(times.moved, 0);
}
END_TEST

START_TEST(times_before_zero_stay)
{
    begin(AV_CODEC_ID_FFV1, (struct vf_rational){25, 1}, (struct vf_rational){1, 1000});
    ck_assert_int_eq(stamp(-80), -80 * MS);
    ck_assert_int_eq(stamp(-40), -40 * MS);
    ck_assert_int_eq(stamp(0), 0);
    ck_assert_uint_eq(times.moved, 0);
}
END_TEST

START_TEST(equal_times_become_a_millisecond_apart)
{
    begin(AV_CODEC_ID_FFV1, (struct vf_rational){25, 1}, (struct vf_rational){1, 1000});
    ck_assert_int_eq(stamp(0), 0);
    capture_errors();
    ck_assert_int_eq(stamp(0), MS);
    ck_assert_int_eq(stamp(0), 2 * MS);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "do not rise at 0.000 s"));
    ck_assert_int_eq(stamp(40), 40 * MS);
    ck_assert_uint_eq(times.moved, 2);
}
END_TEST

START_TEST(time_that_goes_back_a_little_is_waited_for)
{
    begin(AV_CODEC_ID_FFV1, (struct vf_rational){25, 1}, (struct vf_rational){1, 1000});
    ck_assert_int_eq(stamp(500), 500 * MS);
    capture_errors();
    ck_assert_int_eq(stamp(0), 501 * MS);
    captured_errors();
    ck_assert_int_eq(stamp(540), 540 * MS);
}
END_TEST

static const struct {
    const char *name;
    int64_t from_ms, to_ms;
    int64_t follows_ms; /* where what comes at `to_ms` is written */
} jumps[] = {
    {"back", 100000, 0, 100040},
    {"far on", 0, INT64_C(200000000000), 40},
    {"on as far as is allowed", 0, 107999000, 107999000},
    {"back by a second", 100000, 99000, 100001},
};

START_TEST(what_comes_after_a_jump_goes_on_at_once)
{
    int64_t from = jumps[_i].from_ms, to = jumps[_i].to_ms, follows = jumps[_i].follows_ms;
    begin(AV_CODEC_ID_FFV1, (struct vf_rational){25, 1}, (struct vf_rational){1, 1000});
    ck_assert_int_eq(stamp(from), from * MS);
    capture_errors();
    ck_assert_int_eq(stamp(to), follows * MS);
    captured_errors();
    bool has_jumped = follows == from + 40;
    if (has_jumped)
        ck_assert_int_eq(stamp(to + 40), (follows + 40) * MS);
    ck_assert_int_eq(times.has_jumped, has_jumped);
}
END_TEST

static const int64_t nonsense[] = {INT64_MAX, INT64_MAX - 1, INT64_MIN + 1, INT64_MAX / 4};

START_TEST(times_too_large_to_count_with_are_none)
{
    begin(AV_CODEC_ID_FFV1, (struct vf_rational){25, 1}, (struct vf_rational){1, 1000});
    ck_assert_int_eq(stamp_in(nonsense[_i], (AVRational){1, 1}), 0);
    ck_assert_int_eq(stamp(40), 40 * MS);
    ck_assert_int_eq(stamp_in(nonsense[_i], (AVRational){1, 1}), 80 * MS);
    frame->pts = 120;
    frame->time_base = (AVRational){1, 1000};
    vf_compat_set_frame_duration(frame, nonsense[_i]);
    ck_assert_int_eq(order_and_note(), 120 * MS);
    ck_assert_int_eq(stamp(160), 160 * MS);
}
END_TEST

START_TEST(a_codec_that_counts_ticks_gets_numbers_and_its_packets_the_times)
{
    begin(AV_CODEC_ID_MPEG4, (struct vf_rational){25, 1}, (struct vf_rational){1, 12800});
    ck_assert(times.is_numbering);
    ck_assert_int_eq(times.codec_base.den, 25);
    const int64_t given_ms[] = {100, 140, 500, 520};
    for (unsigned i = 0; i < VF_COUNT(given_ms); i++) {
        ck_assert_int_eq(stamp(given_ms[i]), given_ms[i] * MS);
        ck_assert_int_eq(frame->pts, i);
    }
    AVPacket *packet = av_packet_alloc();
    packet->pts = 0;
    packet->dts = -1;
    vf_encoder_time_finish(&times, packet);
    ck_assert_int_eq(packet->pts, 100 * MS);
    ck_assert_int_eq(packet->dts, 60 * MS);
    packet->pts = 3;
    packet->dts = 1;
    vf_encoder_time_finish(&times, packet);
    ck_assert_int_eq(packet->pts, 520 * MS);
    ck_assert_int_eq(packet->dts, 140 * MS);
    ck_assert_int_eq(packet->time_base.den, SECOND);
    av_packet_free(&packet);
}
END_TEST

START_TEST(mpeg_4_is_told_no_more_ticks_than_it_can_write)
{
    begin(AV_CODEC_ID_MPEG4, (struct vf_rational){120000, 1001}, (struct vf_rational){1, 1000});
    ck_assert_int_le(times.codec_base.den, 65535);
    ck_assert_double_eq_tol(av_q2d(times.codec_base), 1001.0 / 120000, 1e-9);
}
END_TEST

static const struct {
    const char *container;
    enum AVCodecID codec;
    struct vf_rational asked, rate; /* `rate` of the first frame, */
    int duration_ms;                /* which lasts so long */
    int height;
    struct vf_rational wanted;
    bool is_told; /* that it is another */
} rates[] = {
    {"matroska", AV_CODEC_ID_FFV1, {0, 1}, {25, 1}, 0, 240, {0, 1}, false},
    {"matroska", AV_CODEC_ID_FFV1, {30, 1}, {25, 1}, 0, 240, {30, 1}, false},
    {"mp4", AV_CODEC_ID_MPEG4, {0, 1}, {25, 1}, 0, 240, {0, 1}, false},
    {"asf", AV_CODEC_ID_WMV2, {0, 1}, {25, 1}, 0, 240, {0, 1}, false},
    {"avi", AV_CODEC_ID_MPEG4, {0, 1}, {12, 1}, 0, 240, {12, 1}, false},
    {"avi", AV_CODEC_ID_MPEG4, {50, 1}, {12, 1}, 0, 240, {50, 1}, false},
    {"avi", AV_CODEC_ID_MPEG4, {0, 1}, {0, 1}, 0, 240, {25, 1}, false},
    /* The average is less than the rate of the first frames. */
    {"avi", AV_CODEC_ID_MPEG4, {0, 1}, {19, 1}, 17, 240, {60, 1}, false},
    {"avi", AV_CODEC_ID_MPEG4, {0, 1}, {19, 1}, 200, 240, {19, 1}, false},
    {"avi", AV_CODEC_ID_MPEG4, {0, 1}, {0, 1}, 40, 240, {25, 1}, false},
    {"avi", AV_CODEC_ID_MPEG4, {0, 1}, {30, 1}, 33, 240, {30, 1}, false},
    {"rawvideo", AV_CODEC_ID_RAWVIDEO, {0, 1}, {12, 1}, 0, 240, {12, 1}, false},
    {"h264", AV_CODEC_ID_FFV1, {0, 1}, {12, 1}, 0, 240, {12, 1}, false},
    {"yuv4mpegpipe", AV_CODEC_ID_WRAPPED_AVFRAME, {0, 1}, {12, 1}, 0, 240, {12, 1}, false},
    {"mpeg", AV_CODEC_ID_MPEG1VIDEO, {0, 1}, {120, 1}, 0, 240, {60, 1}, true},
    {"mpeg", AV_CODEC_ID_MPEG1VIDEO, {13, 1}, {120, 1}, 0, 240, {24000, 1001}, true},
    {"matroska", AV_CODEC_ID_MPEG2VIDEO, {0, 1}, {29, 1}, 0, 240, {30000, 1001}, true},
    {"mxf", AV_CODEC_ID_MPEG2VIDEO, {0, 1}, {15, 1}, 0, 240, {24000, 1001}, true},
    {"mxf", AV_CODEC_ID_DNXHD, {0, 1}, {120, 1}, 0, 240, {120, 1}, false},
    {"dv", AV_CODEC_ID_DVVIDEO, {0, 1}, {50, 1}, 0, 480, {30000, 1001}, true},
    {"dv", AV_CODEC_ID_DVVIDEO, {0, 1}, {60, 1}, 0, 576, {25, 1}, true},
    {"gxf", AV_CODEC_ID_MPEG2VIDEO, {0, 1}, {24, 1}, 0, 720, {25, 1}, true},
    {"gif", AV_CODEC_ID_GIF, {0, 1}, {25, 1}, 0, 240, {0, 1}, false},
    {"gif", AV_CODEC_ID_GIF, {0, 1}, {60, 1}, 0, 240, {50, 1}, true},
    {"gif", AV_CODEC_ID_GIF, {100, 1}, {25, 1}, 0, 240, {50, 1}, true},
};

START_TEST(where_times_cannot_be_kept_a_constant_rate_is_chosen)
{
    const AVOutputFormat *container = av_guess_format(rates[_i].container, NULL, NULL);
    const AVCodec *codec = avcodec_find_encoder(rates[_i].codec);
    if (!container || !codec)
        return; /* this libav does without */
    const struct vf_output_choice choice = {.container = container, .encoder = codec};
    const struct vf_output_settings settings = {.fps = rates[_i].asked};
    struct vf_description first =
        describe(rates[_i].rate, (struct vf_rational){1, 1000}, rates[_i].duration_ms);
    first.video.height = rates[_i].height;
    capture_errors();
    struct vf_rational got = vf_constant_rate(&choice, &settings, &first);
    const char *said = captured_errors();
    ck_assert_int_eq(got.num, rates[_i].wanted.num);
    ck_assert_int_eq(got.den, rates[_i].wanted.den);
    ck_assert_int_eq(strstr(said, "cannot have") != NULL, rates[_i].is_told);
}
END_TEST

Suite *encoder_time_suite(void);
Suite *encoder_time_suite(void)
{
    Suite *suite = suite_create("encoder_time");
    TCase *tcase = tcase_create("encoder_time");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, ticks_fit_the_rates_that_may_follow, 0, (int)VF_COUNT(ticks));
    tcase_add_test(tcase, at_a_constant_rate_a_tick_is_a_frame);
    tcase_add_test(tcase, a_frame_without_a_time_follows_the_one_before);
    tcase_add_test(tcase, times_before_zero_stay);
    tcase_add_test(tcase, equal_times_become_a_millisecond_apart);
    tcase_add_test(tcase, time_that_goes_back_a_little_is_waited_for);
    tcase_add_loop_test(tcase, what_comes_after_a_jump_goes_on_at_once, 0, (int)VF_COUNT(jumps));
    tcase_add_loop_test(tcase, times_too_large_to_count_with_are_none, 0, (int)VF_COUNT(nonsense));
    tcase_add_test(tcase, a_codec_that_counts_ticks_gets_numbers_and_its_packets_the_times);
    tcase_add_test(tcase, mpeg_4_is_told_no_more_ticks_than_it_can_write);
    tcase_add_loop_test(tcase, where_times_cannot_be_kept_a_constant_rate_is_chosen, 0,
                        (int)VF_COUNT(rates));
    suite_add_tcase(suite, tcase);
    return suite;
}
