/* SPDX-License-Identifier: MIT */
#include "engine/media/intra/decoder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/codec/nal_units.h"
#include "engine/media/intra/form.h"
#include "engine/media/libav/error.h"

#define MOST_PADDING 128      /* pixels that libav adds to a side, at most */
#define FIRST_OF_PICTURE 0x80 /* in the byte after a slice's header: it begins at the first block */

struct vf_intra_decoder {
    const struct vf_intra_form *form;
    int width, height;
    AVCodecContext *context;
    AVPacket *packet;
    AVFrame *frame;
};

/* Whether pictures of both have the same planes: libav names them apart by their range. */
static bool are_alike(enum AVPixelFormat offered, enum AVPixelFormat wanted)
{
    return offered == wanted || (wanted == AV_PIX_FMT_YUV420P && offered == AV_PIX_FMT_YUVJ420P) ||
           (wanted == AV_PIX_FMT_YUV422P && offered == AV_PIX_FMT_YUVJ422P) ||
           (wanted == AV_PIX_FMT_YUV444P && offered == AV_PIX_FMT_YUVJ444P);
}

/* Refuses what is of another size or coded otherwise, while there is no memory for it yet. What is gray
 * comes with chroma that says nothing, where libav makes no picture without. */
static enum AVPixelFormat choose_format(AVCodecContext *context, const enum AVPixelFormat *offered)
{
    const struct vf_intra_decoder *decoder = context->opaque;
    const struct vf_intra_form *form = decoder->form;
    if (context->width != decoder->width || context->height != decoder->height)
        return AV_PIX_FMT_NONE;
    for (; *offered != AV_PIX_FMT_NONE; offered++) {
        if (are_alike(*offered, form->decoded) ||
            (form->decoded == AV_PIX_FMT_GRAY8 && are_alike(*offered, AV_PIX_FMT_YUV420P)))
            return *offered;
    }
    return AV_PIX_FMT_NONE;
}

static int open_context(struct vf_intra_decoder *decoder)
{
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_H264);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    decoder->context = context;
    if (!context)
        return codec ? -ENOMEM : -ENOSYS;
    context->max_pixels =
        ((int64_t)decoder->width + MOST_PADDING) * ((int64_t)decoder->height + MOST_PADDING);
    context->opaque = decoder;
    context->get_format = choose_format;
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context->err_recognition = AV_EF_EXPLODE;
    return vf_media_error(avcodec_open2(context, codec, NULL));
}

static int create(struct vf_intra_decoder **decoder, const struct vf_intra_form *form,
                  const struct vf_video *video)
{
    vf_media_log_redirect();
    struct vf_intra_decoder *made = calloc(1, sizeof(*made));
    *decoder = made;
    if (!made)
        return -ENOMEM;
    *made = (struct vf_intra_decoder){.form = form,
                                      .width = video->width,
                                      .height = video->height,
                                      .packet = av_packet_alloc(),
                                      .frame = av_frame_alloc()};
    int err = made->packet && made->frame ? open_context(made) : -ENOMEM;
    if (err)
        vf_intra_decoder_destroy(decoder);
    return err;
}

/* Has *decoder be one for such pictures. */
static int provide(struct vf_intra_decoder **decoder, const struct vf_intra_form *form,
                   const struct vf_video *video)
{
    const struct vf_intra_decoder *present = *decoder;
    if (present && present->form == form && present->width == video->width &&
        present->height == video->height)
        return VF_OK;
    vf_intra_decoder_destroy(decoder);
    return create(decoder, form, video);
}

/* Whether that is one picture with what it needs, and nothing besides: what came before does not matter,
 * and no more has to be decoded. */
static bool is_one_picture(const struct vf_intra_units *units)
{
    const struct vf_nal_form form = {0};
    unsigned counts[VF_NAL_MESSAGE + 1] = {0}, firsts = 0;
    struct vf_nal unit;
    size_t place = 0;
    while (vf_nal_next(&form, units->bytes, units->size, &place, &unit)) {
        enum vf_nal_kind kind = vf_nal_kind(&form, &unit);
        if (kind != VF_NAL_STREAM_SET && kind != VF_NAL_PICTURE_SET && kind != VF_NAL_IDR)
            return false;
        counts[kind]++;
        firsts += kind == VF_NAL_IDR && unit.size > 1 && (unit.bytes[1] & FIRST_OF_PICTURE);
    }
    return counts[VF_NAL_STREAM_SET] == 1 && counts[VF_NAL_PICTURE_SET] == 1 && firsts == 1;
}

static int fill_packet(struct vf_intra_decoder *decoder, const struct vf_intra_units *units)
{
    av_packet_unref(decoder->packet);
    if (units->size > INT32_MAX - AV_INPUT_BUFFER_PADDING_SIZE)
        return -EBADMSG;
    if (av_new_packet(decoder->packet, (int)units->size) < 0)
        return -ENOMEM;
    memcpy(decoder->packet->data, units->bytes, units->size);
    return VF_OK;
}

/* Gets the picture that is in the packet. The decoder is told that nothing follows, so that it keeps
 * nothing back. */
static bool decode_packet(struct vf_intra_decoder *decoder)
{
    AVFrame *frame = decoder->frame;
    bool is_decoded = avcodec_send_packet(decoder->context, decoder->packet) >= 0 &&
                      avcodec_send_packet(decoder->context, NULL) >= 0 &&
                      avcodec_receive_frame(decoder->context, frame) >= 0;
    avcodec_flush_buffers(decoder->context);
    return is_decoded && frame->width == decoder->width && frame->height == decoder->height &&
           !frame->decode_error_flags && !(frame->flags & AV_FRAME_FLAG_CORRUPT);
}

static void put_two(uint8_t *to, const uint8_t *const *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        to[2 * i] = from[0][i];
        to[2 * i + 1] = from[1][i];
    }
}

static void put_three(uint8_t *to, const uint8_t *const *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        to[3 * i] = from[0][i];
        to[3 * i + 1] = from[1][i];
        to[3 * i + 2] = from[2][i];
    }
}

/* Writes the rows of one plane of the message. */
static void put_plane(const struct vf_intra_decoder *decoder, unsigned number,
                      const struct vf_plane *plane, uint8_t *bytes)
{
    const AVFrame *frame = decoder->frame;
    unsigned count = decoder->form->planes[number].count;
    const unsigned *planes = decoder->form->planes[number].from;
    for (uint32_t row = 0; row < plane->rows; row++) {
        uint8_t *to = bytes + plane->offset + (size_t)row * plane->stride;
        const uint8_t *from[3];
        for (unsigned i = 0; i < VF_COUNT(from); i++)
            from[i] = frame->data[planes[i]] + (ptrdiff_t)row * frame->linesize[planes[i]];
        if (count == 3)
            put_three(to, from, plane->row_bytes / 3);
        else if (count == 2)
            put_two(to, from, plane->row_bytes / 2);
        else
            memcpy(to, from[0], plane->row_bytes);
    }
}

int vf_intra_decode(struct vf_intra_decoder **decoder, const struct vf_description *description,
                    const struct vf_intra_units *units, uint8_t *bytes)
{
    const struct vf_video *video = &description->video;
    const struct vf_intra_form *form = vf_intra_form_of(description);
    if (!form || !is_one_picture(units))
        return -EBADMSG;
    int err = provide(decoder, form, video);
    if (!err)
        err = fill_packet(*decoder, units);
    if (err)
        return err;
    if (!decode_packet(*decoder)) {
        vf_intra_decoder_destroy(decoder);
        return -EBADMSG;
    }
    for (unsigned i = 0; i < video->plane_count; i++)
        put_plane(*decoder, i, &video->planes[i], bytes);
    av_frame_unref((*decoder)->frame);
    return VF_OK;
}

void vf_intra_decoder_destroy(struct vf_intra_decoder **decoder)
{
    struct vf_intra_decoder *gone = *decoder;
    *decoder = NULL;
    if (!gone)
        return;
    avcodec_free_context(&gone->context);
    av_packet_free(&gone->packet);
    av_frame_free(&gone->frame);
    free(gone);
}
