/* SPDX-License-Identifier: MIT */
#include "engine/media/pipe/container_writer.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/libav/compat.h"
#include "engine/media/libav/error.h"
#include "engine/message/message.h"

#define BUFFER_SIZE 65536

struct vf_container_writer {
    const AVOutputFormat *kind;
    AVFormatContext *muxer; /* NULL: not begun */
    AVIOContext *io;
    AVPacket *packet;
    struct vf_text bytes; /* that are lent */
    AVRational time_base; /* of the frames */
    bool is_begun;
};

bool vf_container_writer_is(const char *name)
{
    const AVOutputFormat *kind = av_guess_format(name, NULL, NULL);
    return kind && !(kind->flags & AVFMT_NOFILE) &&
           avformat_query_codec(kind, AV_CODEC_ID_RAWVIDEO, FF_COMPLIANCE_NORMAL) == 1;
}

static int fail(const struct vf_container_writer *writer, int code)
{
    vf_log(VF_LOG_ERROR, "cannot write frames as %s: %s", writer->kind->name,
           vf_media_error_text(code).text);
    return vf_media_error(code);
}

static int write_bytes(void *opaque, vf_compat_written *bytes, int size)
{
    struct vf_container_writer *writer = opaque;
    vf_text_append(&writer->bytes, (const char *)bytes, (size_t)size);
    return writer->bytes.failed ? AVERROR(ENOMEM) : size;
}

int vf_container_writer_create(struct vf_container_writer **writer, const char *name)
{
    struct vf_container_writer *made = calloc(1, sizeof(*made));
    *writer = made;
    if (!made)
        return -ENOMEM;
    vf_media_log_redirect();
    made->kind = av_guess_format(name, NULL, NULL);
    made->packet = av_packet_alloc();
    uint8_t *buffer = av_malloc(BUFFER_SIZE);
    if (buffer)
        made->io = avio_alloc_context(buffer, BUFFER_SIZE, 1, made, NULL, write_bytes, NULL);
    if (!made->io)
        av_free(buffer);
    if (made->kind && made->io && made->packet)
        return VF_OK;
    vf_container_writer_destroy(writer);
    return -ENOMEM;
}

void vf_container_writer_destroy(struct vf_container_writer **writer)
{
    struct vf_container_writer *gone = *writer;
    if (!gone)
        return;
    avformat_free_context(gone->muxer);
    if (gone->io)
        av_freep(&gone->io->buffer);
    avio_context_free(&gone->io);
    av_packet_free(&gone->packet);
    vf_text_finish(&gone->bytes);
    free(gone);
    *writer = NULL;
}

static void describe(AVStream *stream, const AVFrame *frame, const struct vf_description *described)
{
    AVCodecParameters *codec = stream->codecpar;
    const struct vf_rational rate = described->video.frame_rate;
    codec->codec_type = AVMEDIA_TYPE_VIDEO;
    codec->codec_id = AV_CODEC_ID_RAWVIDEO;
    codec->codec_tag = avcodec_pix_fmt_to_codec_tag(frame->format);
    codec->format = frame->format;
    codec->width = frame->width;
    codec->height = frame->height;
    codec->sample_aspect_ratio = stream->sample_aspect_ratio = frame->sample_aspect_ratio;
    codec->color_range = frame->color_range;
    codec->color_primaries = frame->color_primaries;
    codec->color_trc = frame->color_trc;
    codec->color_space = frame->colorspace;
    codec->chroma_location = frame->chroma_location;
    if (rate.num > 0 && rate.den > 0)
        stream->avg_frame_rate = stream->r_frame_rate = (AVRational){rate.num, rate.den};
}

static int begin(struct vf_container_writer *writer, const AVFrame *frame,
                 const struct vf_description *described)
{
    int code = avformat_alloc_output_context2(&writer->muxer, writer->kind, NULL, NULL);
    AVStream *stream = code < 0 ? NULL : avformat_new_stream(writer->muxer, NULL);
    if (!stream)
        return AVERROR(ENOMEM);
    writer->time_base = (AVRational){described->time_base.num, described->time_base.den};
    if (writer->time_base.num <= 0 || writer->time_base.den <= 0)
        writer->time_base = AV_TIME_BASE_Q;
    stream->time_base = writer->time_base;
    describe(stream, frame, described);
    writer->muxer->pb = writer->io;
    writer->muxer->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    code = avformat_write_header(writer->muxer, NULL);
    writer->is_begun = code >= 0;
    return code;
}

static int write_frame(struct vf_container_writer *writer, const AVFrame *frame)
{
    AVPacket *packet = writer->packet;
    int size = av_image_get_buffer_size(frame->format, frame->width, frame->height, 1);
    int code = size < 0 ? size : av_new_packet(packet, size);
    if (code < 0)
        return code;
    code = av_image_copy_to_buffer(packet->data, size, (const uint8_t *const *)frame->data,
                                   frame->linesize, frame->format, frame->width, frame->height, 1);
    packet->pts = packet->dts = frame->pts;
    packet->duration = vf_compat_frame_duration(frame);
    packet->flags |= AV_PKT_FLAG_KEY;
    av_packet_rescale_ts(packet, writer->time_base, writer->muxer->streams[0]->time_base);
    if (code >= 0)
        code = av_write_frame(writer->muxer, packet);
    av_packet_unref(packet);
    avio_flush(writer->io);
    return code;
}

static void lend(const struct vf_container_writer *writer, const uint8_t **bytes, size_t *size)
{
    *bytes = (const uint8_t *)writer->bytes.bytes;
    *size = writer->bytes.length;
}

int vf_container_writer_put(struct vf_container_writer *writer, const AVFrame *frame,
                            const struct vf_description *described, const uint8_t **bytes,
                            size_t *size)
{
    writer->bytes.length = 0;
    int code = writer->is_begun ? 0 : begin(writer, frame, described);
    if (code >= 0)
        code = write_frame(writer, frame);
    lend(writer, bytes, size);
    return code < 0 ? fail(writer, code) : VF_OK;
}

int vf_container_writer_end(struct vf_container_writer *writer, const uint8_t **bytes, size_t *size)
{
    writer->bytes.length = 0;
    int code = writer->is_begun ? av_write_trailer(writer->muxer) : 0;
    avio_flush(writer->io);
    lend(writer, bytes, size);
    return code < 0 ? fail(writer, code) : VF_OK;
}
