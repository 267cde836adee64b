/* SPDX-License-Identifier: MIT */
#include "engine/media/write/verify/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/media/libav/error.h"
#include "engine/media/write/choice/place.h"

static int give_up(void *context)
{
    const atomic_bool *is_called_off = context;
    return atomic_load(is_called_off);
}

static int complain(const struct vf_verify_reader *reader, const char *what, int code)
{
    if (give_up((void *)(uintptr_t)reader->is_called_off))
        return VF_END;
    snprintf(reader->problem, reader->problem_size, "%s: %s", what, vf_media_error_text(code).text);
    return code == AVERROR(ENOMEM) ? -ENOMEM : -EIO;
}

/* A cover belongs to the whole file, and is no track. */
static enum AVMediaType type_of(const AVStream *stream)
{
    return stream->disposition & AV_DISPOSITION_ATTACHED_PIC ? AVMEDIA_TYPE_UNKNOWN
                                                             : stream->codecpar->codec_type;
}

static void list_tracks(struct vf_verify_reader *reader)
{
    struct vf_census *found = &reader->found;
    for (; found->count < reader->format->nb_streams && found->count < VF_CENSUS_TRACKS;
         found->count++) {
        const AVStream *stream = reader->format->streams[found->count];
        found->tracks[found->count] = (struct vf_census_track){
            .type = type_of(stream), .codec_id = (int)stream->codecpar->codec_id};
    }
}

int vf_verify_reader_open(struct vf_verify_reader *reader, const char *path, bool has_all_facts)
{
    AVDictionary *options = NULL;
    char *url = vf_output_url(path);
    AVFormatContext *format = reader->format = url ? avformat_alloc_context() : NULL;
    int code = format ? av_dict_set(&options, "ignore_editlist", "1", 0) : AVERROR(ENOMEM);
    if (code >= 0)
        code = av_dict_set(&options, "allowed_extensions", "ALL", 0);
    if (code >= 0) {
        format->interrupt_callback =
            (AVIOInterruptCB){give_up, (void *)(uintptr_t)reader->is_called_off};
        format->error_recognition = AV_EF_CRCCHECK;
        code = avformat_open_input(&reader->format, url, NULL, &options); /* frees it on failure */
    }
    av_dict_free(&options);
    free(url);
    if (code >= 0 && has_all_facts)
        code = avformat_find_stream_info(reader->format, NULL);
    if (code < 0)
        return complain(reader, "it cannot be opened again", code);
    list_tracks(reader);
    return VF_OK;
}

static int open_decoder(struct vf_verify_reader *reader, unsigned number)
{
    const AVStream *stream = reader->format->streams[number];
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
    char what[64];
    if (reader->decoders[number])
        return VF_OK;
    AVCodecContext *context = reader->decoders[number] = avcodec_alloc_context3(codec);
    if (!context || avcodec_parameters_to_context(context, stream->codecpar) < 0)
        return -ENOMEM;
    context->pkt_timebase = stream->time_base;
    context->err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE;
    context->thread_count = 0;
    int code = codec ? avcodec_open2(context, codec, NULL) : AVERROR_DECODER_NOT_FOUND;
    snprintf(what, sizeof(what), "stream %u cannot be decoded", number);
    return code < 0 ? complain(reader, what, code) : VF_OK;
}

static bool is_damaged(const AVFrame *frame)
{
    return frame->flags & AV_FRAME_FLAG_CORRUPT || frame->decode_error_flags;
}

/* Takes all frames that there are. Returns an error of libav's. */
static int drain_decoder(struct vf_verify_reader *reader, unsigned number, AVFrame *frame)
{
    for (;;) {
        int code = avcodec_receive_frame(reader->decoders[number], frame);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return 0;
        if (code >= 0 && is_damaged(frame))
            code = AVERROR_INVALIDDATA;
        if (code < 0)
            return code;
        reader->found.tracks[number].decoded++;
        av_frame_unref(frame);
    }
}

/* Decodes a packet; NULL: what is left. */
static int decode(struct vf_verify_reader *reader, unsigned number, const AVPacket *packet,
                  bool is_copied)
{
    struct vf_census_track *track = &reader->found.tracks[number];
    AVFrame *frame = av_frame_alloc();
    int err = frame ? open_decoder(reader, number) : -ENOMEM;
    if (!err) {
        int code = avcodec_send_packet(reader->decoders[number], packet);
        if (code >= 0)
            code = drain_decoder(reader, number, frame);
        char what[96];
        snprintf(what, sizeof(what), "packet %" PRIu64 " of stream %u cannot be decoded",
                 track->packets, number);
        bool is_beginning = is_copied && !track->decoded;
        if (code < 0 && code != AVERROR_EOF && !is_beginning)
            err = complain(reader, what, code);
    }
    av_frame_free(&frame);
    return err;
}

/* Returns the number of a stream among those of its type. */
static unsigned number_of(const struct vf_census *census, unsigned stream)
{
    unsigned number = 0;
    for (unsigned i = 0; i < stream; i++)
        number += census->tracks[i].type == census->tracks[stream].type;
    return number;
}

static bool is_to_decode(enum AVMediaType type)
{
    return type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO;
}

/* Returns whether a stream was copied, and so is no better than its source. */
static bool is_copied(const struct vf_verify_reader *reader, struct vf_census *written,
                      unsigned stream)
{
    const struct vf_census_track *track = vf_census_find(written, reader->found.tracks[stream].type,
                                                         number_of(&reader->found, stream));
    return track && track->is_copied;
}

static int take(struct vf_verify_reader *reader, struct vf_census *written, const AVPacket *packet,
                bool is_decoding)
{
    unsigned number = (unsigned)packet->stream_index;
    char what[96];
    list_tracks(reader); /* some come with their first packet */
    if (number >= reader->found.count)
        return VF_OK;
    struct vf_census_track *track = &reader->found.tracks[number];
    vf_census_add(track, packet, reader->format->streams[number]->time_base);
    snprintf(what, sizeof(what), "packet %" PRIu64 " of stream %u is damaged", track->packets,
             number);
    if (packet->flags & AV_PKT_FLAG_CORRUPT)
        return complain(reader, what, AVERROR_INVALIDDATA);
    if (!is_decoding || !is_to_decode(track->type))
        return VF_OK;
    return decode(reader, number, packet, is_copied(reader, written, number));
}

static int read_packets(struct vf_verify_reader *reader, struct vf_census *written,
                        AVPacket *packet, bool is_decoding)
{
    for (;;) {
        int code = av_read_frame(reader->format, packet);
        if (code == AVERROR_EOF) {
            const AVIOContext *pb = reader->format->pb;
            code = pb && pb->error < 0 ? pb->error : 0;
            return code < 0 ? complain(reader, "it cannot be read to its end", code) : VF_OK;
        }
        if (code < 0)
            return complain(reader, "it cannot be read to its end", code);
        int err = take(reader, written, packet, is_decoding);
        av_packet_unref(packet);
        if (err)
            return err;
        if (give_up((void *)(uintptr_t)reader->is_called_off))
            return VF_END;
    }
}

int vf_verify_reader_read(struct vf_verify_reader *reader, struct vf_census *written,
                          bool is_decoding)
{
    AVPacket *packet = av_packet_alloc();
    int err = packet ? read_packets(reader, written, packet, is_decoding) : -ENOMEM;
    for (unsigned i = 0; i < reader->found.count && !err; i++) {
        if (reader->decoders[i])
            err = decode(reader, i, NULL, is_copied(reader, written, i));
    }
    av_packet_free(&packet);
    return err;
}

void vf_verify_reader_finish(struct vf_verify_reader *reader)
{
    for (unsigned i = 0; i < VF_CENSUS_TRACKS; i++)
        avcodec_free_context(&reader->decoders[i]);
    avformat_close_input(&reader->format);
}
