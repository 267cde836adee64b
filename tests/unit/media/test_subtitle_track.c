/* SPDX-License-Identifier: MIT */
/* Subtitles as containers can hold them. */
#include "engine/media/write/subtitle_track.h"

#include <check.h>
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <string.h>

#include "engine/media/codec/packet.h"
#include "tests/unit/support/media_fixture.h"
#include "tests/unit/support/scratch.h"

static struct vf_subtitle_track *subtitles;
static struct vf_media_track track;
static struct vf_message *message;

static void setup(void)
{
    media_setup();
    vf_bench_setup(&media_bench, media_node("video_writer"), 1, {"path", "a.mkv"});
}

static void teardown(void)
{
    vf_subtitle_track_destroy(&subtitles);
    avcodec_parameters_free(&track.parameters);
    vf_message_destroy(&message);
    media_teardown();
}

/* Makes a packet of a second, from second 2 on. */
static void make(enum AVCodecID codec, const char *text)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    AVPacket *packet = av_packet_alloc();
    parameters->codec_type = AVMEDIA_TYPE_SUBTITLE;
    parameters->codec_id = codec;
    ck_assert_int_eq(av_new_packet(packet, (int)strlen(text)), 0);
    memcpy(packet->data, text, strlen(text));
    packet->pts = packet->dts = 2000;
    packet->duration = 1000;
    packet->time_base = (AVRational){1, 1000};
    ck_assert_int_eq(
        vf_media_packet_to_message(&media_bench.run, parameters, packet, NULL, &message), VF_OK);
    av_packet_free(&packet);
    avcodec_parameters_free(&parameters);
}

static int open_for(const char *container)
{
    const struct vf_output_choice choice = {.container = av_guess_format(container, NULL, NULL)};
    return vf_subtitle_track_create(&subtitles, &media_bench.run, &choice, message, &track);
}

static void check_text(const char *text)
{
    AVPacket *packet;
    ck_assert_int_eq(vf_subtitle_track_convert(subtitles, message, &packet), VF_OK);
    ck_assert_ptr_nonnull(packet);
    ck_assert_int_eq(av_rescale_q(packet->pts, packet->time_base, (AVRational){1, 1000}), 2000);
    ck_assert_int_eq(av_rescale_q(packet->duration, packet->time_base, (AVRational){1, 1000}),
                     1000);
    ck_assert_ptr_nonnull(memmem(packet->data, (size_t)packet->size, text, strlen(text)));
    av_packet_free(&packet);
}

START_TEST(what_a_container_holds_is_copied)
{
    make(AV_CODEC_ID_SUBRIP, "Good <i>morning</i>");
    ck_assert_int_eq(open_for("matroska"), VF_OK);
    ck_assert_int_eq(track.parameters->codec_id, AV_CODEC_ID_SUBRIP);
    check_text("Good <i>morning</i>");
}
END_TEST

START_TEST(text_becomes_the_containers_own_kind)
{
    make(AV_CODEC_ID_SUBRIP, "Good morning");
    ck_assert_int_eq(open_for("mp4"), VF_OK);
    ck_assert_int_eq(track.parameters->codec_id, AV_CODEC_ID_MOV_TEXT);
    check_text("Good morning");
}
END_TEST

START_TEST(text_becomes_webvtt_in_webm)
{
    make(AV_CODEC_ID_SUBRIP, "Good morning");
    ck_assert_int_eq(open_for("webm"), VF_OK);
    ck_assert_int_eq(track.parameters->codec_id, AV_CODEC_ID_WEBVTT);
    check_text("Good morning");
}
END_TEST

static const struct {
    enum AVCodecID codec;
    const char *container, *problem;
} refused[] = {
    {AV_CODEC_ID_HDMV_PGS_SUBTITLE, "mp4", "and they are pictures, no text; leave them out"},
    {AV_CODEC_ID_SUBRIP, "flv", "cannot hold subrip subtitles; leave them out, or write Matroska"},
};

START_TEST(what_cannot_be_held_is_refused)
{
    make(refused[_i].codec, "x");
    capture_errors();
    int err = open_for(refused[_i].container);
    const char *errors = captured_errors();
    ck_assert_msg(strstr(errors, refused[_i].problem) != NULL, "%s", errors);
    ck_assert_int_eq(err, -EINVAL);
    ck_assert_ptr_null(track.parameters);
}
END_TEST

/* Writes 3 s of pictures with the subtitle that has been made. */
static void write_file(const char *name)
{
    vf_bench_finish(&media_bench);
    vf_bench_setup(&media_bench, media_node("video_writer"), 4, {"path", media_path(name)},
                   {"codec", "mpeg4"});
    media_bench.is_connected[1] = media_bench.is_connected[3] = false;
    ck_assert_int_eq(vf_bench_open(&media_bench), VF_OK);
    media_make("75", "64x64", "yuv420p");
    struct vf_message *const inputs[] = {NULL, NULL, message, NULL};
    for (unsigned i = 0; i < vf_bench_count(&media_source, VF_VIDEO); i++) {
        struct vf_message *const frame[] = {
            (struct vf_message *)(uintptr_t)vf_bench_output(&media_source, VF_VIDEO, i), NULL, NULL,
            NULL};
        ck_assert_int_eq(media_bench.node->consume(&media_bench.run, frame), VF_OK);
        if (i == 40)
            ck_assert_int_eq(media_bench.node->consume(&media_bench.run, inputs), VF_OK);
    }
    ck_assert_int_eq(vf_bench_flush(&media_bench), VF_OK);
}

/* Counts the packets of a stream that hold `text`, which must be shown from second 2 on for one. */
static unsigned count_text(AVFormatContext *file, unsigned stream, const char *text)
{
    AVPacket *packet = av_packet_alloc();
    double tick = av_q2d(file->streams[stream]->time_base);
    unsigned found = 0;
    for (; av_read_frame(file, packet) >= 0; av_packet_unref(packet)) {
        if (packet->stream_index != (int)stream ||
            !memmem(packet->data, (size_t)packet->size, text, strlen(text)))
            continue;
        ck_assert_double_eq_tol((double)packet->pts * tick, 2, 0.01);
        ck_assert_double_eq_tol((double)packet->duration * tick, 1, 0.01);
        found++;
    }
    av_packet_free(&packet);
    return found;
}

static void check_file(const char *name, enum AVCodecID codec, const char *text)
{
    AVFormatContext *file = NULL;
    ck_assert_int_eq(avformat_open_input(&file, media_path(name), NULL, NULL), 0);
    ck_assert_uint_eq(file->nb_streams, 2);
    ck_assert_int_eq(file->streams[1]->codecpar->codec_id, codec);
    ck_assert_uint_eq(count_text(file, 1, text), 1);
    avformat_close_input(&file);
}

static const struct {
    const char *name;
    enum AVCodecID codec;
} files[] = {{"a.mkv", AV_CODEC_ID_SUBRIP},
             {"a.mp4", AV_CODEC_ID_MOV_TEXT},
             {"a.mov", AV_CODEC_ID_MOV_TEXT}};

START_TEST(subtitles_are_shown_when_they_were)
{
    make(AV_CODEC_ID_SUBRIP, "Good morning");
    write_file(files[_i].name);
    check_file(files[_i].name, files[_i].codec, "Good morning");
}
END_TEST

Suite *subtitle_track_suite(void);
Suite *subtitle_track_suite(void)
{
    Suite *suite = suite_create("subtitle_track");
    TCase *tcase = tcase_create("subtitle_track");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_a_container_holds_is_copied);
    tcase_add_test(tcase, text_becomes_the_containers_own_kind);
    tcase_add_test(tcase, text_becomes_webvtt_in_webm);
    tcase_add_loop_test(tcase, what_cannot_be_held_is_refused, 0, (int)VF_COUNT(refused));
    tcase_add_loop_test(tcase, subtitles_are_shown_when_they_were, 0, (int)VF_COUNT(files));
    suite_add_tcase(suite, tcase);
    return suite;
}
