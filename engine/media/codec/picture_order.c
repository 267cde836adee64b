/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/picture_order.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

/* More than any codec keeps back, and those that are decoded meanwhile. */
#define MAX_PICTURES 64

/* Between two pictures that others refer to; more are never in between. */
#define REFERENCE_STEP 4096

struct picture {
    AVPacket *packet;
    int64_t epoch, number; /* pictures are shown in the order of these */
    bool is_shown;         /* its time is known */
};

struct vf_picture_order {
    AVCodecParserContext *parser;
    AVCodecContext *context;
    unsigned delay; /* pictures that the decoder keeps back */
    struct picture pictures[MAX_PICTURES];
    unsigned count, waiting; /* of those, the ones that have not been shown */
    int64_t epoch, highest;  /* number of the present epoch */
    int64_t references, between;
    int64_t last_dts, step; /* between the last two decoding times */
};

static bool has_numbers(enum AVCodecID codec)
{
    return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC;
}

static bool has_types(enum AVCodecID codec)
{
    return codec == AV_CODEC_ID_MPEG1VIDEO || codec == AV_CODEC_ID_MPEG2VIDEO ||
           codec == AV_CODEC_ID_MPEG4;
}

bool vf_picture_order_suits(const AVCodecParameters *parameters)
{
    return parameters->video_delay > 0 &&
           (has_numbers(parameters->codec_id) || has_types(parameters->codec_id));
}

int vf_picture_order_create(struct vf_picture_order **order, const AVCodecParameters *parameters)
{
    struct vf_picture_order *made = *order = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->delay = (unsigned)parameters->video_delay;
    made->last_dts = AV_NOPTS_VALUE;
    made->parser = av_parser_init((int)parameters->codec_id);
    made->context = avcodec_alloc_context3(NULL);
    if (!made->parser || !made->context ||
        avcodec_parameters_to_context(made->context, parameters) < 0) {
        vf_picture_order_destroy(order);
        return -ENOMEM;
    }
    made->parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    return VF_OK;
}

void vf_picture_order_destroy(struct vf_picture_order **order)
{
    if (!*order)
        return;
    struct vf_picture_order *old = *order;
    for (unsigned i = 0; i < old->count; i++)
        av_packet_free(&old->pictures[i].packet);
    av_parser_close(old->parser);
    avcodec_free_context(&old->context);
    free(old);
    *order = NULL;
}

/* Numbers begin again with some key frames. */
static void number_by_codec(struct vf_picture_order *order, struct picture *picture)
{
    int64_t number = order->parser->output_picture_number;
    bool is_begin = picture->packet->flags & AV_PKT_FLAG_KEY && number <= order->highest;
    order->epoch += is_begin;
    if (is_begin || number > order->highest)
        order->highest = number;
    picture->epoch = order->epoch;
    picture->number = number;
}

/* Pictures that none refers to are shown before the last one that was decoded before them. */
static void number_by_type(struct vf_picture_order *order, struct picture *picture)
{
    if (order->parser->pict_type == AV_PICTURE_TYPE_B) {
        picture->number = (order->references - 2) * REFERENCE_STEP + ++order->between;
        return;
    }
    order->between = 0;
    picture->number = order->references++ * REFERENCE_STEP;
}

static void parse(struct vf_picture_order *order, struct picture *picture)
{
    const AVPacket *packet = picture->packet;
    uint8_t *frame;
    int size;
    av_parser_parse2(order->parser, order->context, &frame, &size, packet->data, packet->size,
                     packet->pts, packet->dts, packet->pos);
    if (has_numbers(order->context->codec_id))
        number_by_codec(order, picture);
    else
        number_by_type(order, picture);
}

static bool is_before(const struct picture *picture, const struct picture *other)
{
    return picture->epoch != other->epoch ? picture->epoch < other->epoch
                                          : picture->number < other->number;
}

/* Shows the first of those that wait. */
static void show(struct vf_picture_order *order, int64_t time)
{
    struct picture *first = NULL;
    for (unsigned i = 0; i < order->count; i++) {
        struct picture *picture = &order->pictures[i];
        if (!picture->is_shown && (!first || is_before(picture, first)))
            first = picture;
    }
    if (!first)
        return;
    first->is_shown = true;
    order->waiting--;
    if (first->packet->pts == AV_NOPTS_VALUE)
        first->packet->pts = time;
}

void vf_picture_order_push(struct vf_picture_order *order, AVPacket **packet)
{
    struct picture *picture = &order->pictures[order->count++];
    int64_t dts = (*packet)->dts;
    *picture = (struct picture){.packet = *packet};
    *packet = NULL;
    parse(order, picture);
    if (order->last_dts != AV_NOPTS_VALUE && dts != AV_NOPTS_VALUE)
        order->step = dts - order->last_dts;
    order->last_dts = dts;
    if (++order->waiting > order->delay)
        show(order, dts);
}

void vf_picture_order_end(struct vf_picture_order *order)
{
    int64_t time = order->last_dts;
    while (order->waiting)
        show(order, time == AV_NOPTS_VALUE ? time : (time += order->step));
}

AVPacket *vf_picture_order_take(struct vf_picture_order *order)
{
    if (!order->count || !(order->pictures[0].is_shown || order->count == MAX_PICTURES))
        return NULL;
    AVPacket *packet = order->pictures[0].packet;
    order->waiting -= !order->pictures[0].is_shown;
    order->count--;
    memmove(order->pictures, order->pictures + 1, order->count * sizeof(order->pictures[0]));
    return packet;
}
