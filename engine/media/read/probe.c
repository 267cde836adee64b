/* SPDX-License-Identifier: MIT */
#include "engine/media/read/probe.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/media/codec/packet.h"
#include "engine/media/facts/file/facts.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/picture.h"
#include "engine/media/read/decode/decoder_choice.h"
#include "engine/media/read/decode/decoder_keeps.h"
#include "engine/media/read/decode/picture_turn.h"
#include "engine/media/read/open/extent.h"
#include "engine/media/read/open/input_options.h"
#include "engine/media/read/open/stream_choice.h"

#define LONGEST_SEARCH 500 /* packets before the first one of the video */

/* The largest packets of codecs that say how large they get, in bytes for each channel. */
static const struct {
    enum AVCodecID codec;
    int bytes, bytes_per_channel;
} largest_packets[] = {
    {AV_CODEC_ID_AAC, 0, 768},  {AV_CODEC_ID_MP3, 1441, 0},  {AV_CODEC_ID_MP2, 1728, 0},
    {AV_CODEC_ID_AC3, 3840, 0}, {AV_CODEC_ID_EAC3, 4096, 0}, {AV_CODEC_ID_OPUS, 0, 1276},
};

struct probe {
    AVFormatContext *format;
    AVStream *streams[VF_STREAM_COUNT], *video; /* the first of them */
    const struct vf_media_settings *settings;
    AVPacket *packet;
    AVCodecContext *context; /* of the video: never opened */
    AVCodecParserContext *parser;
    int width, height, pixel_format; /* of the video, as it is shown */
    int coded_width, coded_height;   /* as it is decoded */
};

static unsigned count_streams(const AVFormatContext *format, enum AVMediaType type)
{
    unsigned count = 0;
    for (unsigned i = 0; i < format->nb_streams; i++)
        count += format->streams[i]->codecpar->codec_type == type;
    return count;
}

/* Finds the streams that a demuxer takes. They are looked at closely if `is_thorough`, or when
 * which of several is the best shows only then. */
static int choose_streams(struct probe *probe, bool is_thorough)
{
    AVFormatContext *format = probe->format;
    bool is_plain = !is_thorough && !(format->ctx_flags & AVFMTCTX_NOHEADER) &&
                    count_streams(format, AVMEDIA_TYPE_VIDEO) == 1 &&
                    count_streams(format, AVMEDIA_TYPE_AUDIO) <= 1;
    int code = is_plain ? 0 : avformat_find_stream_info(format, NULL);
    if (code < 0)
        return vf_media_error(code);
    probe->video = NULL;
    bool has_any = false;
    for (unsigned kind = 0; kind < VF_STREAM_KINDS; kind++) {
        probe->streams[kind] = vf_stream_choose(probe->settings, format, kind, probe->video);
        probe->video = probe->streams[VF_STREAM_VIDEO];
        has_any = has_any || probe->streams[kind];
    }
    return has_any ? VF_OK : -ENODATA;
}

/* Lets the parser look at the first packet of the video: its headers say all. */
static void parse_first_packet(struct probe *probe)
{
    int code = 0;
    for (int i = 0; i < LONGEST_SEARCH && code >= 0; i++) {
        av_packet_unref(probe->packet);
        code = av_read_frame(probe->format, probe->packet);
        if (code >= 0 && probe->packet->stream_index == probe->video->index)
            break;
    }
    if (code < 0 || probe->packet->stream_index != probe->video->index)
        return;
    uint8_t *bytes;
    int size;
    probe->parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    av_parser_parse2(probe->parser, probe->context, &bytes, &size, probe->packet->data,
                     probe->packet->size, probe->packet->pts, probe->packet->dts, 0);
    if (probe->parser->format < 0 || probe->parser->width <= 0)
        return;
    probe->width = probe->parser->width;
    probe->height = probe->parser->height;
    probe->pixel_format = probe->parser->format;
    probe->coded_width = probe->parser->coded_width;
    probe->coded_height = probe->parser->coded_height;
}

static void take_parameters(struct probe *probe)
{
    const AVCodecParameters *parameters = probe->video->codecpar;
    probe->width = probe->coded_width = parameters->width;
    probe->height = probe->coded_height = parameters->height;
    probe->pixel_format = parameters->format;
}

static bool is_known(const struct probe *probe)
{
    return probe->pixel_format >= 0 && probe->width > 0 && probe->height > 0;
}

static int find_geometry(struct probe *probe)
{
    const AVCodecParameters *parameters = probe->video->codecpar;
    probe->context =
        avcodec_alloc_context3(vf_decoder_choose(probe->settings, probe->video, false));
    probe->packet = av_packet_alloc();
    if (!probe->context || !probe->packet ||
        avcodec_parameters_to_context(probe->context, parameters) < 0)
        return -ENOMEM;
    take_parameters(probe);
    probe->parser = av_parser_init((int)parameters->codec_id);
    if (probe->parser)
        parse_first_packet(probe);
    probe->pixel_format =
        vf_decoder_choice_format(probe->context->codec, probe->video, probe->pixel_format);
    return VF_OK;
}

/* Returns the bytes that a frame takes where it is decoded into: as in decoder.c. */
static size_t payload_size(struct probe *probe)
{
    struct vf_picture_layout layout;
    int width = probe->width > probe->coded_width ? probe->width : probe->coded_width;
    int height = probe->height > probe->coded_height ? probe->height : probe->coded_height;
    int unused[AV_NUM_DATA_POINTERS];
    probe->context->pix_fmt = probe->pixel_format;
    avcodec_align_dimensions2(probe->context, &width, &height, unused);
    if (vf_picture_layout_init(&layout, probe->pixel_format, width, height) != VF_OK)
        return 0;
    return layout.size;
}

/* Pictures that are turned are copied for it: as large as they are shown, and the decoder keeps
 * none of them. */
static void foretell_turned(const struct probe *probe, const struct vf_turn *turn,
                            struct vf_media_outlook *outlook)
{
    struct vf_forecast *forecast = &outlook->streams[VF_STREAM_VIDEO];
    const struct vf_video straight = forecast->video;
    int format = vf_turn_format(turn, probe->pixel_format);
    int width = probe->width, height = probe->height;
    if (format == AV_PIX_FMT_NONE)
        return;
    vf_turn_size(turn, &width, &height);
    vf_picture_foretell(forecast, format, width, height, straight.frame_rate);
    struct vf_rational shape = straight.sample_aspect_ratio;
    bool is_exchanged = turn->is_transposed && shape.num > 0;
    forecast->video.sample_aspect_ratio =
        is_exchanged ? (struct vf_rational){shape.den, shape.num} : shape;
    outlook->keeps = 0;
}

static void foretell_video(struct probe *probe, unsigned threads, struct vf_media_outlook *outlook)
{
    const AVCodec *codec = probe->context->codec;
    struct vf_forecast *forecast = &outlook->streams[VF_STREAM_VIDEO];
    AVRational rate = probe->video->avg_frame_rate;
    vf_picture_foretell(forecast, probe->pixel_format, probe->width, probe->height,
                        (struct vf_rational){rate.num, rate.den});
    if (!forecast->is_known || !codec)
        return;
    if (codec->capabilities & AV_CODEC_CAP_DR1)
        forecast->payload_bytes = payload_size(probe);
    const AVRational shape = probe->video->sample_aspect_ratio;
    forecast->video.sample_aspect_ratio = (struct vf_rational){shape.num, shape.den};
    outlook->keeps =
        vf_decoder_keeps(probe->context, probe->coded_width, probe->coded_height, threads);
    outlook->knows_keeps = true;
    struct vf_turn turn = {0};
    if (probe->settings->autorotate)
        turn = vf_turn_of_stream(probe->video);
    if (!vf_turn_is_none(&turn))
        foretell_turned(probe, &turn, outlook);
    if (probe->settings->hw != VF_HARDWARE_OFF)
        forecast->video.format[0] = '\0'; /* a device has formats of its own, of the same size */
}

/* Returns the size of the largest packet; 0: it is not known. */
static size_t largest_packet(AVStream *stream)
{
    const AVCodecParameters *parameters = stream->codecpar;
    int largest = 0;
    for (size_t i = 0; i < VF_COUNT(largest_packets); i++) {
        if (largest_packets[i].codec == parameters->codec_id)
            largest = largest_packets[i].bytes +
                      largest_packets[i].bytes_per_channel * parameters->ch_layout.nb_channels;
    }
    /* Of an mp4 file the index lists all packets, of others none or the first few. */
    for (int i = 0; i < avformat_index_get_entries_count(stream); i++) {
        const AVIndexEntry *entry = avformat_index_get_entry(stream, i);
        if (entry && entry->size > largest)
            largest = entry->size;
    }
    return (size_t)largest;
}

static void foretell_packets(AVStream *stream, struct vf_forecast *forecast)
{
    size_t largest = stream ? largest_packet(stream) : 0;
    *forecast = (struct vf_forecast){.type = VF_VALUE_PACKET, .is_known = !stream || largest};
    struct vf_records extras = {0};
    if (largest) {
        vf_facts_add(&extras, NULL, stream, NULL);
        forecast->payload_bytes = vf_media_packet_payload_size(
            (size_t)stream->codecpar->extradata_size, largest, extras.size);
    }
    vf_records_finish(&extras);
}

static void finish(struct probe *probe)
{
    if (probe->parser)
        av_parser_close(probe->parser);
    probe->parser = NULL;
    avcodec_free_context(&probe->context);
    av_packet_free(&probe->packet);
    avformat_close_input(&probe->format);
}

static int open_file(struct probe *probe, const char *path, bool is_thorough)
{
    AVDictionary *options = NULL;
    char *url = vf_text_format("file:%s", path);
    int err = url ? vf_input_options(probe->settings, &options) : -ENOMEM;
    if (!err) {
        int code =
            avformat_open_input(&probe->format, url, vf_input_format(probe->settings), &options);
        err = code < 0 ? vf_media_error(code) : choose_streams(probe, is_thorough);
    }
    av_dict_free(&options);
    free(url);
    return err;
}

static int look(struct probe *probe, const char *path, bool is_thorough)
{
    finish(probe);
    int err = open_file(probe, path, is_thorough);
    return err || !probe->video ? err : find_geometry(probe);
}

/* Returns the length of the video, or of the whole file; 0: it is not known. */
static int64_t length_of(const struct probe *probe)
{
    int64_t length = probe->video ? vf_media_length_us(probe->format, probe->video) : 0;
    int64_t whole = probe->format->duration;
    return length || whole < 0 || whole > INT64_MAX / 1000 ? length : whole;
}

int vf_media_probe(const char *path, const struct vf_media_settings *settings, unsigned threads,
                   struct vf_media_outlook *outlook)
{
    struct probe probe = {.pixel_format = AV_PIX_FMT_NONE, .settings = settings};
    *outlook = (struct vf_media_outlook){0};
    vf_media_log_redirect();
    int err = look(&probe, path, false);
    if (!err && probe.video && !is_known(&probe))
        err = look(&probe, path, true);
    if (!err && probe.video)
        foretell_video(&probe, threads, outlook);
    for (unsigned kind = VF_STREAM_AUDIO; kind < VF_STREAM_KINDS && !err; kind++)
        foretell_packets(probe.streams[kind], &outlook->streams[kind]);
    if (!err)
        foretell_packets(probe.video, &outlook->streams[VF_STREAM_PACKETS]);
    int64_t length_us = err ? 0 : length_of(&probe);
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
        outlook->streams[kind].duration_ns = length_us * 1000;
    finish(&probe);
    vf_media_log_flush();
    return err;
}

uint64_t vf_media_probe_count(const char *path, const struct vf_media_settings *settings,
                              int64_t start_us, int64_t duration_us)
{
    struct probe probe = {.settings = settings};
    uint64_t count = 0;
    vf_media_log_redirect();
    vf_media_log_hush(true); /* what is wrong with it is logged when it is read */
    if (open_file(&probe, path, false) == VF_OK && probe.video)
        count = vf_media_frame_count(probe.format, probe.video, start_us, duration_us);
    if (!count && probe.video && avformat_find_stream_info(probe.format, NULL) >= 0)
        count = vf_media_frame_count(probe.format, probe.video, start_us, duration_us);
    finish(&probe);
    vf_media_log_hush(false);
    vf_media_log_flush();
    return count;
}
