/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>

#include "engine/media/libav/audio.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/node_bench.h"
#include "tests/unit/support/scratch.h"

#define SAMPLES 100

static struct vf_bench bench;
static struct vf_message *message;
static AVFrame *frame, *again;

static void setup(void)
{
    vf_bench_init(&bench, vf_node_find(&vf_all_nodes, "identity"), 1, NULL, 0);
}

static void teardown(void)
{
    vf_message_destroy(&message);
    av_frame_free(&frame);
    av_frame_free(&again);
    vf_bench_finish(&bench);
}

static void make_message(enum AVSampleFormat format, int channels)
{
    frame = av_frame_alloc();
    frame->format = format;
    frame->sample_rate = 48000;
    frame->nb_samples = SAMPLES;
    frame->pts = 4800;
    frame->time_base = (AVRational){1, 48000};
    av_channel_layout_default(&frame->ch_layout, channels);
    ck_assert_int_eq(av_frame_get_buffer(frame, 0), 0);
    int planes = av_sample_fmt_is_planar(format) ? channels : 1;
    for (int i = 0; i < planes; i++)
        memset(frame->extended_data[i], i + 1, (size_t)frame->linesize[0]);
    ck_assert_int_eq(vf_media_audio_to_message(&bench.run, frame, &message), VF_OK);
}

static const struct {
    enum AVSampleFormat format;
    int channels, planes;
} kinds[] = {
    {AV_SAMPLE_FMT_S16, 1, 1},  {AV_SAMPLE_FMT_S16, 2, 1},    {AV_SAMPLE_FMT_FLTP, 2, 2},
    {AV_SAMPLE_FMT_FLTP, 6, 6}, {AV_SAMPLE_FMT_S32P, 16, 16},
};

START_TEST(sound_survives_being_a_message)
{
    make_message(kinds[_i].format, kinds[_i].channels);
    ck_assert_int_eq(vf_media_audio_from_message(&again, message), VF_OK);
    ck_assert_int_eq(again->format, kinds[_i].format);
    ck_assert_int_eq(again->nb_samples, SAMPLES);
    ck_assert_int_eq(again->pts, 4800);
    ck_assert_int_eq(av_channel_layout_compare(&again->ch_layout, &frame->ch_layout), 0);
    for (int i = 0; i < kinds[_i].planes; i++)
        ck_assert(memcmp(again->extended_data[i], frame->extended_data[i],
                         (size_t)again->linesize[0]) == 0);
}
END_TEST

START_TEST(sound_is_shared_with_the_message)
{
    make_message(AV_SAMPLE_FMT_S16, 2);
    ck_assert_int_eq(vf_media_audio_from_message(&again, message), VF_OK);
    ck_assert_ptr_eq(again->data[0], message->payload->data);
    ck_assert(!av_frame_is_writable(again));
    vf_message_destroy(&message);
    ck_assert_uint_eq(again->data[0][0], 1);
}
END_TEST

static void lie_about_samples(struct vf_audio *audio)
{
    audio->samples = 1 << 30;
}
static void lie_about_channels(struct vf_audio *audio)
{
    audio->channels = 200;
    audio->plane_count = 200;
}
static void lie_about_planes(struct vf_audio *audio)
{
    audio->plane_count = 1;
}
static void lie_about_stride(struct vf_audio *audio)
{
    audio->plane.stride = 8;
}
static void lie_about_offset(struct vf_audio *audio)
{
    audio->plane.offset = UINT64_MAX;
}
static void lie_about_format(struct vf_audio *audio)
{
    memset(audio->format, 's', sizeof(audio->format));
}

static void (*const lies[])(struct vf_audio *audio) = {
    lie_about_samples, lie_about_channels, lie_about_planes,
    lie_about_stride,  lie_about_offset,   lie_about_format,
};

START_TEST(lying_sound_is_refused)
{
    make_message(AV_SAMPLE_FMT_FLTP, 2);
    lies[_i](&message->description.audio);
    capture_errors();
    int err = vf_media_audio_from_message(&again, message);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "does not fit its bytes"));
    ck_assert_int_eq(err, -EBADMSG);
}
END_TEST

Suite *media_audio_suite(void);
Suite *media_audio_suite(void)
{
    Suite *suite = suite_create("media_audio");
    TCase *tcase = tcase_create("media_audio");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, sound_survives_being_a_message, 0, (int)VF_COUNT(kinds));
    tcase_add_test(tcase, sound_is_shared_with_the_message);
    tcase_add_loop_test(tcase, lying_sound_is_refused, 0, (int)VF_COUNT(lies));
    suite_add_tcase(suite, tcase);
    return suite;
}
