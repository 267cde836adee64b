/* SPDX-License-Identifier: MIT */
/* Frames and packets of libav as messages, and back. */
#include <check.h>
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <pthread.h>

#include "engine/media/codec/packet.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/payload_buffer.h"
#include "engine/media/libav/picture.h"
#include "nodes/all_nodes.h"
#include "tests/unit/support/node_bench.h"
#include "tests/unit/support/scratch.h"

static const struct vf_rational rate = {25, 1};

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

static void make_frame(int format, int width, int height)
{
    ck_assert_int_eq(vf_picture_create(&frame, &bench.run, format, width, height), VF_OK);
    frame->pts = 40;
    frame->time_base = (AVRational){1, 1000};
}

static void make_message(int format, int width, int height)
{
    make_frame(format, width, height);
    ck_assert_int_eq(vf_media_frame_to_message(&bench.run, frame, rate, &message), VF_OK);
}

START_TEST(a_frame_in_a_payload_becomes_a_message_without_a_copy)
{
    make_message(AV_PIX_FMT_YUV420P, 853, 477);
    const struct vf_video *video = &message->description.video;
    for (unsigned i = 0; i < 3; i++)
        ck_assert_ptr_eq(message->payload->data + video->planes[i].offset, frame->data[i]);
    ck_assert_str_eq(video->format, "yuv420p");
    ck_assert_uint_eq(video->planes[0].row_bytes, 853);
    ck_assert_uint_eq(video->planes[1].row_bytes, 427);
    ck_assert_uint_eq(video->planes[1].rows, 239);
    ck_assert_int_eq(message->description.timestamp, 40);
}
END_TEST

START_TEST(a_message_becomes_a_frame_without_a_copy)
{
    make_message(AV_PIX_FMT_YUV420P, 320, 240);
    ck_assert_int_eq(vf_media_frame_from_message(&again, message), VF_OK);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_ptr_eq(again->data[i], frame->data[i]);
        ck_assert_int_eq(again->linesize[i], frame->linesize[i]);
    }
    ck_assert(!av_frame_is_writable(again));
    ck_assert_int_eq(again->pts, 40);
}
END_TEST

START_TEST(a_received_frame_that_comes_out_again_is_still_not_copied)
{
    make_message(AV_PIX_FMT_YUV420P, 320, 240);
    ck_assert_int_eq(vf_media_frame_from_message(&again, message), VF_OK);
    struct vf_message *passed;
    ck_assert_int_eq(vf_media_frame_to_message(&bench.run, again, rate, &passed), VF_OK);
    ck_assert_ptr_eq(passed->payload, message->payload);
    vf_message_destroy(&passed);
}
END_TEST

START_TEST(everything_that_is_known_of_a_picture_survives)
{
    make_frame(AV_PIX_FMT_YUV422P10LE, 64, 32);
    frame->sample_aspect_ratio = (AVRational){16, 11};
    frame->color_range = AVCOL_RANGE_MPEG;
    frame->color_primaries = AVCOL_PRI_BT709;
    frame->color_trc = AVCOL_TRC_BT709;
    frame->colorspace = AVCOL_SPC_BT709;
    frame->chroma_location = AVCHROMA_LOC_TOPLEFT;
    ck_assert_int_eq(vf_media_frame_to_message(&bench.run, frame, rate, &message), VF_OK);
    ck_assert_int_eq(message->description.video.frame_rate.num, 25);
    ck_assert_int_eq(vf_media_frame_from_message(&again, message), VF_OK);
    ck_assert_int_eq(again->format, AV_PIX_FMT_YUV422P10LE);
    ck_assert_int_eq(again->sample_aspect_ratio.num, 16);
    ck_assert_int_eq(again->color_range, AVCOL_RANGE_MPEG);
    ck_assert_int_eq(again->color_primaries, AVCOL_PRI_BT709);
    ck_assert_int_eq(again->color_trc, AVCOL_TRC_BT709);
    ck_assert_int_eq(again->colorspace, AVCOL_SPC_BT709);
    ck_assert_int_eq(again->chroma_location, AVCHROMA_LOC_TOPLEFT);
}
END_TEST

static uint8_t *row_of(const AVFrame *picture, int row)
{
    return picture->data[0] + (ptrdiff_t)row * picture->linesize[0];
}

START_TEST(a_frame_that_stands_on_its_head_is_copied_the_right_way_up)
{
    make_frame(AV_PIX_FMT_GRAY8, 8, 2);
    memset(row_of(frame, 0), 1, 8);
    memset(row_of(frame, 1), 2, 8);
    frame->data[0] += frame->linesize[0];
    frame->linesize[0] = -frame->linesize[0];
    ck_assert_int_eq(vf_media_frame_to_message(&bench.run, frame, rate, &message), VF_OK);
    ck_assert_int_eq(vf_media_frame_from_message(&again, message), VF_OK);
    ck_assert_int_gt(again->linesize[0], 0);
    ck_assert_uint_eq(row_of(again, 0)[7], 2);
    ck_assert_uint_eq(row_of(again, 1)[0], 1);
}
END_TEST

START_TEST(a_frame_in_foreign_memory_is_copied)
{
    frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_RGB24;
    frame->width = 5;
    frame->height = 3;
    ck_assert_int_eq(av_frame_get_buffer(frame, 0), 0);
    for (int row = 0; row < 3; row++)
        memset(row_of(frame, row), row, 15);
    ck_assert_int_eq(vf_media_frame_to_message(&bench.run, frame, rate, &message), VF_OK);
    const struct vf_plane *plane = &message->description.video.planes[0];
    for (size_t row = 0; row < 3; row++)
        ck_assert_uint_eq(message->payload->data[plane->offset + row * plane->stride + 14], row);
}
END_TEST

START_TEST(a_palette_travels_along)
{
    make_frame(AV_PIX_FMT_PAL8, 10, 10);
    memset(frame->data[1], 77, AVPALETTE_SIZE);
    ck_assert_int_eq(vf_media_frame_to_message(&bench.run, frame, rate, &message), VF_OK);
    ck_assert_uint_eq(message->description.video.plane_count, 2);
    ck_assert_int_eq(vf_media_frame_from_message(&again, message), VF_OK);
    ck_assert_uint_eq(again->data[1][AVPALETTE_SIZE - 1], 77);
}
END_TEST

static void *drop_frame(void *shared)
{
    AVFrame *dropped = shared;
    av_frame_free(&dropped);
    return NULL;
}

START_TEST(the_payload_is_held_as_long_as_libav_refers_to_it)
{
    make_message(AV_PIX_FMT_YUV420P, 64, 64);
    av_frame_free(&frame);
    struct vf_payload *payload = vf_payload_hold(message->payload);
    ck_assert_int_eq(vf_media_frame_from_message(&again, message), VF_OK);
    vf_message_destroy(&message);
    AVFrame *reference = av_frame_clone(again);
    av_frame_free(&again);
    ck_assert_uint_eq(atomic_load(&payload->holders), 2);
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, drop_frame, reference), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_eq(atomic_load(&payload->holders), 1);
    vf_payload_drop(&payload);
}
END_TEST

static void lie_about_format(struct vf_description *description)
{
    memset(description->video.format, 'y', sizeof(description->video.format));
}
static void lie_about_unknown_format(struct vf_description *description)
{
    memcpy(description->video.format, "nothing", sizeof("nothing"));
}
static void lie_about_hardware(struct vf_description *description)
{
    memcpy(description->video.format, "vaapi", sizeof("vaapi"));
}
static void lie_about_height(struct vf_description *description)
{
    description->video.height = 10000;
}
static void lie_about_width(struct vf_description *description)
{
    description->video.width = -64;
}
static void lie_about_offset(struct vf_description *description)
{
    description->video.planes[2].offset = UINT64_MAX - 8;
}
static void lie_about_stride(struct vf_description *description)
{
    description->video.planes[0].stride = 32;
}
static void lie_about_huge_stride(struct vf_description *description)
{
    description->video.planes[1].stride = UINT32_MAX;
}
static void lie_about_planes(struct vf_description *description)
{
    description->video.plane_count = 2;
}
static void lie_about_type(struct vf_description *description)
{
    description->type = VF_VALUE_ARRAY;
}

static void (*const lies[])(struct vf_description *description) = {
    lie_about_format, lie_about_unknown_format, lie_about_hardware, lie_about_height,
    lie_about_width,  lie_about_offset,         lie_about_stride,   lie_about_huge_stride,
    lie_about_planes, lie_about_type,
};

START_TEST(a_lying_message_is_refused)
{
    make_message(AV_PIX_FMT_YUV420P, 64, 64);
    lies[_i](&message->description);
    capture_errors();
    int err = vf_media_frame_from_message(&again, message);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "does not fit its bytes"));
    ck_assert_int_eq(err, -EBADMSG);
    ck_assert_ptr_null(again);
}
END_TEST

START_TEST(every_format_of_libav_has_a_sound_layout_or_none)
{
    for (int format = 0; av_pix_fmt_desc_get(format); format++) {
        struct vf_picture_layout layout;
        int err = vf_picture_layout_init(&layout, format, 853, 477);
        ck_assert(err == (vf_picture_plane_count(format) ? VF_OK : -EINVAL));
        if (err)
            continue;
        make_message(format, 853, 477);
        ck_assert_int_eq(vf_media_frame_from_message(&again, message), VF_OK);
        ck_assert_uint_eq(message->payload->size, layout.size);
        for (unsigned i = 0; i < layout.plane_count; i++) {
            ck_assert_uint_eq(layout.offsets[i] % 64, 0);
            ck_assert_int_eq(layout.linesizes[i] % 64, 0);
        }
        av_frame_free(&again);
        av_frame_free(&frame);
        vf_message_destroy(&message);
    }
}
END_TEST

/* A packet of four bytes, of a codec with three bytes of extra data. */
static void make_packet_message(void)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_type = AVMEDIA_TYPE_AUDIO;
    parameters->codec_id = AV_CODEC_ID_AAC;
    parameters->sample_rate = 44100;
    parameters->frame_size = 1024;
    parameters->extradata = av_mallocz(3 + AV_INPUT_BUFFER_PADDING_SIZE);
    parameters->extradata_size = 3;
    memcpy(parameters->extradata, "ext", 3);
    av_channel_layout_default(&parameters->ch_layout, 2);
    AVPacket *packet = av_packet_alloc();
    ck_assert_int_eq(av_new_packet(packet, 4), 0);
    memcpy(packet->data, "data", 4);
    packet->pts = 10;
    packet->dts = 9;
    packet->flags = AV_PKT_FLAG_KEY;
    packet->time_base = (AVRational){1, 44100};
    ck_assert_int_eq(vf_media_packet_to_message(&bench.run, parameters, packet, NULL, &message),
                     VF_OK);
    av_packet_free(&packet);
    avcodec_parameters_free(&parameters);
}

START_TEST(a_packet_and_its_stream_survive)
{
    make_packet_message();
    AVPacket *packet;
    AVCodecParameters *parameters;
    ck_assert_int_eq(vf_media_packet_from_message(&packet, message), VF_OK);
    ck_assert_int_eq(vf_media_parameters_from_message(&parameters, message), VF_OK);
    ck_assert_int_eq(packet->size, 4);
    ck_assert(memcmp(packet->data, "data", 4) == 0);
    ck_assert_ptr_eq(packet->data,
                     message->payload->data + message->description.packet.data_offset);
    ck_assert_int_eq(packet->dts, 9);
    ck_assert_int_eq(packet->flags, AV_PKT_FLAG_KEY);
    ck_assert_int_eq(parameters->codec_id, AV_CODEC_ID_AAC);
    ck_assert_int_eq(parameters->extradata_size, 3);
    ck_assert(memcmp(parameters->extradata, "ext", 3) == 0);
    ck_assert_int_eq(parameters->ch_layout.nb_channels, 2);
    av_packet_free(&packet);
    avcodec_parameters_free(&parameters);
}
END_TEST

START_TEST(a_packet_without_padding_is_copied)
{
    make_packet_message();
    message->payload->size -= AV_INPUT_BUFFER_PADDING_SIZE;
    AVPacket *packet;
    ck_assert_int_eq(vf_media_packet_from_message(&packet, message), VF_OK);
    ck_assert(packet->data != message->payload->data + message->description.packet.data_offset);
    ck_assert(memcmp(packet->data, "data", 4) == 0);
    av_packet_free(&packet);
}
END_TEST

START_TEST(a_packet_in_the_memory_of_another_task_is_copied)
{
    make_packet_message();
    message->is_received = true;
    message->payload->arena = 3;
    uint8_t *there = message->payload->data + message->description.packet.data_offset;
    AVPacket *packet;
    ck_assert_int_eq(vf_media_packet_from_message(&packet, message), VF_OK);
    memcpy(there, "lies", 4);
    ck_assert(memcmp(packet->data, "data", 4) == 0);
    av_packet_free(&packet);
}
END_TEST

static void lie_about_extradata(struct vf_packet *packet)
{
    packet->extradata_size = packet->data_offset + 1;
}
static void lie_about_data(struct vf_packet *packet)
{
    packet->data_size = UINT64_MAX;
}
static void lie_about_place(struct vf_packet *packet)
{
    packet->data_offset = 1 << 20;
}
static void lie_about_codec(struct vf_packet *packet)
{
    memset(packet->codec, 'a', sizeof(packet->codec));
}

static void (*const packet_lies[])(struct vf_packet *packet) = {lie_about_extradata, lie_about_data,
                                                                lie_about_place, lie_about_codec};

START_TEST(a_lying_packet_is_refused)
{
    make_packet_message();
    packet_lies[_i](&message->description.packet);
    AVPacket *packet;
    AVCodecParameters *parameters;
    capture_errors();
    ck_assert_int_eq(vf_media_packet_from_message(&packet, message), -EBADMSG);
    ck_assert_int_eq(vf_media_parameters_from_message(&parameters, message), -EBADMSG);
    ck_assert_ptr_nonnull(strstr(captured_errors(), "does not fit its bytes"));
}
END_TEST

START_TEST(a_stream_that_is_not_there_is_announced)
{
    ck_assert_int_eq(vf_media_packet_announce_none(&message, 'a'), VF_OK);
    ck_assert(vf_media_packet_is_none(message));
    vf_message_destroy(&message);
    make_packet_message();
    ck_assert(!vf_media_packet_is_none(message));
}
END_TEST

Suite *media_frame_suite(void);
Suite *media_frame_suite(void)
{
    Suite *suite = suite_create("media_frame");
    TCase *tcase = tcase_create("media_frame");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_frame_in_a_payload_becomes_a_message_without_a_copy);
    tcase_add_test(tcase, a_message_becomes_a_frame_without_a_copy);
    tcase_add_test(tcase, a_received_frame_that_comes_out_again_is_still_not_copied);
    tcase_add_test(tcase, everything_that_is_known_of_a_picture_survives);
    tcase_add_test(tcase, a_frame_that_stands_on_its_head_is_copied_the_right_way_up);
    tcase_add_test(tcase, a_frame_in_foreign_memory_is_copied);
    tcase_add_test(tcase, a_palette_travels_along);
    tcase_add_test(tcase, the_payload_is_held_as_long_as_libav_refers_to_it);
    tcase_add_loop_test(tcase, a_lying_message_is_refused, 0, (int)VF_COUNT(lies));
    tcase_add_test(tcase, every_format_of_libav_has_a_sound_layout_or_none);
    tcase_add_test(tcase, a_packet_and_its_stream_survive);
    tcase_add_test(tcase, a_packet_without_padding_is_copied);
    tcase_add_test(tcase, a_packet_in_the_memory_of_another_task_is_copied);
    tcase_add_loop_test(tcase, a_lying_packet_is_refused, 0, (int)VF_COUNT(packet_lies));
    tcase_add_test(tcase, a_stream_that_is_not_there_is_announced);
    suite_add_tcase(suite, tcase);
    return suite;
}
