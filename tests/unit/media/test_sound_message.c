/* SPDX-License-Identifier: MIT */
/* Samples of libav as messages, and back. */
#include <check.h>
#include <errno.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/samplefmt.h>

#include "engine/media/codec/announcement.h"
#include "engine/media/libav/sound.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/node_bench.h"

static struct vf_bench bench;
static struct vf_message *message;
static AVFrame *frame, *again;

static void setup(void)
{
    vf_bench_init(&bench, vf_node_find(&vf_all_nodes, "identity"), 1, NULL, 0);
    frame = av_frame_alloc();
    frame->sample_rate = 48000;
    frame->pts = 40;
    frame->time_base = (AVRational){1, 48000};
}

static void teardown(void)
{
    vf_message_destroy(&message);
    av_frame_free(&frame);
    av_frame_free(&again);
    vf_bench_finish(&bench);
}

/* Fills the frame with bytes that tell where they are. */
static void make_frame(int format, int channels, int samples)
{
    frame->format = format;
    frame->nb_samples = samples;
    av_channel_layout_default(&frame->ch_layout, channels);
    ck_assert_int_eq(av_frame_get_buffer(frame, 0), 0);
    int planes = av_sample_fmt_is_planar(format) ? channels : 1;
    int bytes = av_samples_get_buffer_size(NULL, channels, samples, format, 1) / planes;
    for (int plane = 0; plane < planes; plane++) {
        for (int i = 0; i < bytes; i++)
            frame->extended_data[plane][i] = (uint8_t)(7 * plane + 3 * i);
    }
}

static void pass_through(void)
{
    ck_assert_int_eq(vf_media_sound_to_message(&bench.run, frame, &message), VF_OK);
    ck_assert_int_eq(vf_media_sound_from_message(&again, message), VF_OK);
}

static const struct {
    enum AVSampleFormat format;
    int channels, samples;
} shapes[] = {
    {AV_SAMPLE_FMT_FLTP, 2, 1024}, {AV_SAMPLE_FMT_S16, 2, 1000}, {AV_SAMPLE_FMT_U8P, 1, 1},
    {AV_SAMPLE_FMT_DBLP, 12, 77},  {AV_SAMPLE_FMT_S32, 12, 333}, {AV_SAMPLE_FMT_S64P, 64, 5},
};

START_TEST(samples_of_any_form_come_back_as_they_were)
{
    int channels = shapes[_i].channels, samples = shapes[_i].samples;
    int format = (int)shapes[_i].format;
    make_frame(format, channels, samples);
    pass_through();
    ck_assert_int_eq(again->format, format);
    ck_assert_int_eq(again->nb_samples, samples);
    ck_assert_int_eq(again->sample_rate, 48000);
    ck_assert_int_eq(av_channel_layout_compare(&again->ch_layout, &frame->ch_layout), 0);
    ck_assert_int_eq(again->pts, 40);
    int planes = av_sample_fmt_is_planar(format) ? channels : 1;
    int bytes = av_samples_get_buffer_size(NULL, channels, samples, format, 1) / planes;
    for (int plane = 0; plane < planes; plane++)
        ck_assert_mem_eq(again->extended_data[plane], frame->extended_data[plane], (size_t)bytes);
}
END_TEST

START_TEST(the_samples_are_read_where_they_lie_and_kept_for_as_long)
{
    make_frame(AV_SAMPLE_FMT_FLTP, 2, 64);
    pass_through();
    ck_assert_ptr_eq(again->data[0], message->payload->data);
    vf_message_destroy(&message);
    ck_assert_mem_eq(again->data[1], frame->data[1], 64 * sizeof(float));
}
END_TEST

START_TEST(extras_travel_with_the_samples_but_do_not_hold_them)
{
    make_frame(AV_SAMPLE_FMT_S16, 1, 3);
    frame->opaque_ref = av_buffer_alloc(24);
    memset(frame->opaque_ref->data, 'x', 24);
    pass_through();
    ck_assert_uint_eq(message->description.extras_size, 24);
    ck_assert_uint_eq(again->opaque_ref->size, 24);
    ck_assert_mem_eq(again->opaque_ref->data, frame->opaque_ref->data, 24);
    const uint8_t *begin = message->payload->data;
    ck_assert(again->opaque_ref->data < begin ||
              again->opaque_ref->data >= begin + message->payload->size);
}
END_TEST

START_TEST(a_frame_without_samples_announces_its_form)
{
    frame->format = AV_SAMPLE_FMT_FLTP;
    av_channel_layout_default(&frame->ch_layout, 6);
    pass_through();
    ck_assert(vf_media_is_announcement(message));
    ck_assert(!vf_media_announces_none(message) && !vf_media_has_content(message));
    ck_assert_int_eq(again->nb_samples, 0);
    ck_assert_int_eq(again->ch_layout.nb_channels, 6);
    ck_assert_int_eq(again->format, AV_SAMPLE_FMT_FLTP);
}
END_TEST

START_TEST(channels_without_a_layout_have_the_usual_one)
{
    make_frame(AV_SAMPLE_FMT_S16, 2, 8);
    av_channel_layout_uninit(&frame->ch_layout);
    frame->ch_layout = (AVChannelLayout){.order = AV_CHANNEL_ORDER_UNSPEC, .nb_channels = 2};
    pass_through();
    const AVChannelLayout stereo = AV_CHANNEL_LAYOUT_STEREO;
    ck_assert_int_eq(av_channel_layout_compare(&again->ch_layout, &stereo), 0);
}
END_TEST

START_TEST(that_there_is_no_sound_can_be_said)
{
    ck_assert_int_eq(vf_media_sound_announce_none(&message), VF_OK);
    ck_assert(vf_media_announces_none(message));
    ck_assert(!vf_media_is_announcement(message) && !vf_media_has_content(message));
}
END_TEST

START_TEST(samples_are_content)
{
    make_frame(AV_SAMPLE_FMT_FLTP, 2, 64);
    ck_assert_int_eq(vf_media_sound_to_message(&bench.run, frame, &message), VF_OK);
    ck_assert(vf_media_has_content(message));
}
END_TEST

START_TEST(a_frame_of_no_form_is_refused)
{
    frame->format = AV_SAMPLE_FMT_FLTP;
    ck_assert_int_eq(vf_media_sound_to_message(&bench.run, frame, &message), -EINVAL);
}
END_TEST

static void ask_for_what_is_not_there(struct vf_description *description, int which)
{
    struct vf_audio *audio = &description->audio;
    switch (which) {
    case 0:
        audio->samples = 1025;
        break;
    case 1:
        audio->plane.offset = 64;
        break;
    case 2:
        audio->plane.stride = UINT32_MAX;
        break;
    case 3:
        audio->plane_count = 1;
        break;
    case 4:
        memcpy(audio->format, "dblp", 5);
        break;
    case 5:
        memcpy(audio->format, "none", 5);
        break;
    case 6:
        memset(audio->layout, 'x', sizeof(audio->layout));
        break;
    case 7:
        audio->channels = 65;
        break;
    case 8:
        audio->sample_rate = 0;
        break;
    case 9:
        audio->plane.offset = 1;
        audio->samples = 8;
        break;
    case 10:
        description->extras_offset = UINT64_MAX;
        description->extras_size = 8;
        break;
    default:
        description->type = VF_VALUE_VIDEO;
    }
}

#define FAULTS 12

START_TEST(a_description_that_its_payload_does_not_bear_out_is_refused)
{
    make_frame(AV_SAMPLE_FMT_FLTP, 2, 1024);
    ck_assert_int_eq(vf_media_sound_to_message(&bench.run, frame, &message), VF_OK);
    ask_for_what_is_not_there(&message->description, _i);
    ck_assert_int_eq(vf_media_sound_from_message(&again, message), -EBADMSG);
    ck_assert_ptr_null(again);
}
END_TEST

Suite *sound_message_suite(void);
Suite *sound_message_suite(void)
{
    Suite *suite = suite_create("sound_message");
    TCase *tcase = tcase_create("core");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, samples_of_any_form_come_back_as_they_were, 0,
                        (int)(sizeof(shapes) / sizeof(shapes[0])));
    tcase_add_test(tcase, the_samples_are_read_where_they_lie_and_kept_for_as_long);
    tcase_add_test(tcase, extras_travel_with_the_samples_but_do_not_hold_them);
    tcase_add_test(tcase, a_frame_without_samples_announces_its_form);
    tcase_add_test(tcase, channels_without_a_layout_have_the_usual_one);
    tcase_add_test(tcase, that_there_is_no_sound_can_be_said);
    tcase_add_test(tcase, samples_are_content);
    tcase_add_test(tcase, a_frame_of_no_form_is_refused);
    tcase_add_loop_test(tcase, a_description_that_its_payload_does_not_bear_out_is_refused, 0,
                        FAULTS);
    suite_add_tcase(suite, tcase);
    return suite;
}
