/* SPDX-License-Identifier: MIT */
/* Sound that is decoded and encoded again: nothing is lost, and it keeps its place. */
#include "engine/media/write/encode/sound_encoder.h"

#include <check.h>
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <string.h>

#include "engine/media/codec/packet.h"
#include "engine/media/sound/sound_line.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

#define RATE 48000
#define FRAME ((int64_t)1024)
#define SECOND ((int64_t)RATE)

static struct vf_sound_encoder *encoder;

static void teardown(void)
{
    vf_sound_encoder_destroy(&encoder);
    media_teardown();
}

static void open_encoder(const char *name)
{
    const struct vf_sound_order order = {.encoder = avcodec_find_encoder_by_name(name)};
    media_make("50", "16x16", "gray");
    const struct vf_message *first = vf_bench_output(&media_source, VF_AUDIO, 0);
    ck_assert_int_eq(vf_sound_encoder_create(&encoder, &order, first), VF_OK);
}

/* Sends all packets but those from `from` to `to`, and ends. */
static void send_all_but(unsigned from, unsigned to)
{
    unsigned count = vf_bench_count(&media_source, VF_AUDIO);
    for (unsigned i = 0; i < count; i++) {
        if (i < from || i >= to)
            ck_assert_int_eq(
                vf_sound_encoder_send(encoder, vf_bench_output(&media_source, VF_AUDIO, i)), VF_OK);
    }
    ck_assert_int_eq(vf_sound_encoder_send(encoder, NULL), VF_OK);
}

/* Takes what came out, which must be without gaps; returns the number of samples. */
static int64_t take_all(int64_t *first)
{
    AVPacket *packet;
    int64_t samples = 0;
    while ((packet = vf_sound_encoder_take(encoder))) {
        ck_assert_int_eq(packet->time_base.den, RATE);
        if (!samples)
            *first = packet->pts;
        ck_assert_int_eq(packet->pts, *first + samples);
        samples += packet->duration;
        av_packet_free(&packet);
    }
    return samples;
}

START_TEST(every_sample_comes_out_once)
{
    int64_t first = 0;
    open_encoder("pcm_s16le");
    send_all_but(0, 0);
    ck_assert_int_eq(take_all(&first), FRAME * vf_bench_count(&media_source, VF_AUDIO));
    ck_assert_int_eq(first, vf_bench_output(&media_source, VF_AUDIO, 0)->description.timestamp);
}
END_TEST

START_TEST(what_is_missing_becomes_silence)
{
    int64_t first = 0;
    open_encoder("pcm_s16le");
    send_all_but(20, 40);
    ck_assert_int_eq(take_all(&first), FRAME * vf_bench_count(&media_source, VF_AUDIO));
    ck_assert_int_eq(first, vf_bench_output(&media_source, VF_AUDIO, 0)->description.timestamp);
}
END_TEST

START_TEST(what_comes_twice_is_left_out)
{
    int64_t first = 0;
    open_encoder("pcm_s16le");
    for (unsigned i = 0; i < 40; i++)
        ck_assert_int_eq(
            vf_sound_encoder_send(encoder, vf_bench_output(&media_source, VF_AUDIO, i)), VF_OK);
    send_all_but(0, 10); /* and so 30 of them again */
    int64_t samples = take_all(&first);
    ck_assert_int_le(samples, 2 * RATE + RATE / 20);
    ck_assert_int_ge(samples, 2 * RATE - RATE / 20);
}
END_TEST

START_TEST(nothing_decoded_is_nothing_encoded)
{
    open_encoder("aac");
    ck_assert_int_eq(vf_sound_encoder_send(encoder, NULL), VF_OK);
    ck_assert_ptr_null(vf_sound_encoder_take(encoder));
    ck_assert_ptr_null(vf_sound_encoder_context(encoder));
}
END_TEST

/* Adds a frame of so many samples, at a time in samples, all of one value. */
static void add(struct vf_sound_line *line, int64_t time, int64_t samples, int rate, int16_t value)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_SAMPLE_FMT_S16;
    frame->sample_rate = rate;
    frame->nb_samples = (int)samples;
    frame->pts = time;
    frame->time_base = (AVRational){1, rate};
    av_channel_layout_default(&frame->ch_layout, 1);
    ck_assert_int_eq(av_frame_get_buffer(frame, 0), 0);
    for (int64_t i = 0; i < samples; i++)
        ((int16_t *)(void *)frame->data[0])[i] = value;
    ck_assert_int_ge(vf_sound_line_add(line, frame), 0);
    av_frame_free(&frame);
}

static struct vf_sound_line make_line(void)
{
    struct vf_sound_line line = {.format = AV_SAMPLE_FMT_S16, .rate = RATE};
    av_channel_layout_default(&line.layout, 1);
    return line;
}

START_TEST(a_gap_is_silent_and_as_long_as_it_was)
{
    struct vf_sound_line line = make_line();
    AVFrame *frame;
    add(&line, RATE, FRAME, RATE, 1);
    add(&line, (int64_t)2 * RATE, FRAME, RATE, 2);
    ck_assert_int_eq(vf_sound_line_count(&line), RATE + FRAME);
    ck_assert_int_eq(vf_sound_line_take(&line, RATE + (int)FRAME, &frame), 0);
    ck_assert_int_eq(frame->pts, RATE);
    const int16_t *samples = (const int16_t *)(const void *)frame->data[0];
    ck_assert_int_eq(samples[FRAME - 1], 1);
    ck_assert_int_eq(samples[FRAME], 0);
    ck_assert_int_eq(samples[RATE - 1], 0);
    ck_assert_int_eq(samples[RATE], 2);
    av_frame_free(&frame);
    vf_sound_line_finish(&line);
}
END_TEST

/* Takes `count` samples, and returns how many of them are `value`. */
static int64_t take_equal(struct vf_sound_line *line, int64_t count, int16_t value)
{
    AVFrame *frame;
    int64_t equal = 0;
    ck_assert_int_eq(vf_sound_line_take(line, (int)count, &frame), 0);
    ck_assert_int_eq(frame->nb_samples, count);
    for (int64_t i = 0; i < count; i++)
        equal += ((const int16_t *)(const void *)frame->data[0])[i] == value;
    av_frame_free(&frame);
    return equal;
}

/* Sound of 2 that begins `overlap` samples too early, in frames, after a second of 1: all that is
 * later than the second is there, and nothing is silent. */
static const int64_t overlaps[] = {RATE / 10, RATE / 2, RATE, (int64_t)5 * RATE};

START_TEST(what_overlaps_is_left_out_once)
{
    struct vf_sound_line line = make_line();
    int64_t overlap = overlaps[_i], frames = (overlap + RATE) / FRAME + 1;
    add(&line, 0, 6 * SECOND, RATE, 1);
    for (int64_t i = 0; i < frames; i++)
        add(&line, 6 * SECOND - overlap + i * FRAME, FRAME, RATE, 2);
    int64_t later = frames * FRAME - overlap;
    ck_assert_int_eq(vf_sound_line_count(&line), 6 * SECOND + later);
    ck_assert_int_eq(take_equal(&line, 6 * SECOND, 1), 6 * SECOND);
    ck_assert_int_eq(take_equal(&line, later, 2), later);
    vf_sound_line_finish(&line);
}
END_TEST

/* The rest of what was to be left out comes after all when the time goes on later. */
START_TEST(an_overlap_ends_where_the_time_steps_forward)
{
    struct vf_sound_line line = make_line();
    add(&line, 0, 2 * SECOND, RATE, 1);
    add(&line, RATE, FRAME, RATE, 2);       /* a second too early */
    add(&line, 3 * SECOND, FRAME, RATE, 3); /* and now a second too late */
    ck_assert_int_eq(vf_sound_line_count(&line), 3 * SECOND + FRAME);
    ck_assert_int_eq(take_equal(&line, 2 * SECOND, 1), 2 * SECOND);
    ck_assert_int_eq(take_equal(&line, RATE, 0), RATE);
    ck_assert_int_eq(take_equal(&line, FRAME, 3), FRAME);
    vf_sound_line_finish(&line);
}
END_TEST

START_TEST(a_clock_that_was_set_loses_no_sound)
{
    struct vf_sound_line line = make_line();
    int64_t day = (int64_t)24 * 3600 * RATE;
    add(&line, day, FRAME, RATE, 1);
    add(&line, 0, FRAME, RATE, 1);
    add(&line, day * 2, FRAME, RATE, 1);
    ck_assert_int_eq(vf_sound_line_count(&line), 3 * FRAME);
    ck_assert_int_eq(take_equal(&line, 3 * FRAME, 1), 3 * FRAME);
    vf_sound_line_finish(&line);
}
END_TEST

/* Opens the encoder of `name` for sound of `layout`, by one frame that is decoded from PCM. */
static int encode_layout(const char *name, const char *layout, int *channels)
{
    AVChannelLayout source = {0};
    const struct vf_sound_order order = {.encoder = avcodec_find_encoder_by_name(name)};
    ck_assert_int_ge(av_channel_layout_from_string(&source, layout), 0);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_type = AVMEDIA_TYPE_AUDIO;
    parameters->codec_id = AV_CODEC_ID_PCM_S16LE;
    parameters->format = AV_SAMPLE_FMT_S16;
    parameters->sample_rate = RATE;
    ck_assert_int_eq(av_channel_layout_copy(&parameters->ch_layout, &source), 0);
    AVPacket *packet = av_packet_alloc();
    ck_assert_int_eq(av_new_packet(packet, (int)FRAME * 2 * source.nb_channels), 0);
    memset(packet->data, 0, (size_t)packet->size);
    packet->pts = packet->dts = 0;
    packet->time_base = (AVRational){1, RATE};
    struct vf_message *message;
    struct vf_node_run run = {.is_private = true};
    ck_assert_int_eq(vf_media_packet_to_message(&run, parameters, packet, NULL, &message), VF_OK);
    ck_assert_int_eq(vf_sound_encoder_create(&encoder, &order, message), VF_OK);
    int err = vf_sound_encoder_send(encoder, message);
    const AVCodecContext *context = vf_sound_encoder_context(encoder);
    *channels = context ? context->ch_layout.nb_channels : 0;
    vf_message_destroy(&message);
    av_packet_free(&packet);
    avcodec_parameters_free(&parameters);
    return err;
}

/* Encoders that list no layouts, and do not take every one. */
static const struct {
    const char *encoder, *layout;
    int channels;
    const char *warning; /* NULL: none */
} layouts[] = {
    {"libopus", "5.1(side)", 6, NULL},
    {"libopus", "5.1", 6, NULL},
    {"wmav2", "stereo", 2, NULL},
    {"wmav2", "5.1(side)", 2, "sound: 6 channels become 2, which is what wmav2 takes"},
    {"libmp3lame", "7.1", 2, "sound: 8 channels become 2, which is what libmp3lame takes"},
};

START_TEST(sound_gets_a_layout_that_its_encoder_takes)
{
    int channels;
    if (!avcodec_find_encoder_by_name(layouts[_i].encoder))
        return;
    capture_errors();
    ck_assert_int_eq(encode_layout(layouts[_i].encoder, layouts[_i].layout, &channels), VF_OK);
    ck_assert_int_eq(channels, layouts[_i].channels);
    if (layouts[_i].warning)
        ck_assert_ptr_nonnull(strstr(captured_errors(), layouts[_i].warning));
}
END_TEST

START_TEST(time_stamps_that_are_nearly_right_are_right)
{
    struct vf_sound_line line = make_line();
    add(&line, 0, FRAME, RATE, 1);
    add(&line, FRAME + 100, FRAME, RATE, 2);
    add(&line, 2 * FRAME - 100, FRAME, RATE, 3);
    ck_assert_int_eq(vf_sound_line_count(&line), 3 * FRAME);
    vf_sound_line_finish(&line);
}
END_TEST

START_TEST(sound_may_change_its_rate_in_mid_stream)
{
    struct vf_sound_line line = make_line();
    add(&line, 0, RATE, RATE, 1);
    add(&line, RATE / 2, RATE / 2, RATE / 2, 2); /* a second from second 1 on */
    ck_assert_int_ge(vf_sound_line_end(&line), 0);
    ck_assert_int_ge(vf_sound_line_count(&line), 2 * RATE - RATE / 100);
    ck_assert_int_le(vf_sound_line_count(&line), 2 * RATE + RATE / 100);
    vf_sound_line_finish(&line);
}
END_TEST

Suite *sound_encoder_suite(void);
Suite *sound_encoder_suite(void)
{
    Suite *suite = suite_create("sound_encoder");
    TCase *tcase = tcase_create("sound_encoder");
    tcase_add_checked_fixture(tcase, media_setup, teardown);
    tcase_add_test(tcase, every_sample_comes_out_once);
    tcase_add_test(tcase, what_is_missing_becomes_silence);
    tcase_add_test(tcase, what_comes_twice_is_left_out);
    tcase_add_test(tcase, nothing_decoded_is_nothing_encoded);
    tcase_add_test(tcase, a_gap_is_silent_and_as_long_as_it_was);
    tcase_add_loop_test(tcase, what_overlaps_is_left_out_once, 0, (int)VF_COUNT(overlaps));
    tcase_add_test(tcase, an_overlap_ends_where_the_time_steps_forward);
    tcase_add_test(tcase, a_clock_that_was_set_loses_no_sound);
    tcase_add_loop_test(tcase, sound_gets_a_layout_that_its_encoder_takes, 0,
                        (int)VF_COUNT(layouts));
    tcase_add_test(tcase, time_stamps_that_are_nearly_right_are_right);
    tcase_add_test(tcase, sound_may_change_its_rate_in_mid_stream);
    suite_add_tcase(suite, tcase);
    return suite;
}
