/* SPDX-License-Identifier: MIT */
#include "engine/media/write/pieces/piecewise.h"

#include <errno.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavutil/mathematics.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/libav/frame.h"
#include "engine/media/write/choice/settings.h"
#include "engine/media/write/encode/stream_encoder.h"
#include "engine/media/write/pieces/packet_file.h"
#include "engine/node/node.h"

struct vf_piecewise {
    struct vf_piecewise_order order;
    struct vf_checkpoint checkpoint;
    struct vf_message *first;          /* of all frames: each encoder is opened for it */
    struct vf_stream_encoder *encoder; /* of the piece, or of the first one to come */
    struct vf_stream_encoder *model;   /* the first one, until the end: it says what the track is */
    struct vf_packet_writer *file;     /* of the piece; NULL: none has begun */
    struct vf_piece piece;
    struct vf_piecewise_counts past; /* of pieces that are there, and have ended */
    size_t old_count, replayed;      /* pieces of earlier runs, and those that have come out */
    struct vf_packet_reader *reader; /* of the next one of those */
    AVPacket *waiting;               /* read from it, and not come out */
    int64_t last_decode;             /* of the packets that came out; AV_NOPTS_VALUE: none has */
    bool is_behind;                  /* no frame has come yet that is not there */
};

static int open_checkpoint(struct vf_piecewise *piecewise)
{
    const struct vf_run_part *part = &piecewise->order.run->part;
    const struct vf_checkpoint_shard shard = {part->shard, part->first_piece, part->end_piece};
    return vf_checkpoint_open_shard(&piecewise->checkpoint, piecewise->order.settings->path,
                                    part->shard ? &shard : NULL, VF_CHECKPOINT_ADD);
}

/* Counts what the notes say that is there. */
static void count_old(struct vf_piecewise *piecewise)
{
    const struct vf_checkpoint *checkpoint = &piecewise->checkpoint;
    piecewise->old_count = piecewise->order.run->part.is_alone ? 0 : checkpoint->count;
    for (size_t i = 0; i < checkpoint->count; i++) {
        piecewise->past.taken += checkpoint->pieces[i].frames;
        piecewise->past.sent += checkpoint->pieces[i].frames;
        piecewise->past.made += checkpoint->pieces[i].packets;
    }
}

int vf_piecewise_create(struct vf_piecewise **piecewise, const struct vf_piecewise_order *order)
{
    struct vf_piecewise *made = *piecewise = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->order = *order;
    made->last_decode = AV_NOPTS_VALUE;
    made->is_behind = order->run->part.from_us != 0;
    made->waiting = av_packet_alloc();
    int err = made->waiting ? open_checkpoint(made) : -ENOMEM;
    json_t *header =
        err || made->checkpoint.header ? NULL : json_pack("{s:i}", "vflow-checkpoint", 1);
    if (!err && header)
        err = vf_checkpoint_begin(&made->checkpoint, header);
    json_decref(header);
    if (!err && !order->run->part.from_us && !order->run->part.shard)
        err = vf_checkpoint_cut(&made->checkpoint, 0);
    if (err)
        vf_piecewise_destroy(piecewise);
    else
        count_old(made);
    return err;
}

/* Some encoders fail, or hang, when they are closed with nothing encoded. */
static void close_model(struct vf_piecewise *piecewise)
{
    int64_t none;
    const AVPacket *packet;
    struct vf_stream_encoder *model = piecewise->model;
    bool is_unused = model && !vf_stream_encoder_sent_count(model);
    if (is_unused && vf_stream_encoder_send(model, piecewise->first, false, &none) == VF_OK &&
        vf_stream_encoder_send(model, NULL, false, &none) == VF_OK)
        while (vf_stream_encoder_receive(model, &packet) == VF_OK)
            ;
    vf_stream_encoder_destroy(&piecewise->model);
}

void vf_piecewise_destroy(struct vf_piecewise **piecewise)
{
    struct vf_piecewise *old = *piecewise;
    if (!old)
        return;
    vf_packet_writer_destroy(&old->file);
    vf_packet_reader_close(&old->reader);
    av_packet_free(&old->waiting);
    if (old->encoder != old->model)
        vf_stream_encoder_destroy(&old->encoder);
    close_model(old);
    vf_message_destroy(&old->first);
    vf_checkpoint_finish(&old->checkpoint);
    free(old);
    *piecewise = NULL;
}

int vf_piecewise_note_part(struct vf_piecewise *piecewise, const char *path)
{
    return path ? vf_checkpoint_note_part(&piecewise->checkpoint, path) : VF_OK;
}

static int open_encoder(struct vf_piecewise *piecewise, struct vf_stream_encoder **encoder)
{
    const struct vf_piecewise_order *order = &piecewise->order;
    const struct vf_stream_encoder_order wanted = {
        order->run, order->choice, order->settings, {0, 1}};
    return vf_stream_encoder_create(encoder, &wanted, piecewise->first);
}

int vf_piecewise_begin(struct vf_piecewise *piecewise, const struct vf_message *first)
{
    int err = vf_message_clone(&piecewise->first, first);
    if (!err)
        err = open_encoder(piecewise, &piecewise->model);
    piecewise->encoder = piecewise->model;
    return err;
}

const AVCodecContext *vf_piecewise_context(const struct vf_piecewise *piecewise)
{
    return vf_stream_encoder_context(piecewise->model);
}

AVRational vf_piecewise_time_base(const struct vf_piecewise *piecewise)
{
    return vf_stream_encoder_time_base(piecewise->model);
}

static int hand_on(struct vf_piecewise *piecewise, AVPacket *packet)
{
    vf_stream_encoder_follow(&piecewise->last_decode, packet);
    return piecewise->order.take(piecewise->order.context, packet);
}

/* Reads the next packet of earlier runs, unless one waits. Returns VF_END when there are no more. */
static int read_old(struct vf_piecewise *piecewise)
{
    const AVPacket *packet = NULL;
    while (!piecewise->waiting->data) {
        if (piecewise->replayed == piecewise->old_count)
            return VF_END;
        int err = VF_OK;
        if (!piecewise->reader) {
            const struct vf_piece *piece = &piecewise->checkpoint.pieces[piecewise->replayed];
            char *path = vf_checkpoint_piece_path(piecewise->order.settings->path, piece->number);
            err = path ? vf_packet_reader_open(&piecewise->reader, path,
                                               vf_piecewise_context(piecewise),
                                               vf_piecewise_time_base(piecewise))
                       : -ENOMEM;
            free(path);
        }
        if (!err)
            err = vf_packet_reader_next(piecewise->reader, &packet);
        if (err < 0)
            return err;
        if (err == VF_END) {
            vf_packet_reader_close(&piecewise->reader);
            piecewise->replayed++;
        } else if (av_packet_ref(piecewise->waiting, packet) < 0) {
            return -ENOMEM;
        }
    }
    return VF_OK;
}

/* Hands on the packets of earlier runs that are decoded before `limit_us`. */
static int replay(struct vf_piecewise *piecewise, int64_t limit_us)
{
    AVPacket *waiting = piecewise->waiting;
    int err;
    while ((err = read_old(piecewise)) == VF_OK) {
        int64_t time = waiting->dts != AV_NOPTS_VALUE ? waiting->dts : waiting->pts;
        if (limit_us != INT64_MAX &&
            av_compare_ts(time, waiting->time_base, limit_us, AV_TIME_BASE_Q) >= 0)
            return VF_OK;
        err = hand_on(piecewise, waiting);
        av_packet_unref(waiting);
        if (err)
            return err;
    }
    return err == VF_END ? VF_OK : err;
}

int vf_piecewise_follow(struct vf_piecewise *piecewise, int64_t time_us)
{
    bool is_ready = piecewise->model && piecewise->is_behind && time_us != INT64_MIN;
    return is_ready ? replay(piecewise, time_us) : VF_OK;
}

/* Writes what the encoder has finished. */
static int drain(struct vf_piecewise *piecewise)
{
    for (;;) {
        const AVPacket *packet = NULL;
        int err = vf_stream_encoder_receive(piecewise->encoder, &packet);
        if (err)
            return err == -EAGAIN || err == VF_END ? VF_OK : err;
        AVPacket *own = av_packet_clone(packet);
        err = own ? vf_packet_writer_add(piecewise->file, packet) : -ENOMEM;
        if (!err)
            err = hand_on(piecewise, own);
        av_packet_free(&own);
        if (err)
            return err;
    }
}

/* Ends the piece, if one has begun, and notes it where it `is_whole`. */
static int end_piece(struct vf_piecewise *piecewise, bool is_whole, bool is_last)
{
    int64_t none;
    struct vf_piece *piece = &piecewise->piece;
    if (!piecewise->file)
        return VF_OK;
    int err = vf_stream_encoder_send(piecewise->encoder, NULL, false, &none);
    if (!err)
        err = drain(piecewise);
    piecewise->past.sent += vf_stream_encoder_sent_count(piecewise->encoder);
    piecewise->past.made += vf_stream_encoder_made_count(piecewise->encoder);
    piecewise->past.moved += vf_stream_encoder_moved_count(piecewise->encoder);
    if (!err && is_whole)
        err = vf_packet_writer_finish(piecewise->file, piece);
    vf_packet_writer_destroy(&piecewise->file);
    piece->is_last = is_last;
    if (!err && is_whole)
        err = vf_checkpoint_add(&piecewise->checkpoint, piece);
    if (piecewise->encoder != piecewise->model)
        vf_stream_encoder_destroy(&piecewise->encoder);
    piecewise->encoder = NULL;
    return err;
}

static int begin_piece(struct vf_piecewise *piecewise, uint64_t number)
{
    int err = piecewise->encoder ? VF_OK : open_encoder(piecewise, &piecewise->encoder);
    char *path = vf_checkpoint_piece_path(piecewise->order.settings->path, number);
    piecewise->piece = (struct vf_piece){.number = number};
    if (!err && !path)
        err = -ENOMEM;
    if (!err)
        err = vf_packet_writer_create(&piecewise->file, path,
                                      vf_stream_encoder_context(piecewise->encoder),
                                      vf_stream_encoder_time_base(piecewise->encoder));
    free(path);
    return err;
}

/* Returns the number of the piece that a frame belongs to. One that is shown before what has come
 * belongs to the last. */
static uint64_t number_of(const struct vf_piecewise *piecewise, int64_t start_us)
{
    int64_t length_us = piecewise->order.settings->checkpoint_ns / VF_NS_PER_US;
    uint64_t number = start_us > 0 ? (uint64_t)(start_us / length_us) : 0;
    bool is_back = piecewise->file && number < piecewise->piece.number;
    return is_back ? piecewise->piece.number : number;
}

int vf_piecewise_take(struct vf_piecewise *piecewise, const struct vf_message *frame)
{
    int64_t start_us = vf_media_start_us(frame), timestamp;
    const struct vf_run_part *part = &piecewise->order.run->part;
    if (piecewise->is_behind && start_us < part->from_us)
        return VF_OK;
    int err = piecewise->is_behind ? replay(piecewise, INT64_MAX) : VF_OK;
    piecewise->is_behind = false;
    uint64_t number = number_of(piecewise, start_us);
    if (!err && piecewise->file && number != piecewise->piece.number)
        err = end_piece(piecewise, true, false);
    if (!err && !piecewise->file)
        err = begin_piece(piecewise, number);
    if (err)
        return err;
    piecewise->past.taken++;
    piecewise->piece.frames++;
    err = vf_stream_encoder_send(piecewise->encoder, frame, false, &timestamp);
    return err ? err : drain(piecewise);
}

int vf_piecewise_end(struct vf_piecewise *piecewise, bool is_complete)
{
    const struct vf_run_part *part = &piecewise->order.run->part;
    int err = VF_OK;
    if (piecewise->model && piecewise->is_behind)
        err = replay(piecewise, INT64_MAX);
    piecewise->is_behind = false;
    bool is_nothing = part->is_alone && !piecewise->file && !piecewise->checkpoint.count;
    if (!err && is_complete && is_nothing && piecewise->model)
        err = begin_piece(piecewise, part->first_piece); /* an empty one says that there is none */
    return err ? err : end_piece(piecewise, is_complete, true);
}

struct vf_piecewise_counts vf_piecewise_counts(const struct vf_piecewise *piecewise)
{
    struct vf_piecewise_counts counts = piecewise->past;
    if (piecewise->file && piecewise->encoder) {
        counts.sent += vf_stream_encoder_sent_count(piecewise->encoder);
        counts.made += vf_stream_encoder_made_count(piecewise->encoder);
        counts.moved += vf_stream_encoder_moved_count(piecewise->encoder);
    }
    return counts;
}
