/* SPDX-License-Identifier: MIT */
#include "engine/media/write/clips/edge.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/facts/records.h"
#include "engine/media/libav/compat.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/clips/parameter_sets.h"
#include "engine/media/write/clips/waiting.h"
#include "engine/media/write/encode/encoder.h"
#include "engine/node/node.h"

/* A picture that is in the encoder. */
struct sent {
    struct vf_description source; /* of its packet */
    int64_t decode_timestamp;
};

struct vf_edge {
    struct vf_node_run run; /* with which all is made in private memory */
    struct vf_edge_taker taker;
    AVCodecParameters *source; /* NULL: it is not prepared; */
    AVCodecParameters *both;   /* the same with the header of both */
    AVRational time_base;
    struct vf_nal_form form;
    struct vf_set_numbers numbers;
    struct vf_bytes sets;  /* of the encoder, as it has made them */
    bool is_needless;      /* every picture is a key frame */
    char pixel_format[24]; /* as in struct vf_video */
    struct vf_map_entry options[2];
    struct vf_output_settings settings;
    struct vf_output_choice choice;
    struct vf_encoder *encoder; /* from the first picture on until the end */
    struct sent *sent;
    size_t sent_count, sent_room;
    AVPacket *last;            /* the one that was made last, which is kept back, */
    struct sent last_sent;     /* of that picture */
    struct vf_records records; /* what the source says of itself */
    uint64_t count;
};

bool vf_edge_suits(const AVOutputFormat *container)
{
    return vf_container_traits(container)->is_mp4 ||
           av_match_name(container->name, "matroska,mpegts");
}

int vf_edge_create(struct vf_edge **edge, const struct vf_node_run *run,
                   const struct vf_edge_taker *taker)
{
    struct vf_edge *made = *edge = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->run = *run;
    made->run.is_private = true;
    made->taker = *taker;
    return VF_OK;
}

static void close_encoder(struct vf_edge *edge)
{
    vf_encoder_destroy(&edge->encoder);
    av_packet_free(&edge->last);
    edge->sent_count = 0;
}

static void forget_stream(struct vf_edge *edge)
{
    close_encoder(edge);
    avcodec_parameters_free(&edge->source);
    avcodec_parameters_free(&edge->both);
    av_free((void *)(uintptr_t)edge->sets.bytes);
    edge->sets = (struct vf_bytes){NULL, 0};
    vf_output_choice_finish(&edge->choice);
    edge->choice = (struct vf_output_choice){0};
}

void vf_edge_destroy(struct vf_edge **edge)
{
    if (!*edge)
        return;
    forget_stream(*edge);
    vf_records_finish(&(*edge)->records);
    free((*edge)->sent);
    free(*edge);
    *edge = NULL;
}

uint64_t vf_edge_count(const struct vf_edge *edge)
{
    return edge->count;
}

static int refuse(const char *why)
{
    vf_log(VF_LOG_ERROR,
           "cut: pictures of this source cannot be cut exactly: %s; leave cut: exact "
           "out, or encode all: frames instead of packets, without codec: copy",
           why);
    return -EINVAL;
}

/* What H.264 calls a profile, by the encoder's names. */
static const char *profile_name(int profile)
{
    switch (profile) {
    case FF_PROFILE_H264_BASELINE:
    case FF_PROFILE_H264_CONSTRAINED_BASELINE:
        return "baseline";
    case FF_PROFILE_H264_MAIN:
        return "main";
    default:
        return NULL; /* it follows from the pixel format */
    }
}

/* Chooses the encoder, for pictures that nobody tells from those beside them. */
static int choose(struct vf_edge *edge, const AVFrame *picture)
{
    static char path[] = "edge.mp4", container[] = "mp4", silent[] = "none";
    static char preset[] = "veryfast", h264[] = "libx264", hevc[] = "libx265";
    char problem[256];
    const char *format = av_get_pix_fmt_name(picture->format);
    const char *profile = edge->form.is_hevc ? NULL : profile_name(edge->source->profile);
    snprintf(edge->pixel_format, sizeof(edge->pixel_format), "%s", format ? format : "");
    edge->options[0] = (struct vf_map_entry){(char *)"bf", (char *)"0"};
    edge->options[1] = (struct vf_map_entry){(char *)"profile", (char *)(uintptr_t)profile};
    edge->settings = (struct vf_output_settings){.path = path,
                                                 .format = container,
                                                 .codec = edge->form.is_hevc ? hevc : h264,
                                                 .preset = preset,
                                                 .crf = 18,
                                                 .pixel_format = edge->pixel_format,
                                                 .audio = silent,
                                                 .options = {edge->options, profile ? 2 : 1}};
    int err = vf_output_choose(&edge->choice, &edge->settings, problem, sizeof(problem));
    return err ? refuse(problem) : VF_OK;
}

/* Decodes one range. */
struct decoding {
    struct vf_edge *edge;
    const struct vf_edge_range *range;
    AVCodecContext *context;
    AVFrame *frame;
    int (*take)(struct decoding *decoding);
    size_t taken;
};

static int open_decoder(struct decoding *decoding)
{
    const struct vf_edge *edge = decoding->edge;
    const AVCodec *codec = avcodec_find_decoder(edge->source->codec_id);
    AVCodecContext *context = decoding->context = avcodec_alloc_context3(codec);
    decoding->frame = av_frame_alloc();
    if (!codec)
        return refuse("there is no decoder for it");
    if (!context || !decoding->frame || avcodec_parameters_to_context(context, edge->source) < 0)
        return -ENOMEM;
    context->pkt_timebase = edge->time_base;
    context->thread_count = (int)edge->run.threads;
    /* After a key frame that is no IDR picture, the last pictures do not come without it. */
    context->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
    int code = avcodec_open2(context, codec, NULL);
    if (code < 0)
        vf_log(VF_LOG_ERROR, "cut: cannot open the decoder %s: %s", codec->name,
               vf_media_error_text(code).text);
    return vf_media_error(code);
}

static int take_frames(struct decoding *decoding)
{
    int err = VF_OK, code = 0;
    while (!err && code != AVERROR(EAGAIN) && code != AVERROR_EOF) {
        code = avcodec_receive_frame(decoding->context, decoding->frame);
        if (code >= 0)
            err = decoding->take(decoding);
        av_frame_unref(decoding->frame);
    }
    return err;
}

/* What is damaged is left out by the decoder: what is missing is told at the end. */
static int decode_packet(struct decoding *decoding, const struct vf_message *message)
{
    AVPacket *packet;
    int err = vf_media_packet_from_message(&packet, message);
    if (err)
        return err;
    int code = avcodec_send_packet(decoding->context, packet);
    av_packet_free(&packet);
    return code == AVERROR(ENOMEM) ? -ENOMEM : take_frames(decoding);
}

/* Returns up to which packet a range has to be decoded. */
static size_t count_needed(const struct vf_edge_range *range)
{
    size_t needed = 0;
    for (size_t i = 0; i < range->count; i++) {
        int64_t time_ns = vf_waiting_at(range->packets, i)->time_ns;
        if (time_ns >= range->from_ns && time_ns <= range->until_ns)
            needed = i + 1;
    }
    return needed;
}

static bool is_before_key(const struct vf_edge_range *range, size_t number)
{
    return number < range->own && vf_waiting_at(range->packets, number)->time_ns <
                                      vf_waiting_at(range->packets, 0)->time_ns;
}

static int decode(struct decoding *decoding)
{
    const struct vf_edge_range *range = decoding->range;
    size_t needed = count_needed(range);
    int err = open_decoder(decoding);
    for (size_t i = 0; i < needed && !err; i++) {
        if (!is_before_key(range, i))
            err = decode_packet(decoding, vf_waiting_at(range->packets, i)->message);
    }
    if (!err && avcodec_send_packet(decoding->context, NULL) >= 0)
        err = take_frames(decoding);
    avcodec_free_context(&decoding->context);
    av_frame_free(&decoding->frame);
    return err;
}

static int make_frame(struct vf_edge *edge, const AVFrame *picture, struct vf_message **message)
{
    const struct vf_rational unknown = {0, 1};
    int err = vf_media_frame_to_message(&edge->run, picture, unknown, message);
    if (err)
        return err;
    (*message)->description.timestamp = picture->pts;
    (*message)->description.time_base =
        (struct vf_rational){edge->time_base.num, edge->time_base.den};
    return VF_OK;
}

static int open_encoder(struct vf_edge *edge, const struct vf_message *frame)
{
    const struct vf_rational any = {0, 1};
    return vf_encoder_create(&edge->encoder, &edge->choice, &edge->settings, frame, any,
                             edge->run.threads);
}

/* Remembers a picture until its packet comes. */
static int note_sent(struct vf_edge *edge, const struct sent *sent)
{
    if (edge->sent_count == edge->sent_room) {
        size_t room = edge->sent_room ? 2 * edge->sent_room : 64;
        struct sent *items = realloc(edge->sent, room * sizeof(*items));
        if (!items)
            return -ENOMEM;
        edge->sent = items;
        edge->sent_room = room;
    }
    edge->sent[edge->sent_count++] = *sent;
    return VF_OK;
}

/* Hands on the packet that was kept back. */
static int hand_on_last(struct vf_edge *edge)
{
    struct vf_message *message = NULL;
    const struct vf_description *source = &edge->last_sent.source;
    if (!edge->last)
        return VF_OK;
    const struct vf_records *extras =
        edge->last->flags & AV_PKT_FLAG_KEY && edge->records.size ? &edge->records : NULL;
    int err = vf_media_packet_to_message(&edge->run, edge->both, edge->last, extras, &message);
    av_packet_free(&edge->last);
    if (err)
        return err;
    struct vf_packet *made = &message->description.packet;
    made->frame_rate = source->packet.frame_rate;
    made->delay = source->packet.delay;
    made->codec_tag = source->packet.codec_tag;
    vf_message_copy_source(&message->description, source);
    message->description.event_time_ns = source->event_time_ns;
    edge->count++;
    err = edge->taker.take(edge->taker.context, message);
    vf_message_destroy(&message);
    return err;
}

/* Writes the encoder's parameter sets, where they are in packets. */
static int write_sets(struct vf_edge *edge, AVIOContext *to)
{
    const struct vf_nal_form made = {edge->form.is_hevc, 0};
    struct vf_nal nal;
    size_t place = 0;
    int err = VF_OK;
    while (!err && vf_nal_next(&made, edge->sets.bytes, edge->sets.size, &place, &nal)) {
        if (vf_nal_kind(&made, &nal) != VF_NAL_MESSAGE)
            err = vf_set_numbers_apply(&edge->numbers, &edge->form, &nal, to);
    }
    return err;
}

/* Writes a packet as its source has them. */
static int write_units(struct vf_edge *edge, const AVPacket *packet, AVIOContext *to)
{
    const struct vf_nal_form made = {edge->form.is_hevc, 0};
    bool brings_sets = packet->flags & AV_PKT_FLAG_KEY && !edge->form.length_size;
    struct vf_nal nal;
    size_t place = 0;
    int err = brings_sets ? write_sets(edge, to) : VF_OK;
    while (!err && vf_nal_next(&made, packet->data, (size_t)packet->size, &place, &nal))
        err = vf_set_numbers_apply(&edge->numbers, &edge->form, &nal, to);
    return err;
}

static int to_packet(AVIOContext *bytes, const AVPacket *from, AVPacket **made)
{
    uint8_t *written;
    int size = avio_close_dyn_buf(bytes, &written); /* with padding behind it */
    *made = av_packet_alloc();
    if (!*made || !written || av_packet_from_data(*made, written, size) < 0) {
        av_free(written);
        av_packet_free(made);
        return -ENOMEM;
    }
    (*made)->flags = from->flags;
    (*made)->pts = from->pts;
    (*made)->dts = from->dts;
    (*made)->duration = from->duration;
    (*made)->time_base = from->time_base;
    return VF_OK;
}

static int take_encoded(struct vf_edge *edge, const AVPacket *packet)
{
    AVIOContext *bytes;
    AVPacket *made;
    int err = hand_on_last(edge);
    if (err || !edge->sent_count)
        return err ? err : -EIO;
    if (avio_open_dyn_buf(&bytes) < 0)
        return -ENOMEM;
    int write_err = write_units(edge, packet, bytes);
    err = to_packet(bytes, packet, &made);
    if (write_err) {
        av_packet_free(&made);
        return refuse("the encoder's parameter sets have other numbers than expected");
    }
    if (err)
        return err;
    edge->last_sent = edge->sent[0];
    edge->sent_count--;
    memmove(edge->sent, edge->sent + 1, edge->sent_count * sizeof(*edge->sent));
    made->pts = edge->last_sent.source.timestamp;
    made->dts = edge->last_sent.decode_timestamp;
    made->duration = edge->last_sent.source.duration;
    made->time_base = edge->time_base;
    edge->last = made;
    return VF_OK;
}

static int drain(struct vf_edge *edge)
{
    const AVPacket *packet;
    int err;
    while ((err = vf_encoder_receive(edge->encoder, &packet)) == VF_OK) {
        err = take_encoded(edge, packet);
        if (err)
            return err;
    }
    return err == -EAGAIN || err == VF_END ? VF_OK : err;
}

/* Returns the packet of the picture that is shown then; NULL: there is none. */
static const struct vf_message *find_source(const struct vf_edge_range *range, int64_t timestamp)
{
    for (size_t i = 0; i < range->count; i++) {
        const struct vf_message *message = vf_waiting_at(range->packets, i)->message;
        if (message->description.timestamp == timestamp)
            return message;
    }
    return NULL;
}

static int64_t decode_time(const struct decoding *decoding, const struct vf_message *source)
{
    const struct vf_edge_range *range = decoding->range;
    size_t number = range->decoded_like + decoding->taken;
    if (!range->decoded_like)
        return source->description.timestamp - range->delay;
    return number < range->count
               ? vf_waiting_at(range->packets, number)->message->description.packet.decode_timestamp
               : VF_NO_TIMESTAMP;
}

/* Encodes a picture, if it is one of the range. */
static int encode_frame(struct decoding *decoding)
{
    struct vf_edge *edge = decoding->edge;
    const struct vf_message *source = find_source(decoding->range, decoding->frame->pts);
    int64_t time_ns = source ? vf_message_time_ns(&source->description) : VF_NO_TIMESTAMP;
    struct vf_message *frame = NULL;
    int64_t timestamp;
    if (!source || time_ns < decoding->range->from_ns || time_ns > decoding->range->until_ns)
        return VF_OK;
    const struct sent sent = {source->description, decode_time(decoding, source)};
    decoding->taken++;
    int err = make_frame(edge, decoding->frame, &frame);
    if (!err && !edge->encoder)
        err = open_encoder(edge, frame);
    if (!err)
        err = note_sent(edge, &sent);
    if (!err)
        err = vf_encoder_send(edge->encoder, frame, false, &timestamp);
    vf_message_destroy(&frame);
    return err ? err : drain(edge);
}

int vf_edge_encode(struct vf_edge *edge, const struct vf_edge_range *range)
{
    size_t wanted = 0;
    struct decoding decoding = {.edge = edge, .range = range, .take = encode_frame};
    for (size_t i = 0; i < range->count; i++) {
        int64_t time_ns = vf_waiting_at(range->packets, i)->time_ns;
        wanted +=
            time_ns >= range->from_ns && time_ns <= range->until_ns && !is_before_key(range, i);
    }
    int err = decode(&decoding);
    if (!err && decoding.taken < wanted)
        vf_node_report_error(&edge->run, "%zu pictures at the edge of a clip cannot be decoded",
                             wanted - decoding.taken);
    return err;
}

/* Marks the end of a sequence, so that any key frame of HEVC can start the next. */
static int mark_end(struct vf_edge *edge)
{
    static const uint8_t end_of_sequence[] = {36 << 1, 1};
    const struct vf_nal nal = {end_of_sequence, sizeof(end_of_sequence)};
    AVIOContext *bytes;
    AVPacket *made;
    if (!edge->form.is_hevc || !edge->last)
        return VF_OK;
    if (avio_open_dyn_buf(&bytes) < 0)
        return -ENOMEM;
    avio_write(bytes, edge->last->data, edge->last->size);
    int write_err = vf_set_numbers_apply(&edge->numbers, &edge->form, &nal, bytes);
    int err = to_packet(bytes, edge->last, &made);
    if (err)
        return err;
    av_packet_free(&edge->last);
    edge->last = made;
    return write_err;
}

int vf_edge_end(struct vf_edge *edge, bool is_followed)
{
    int64_t timestamp;
    if (!edge->encoder)
        return VF_OK;
    int err = vf_encoder_send(edge->encoder, NULL, false, &timestamp);
    if (!err)
        err = drain(edge);
    if (!err && is_followed)
        err = mark_end(edge);
    if (!err)
        err = hand_on_last(edge);
    close_encoder(edge);
    return err;
}

bool vf_edge_may_join(const struct vf_edge *edge, const struct vf_message *key)
{
    const struct vf_packet *packet = &key->description.packet;
    enum vf_nal_kind kind =
        vf_nal_picture(&edge->form, key->payload->data + packet->data_offset, packet->data_size);
    return edge->is_needless || kind == VF_NAL_IDR || kind == VF_NAL_RANDOM;
}

int vf_edge_copy(struct vf_edge *edge, const struct vf_message *packet)
{
    struct vf_message *made = NULL;
    if (edge->is_needless)
        return edge->taker.take(edge->taker.context, packet);
    int err = vf_media_packet_with_header(packet, edge->both->extradata,
                                          (size_t)edge->both->extradata_size, &made);
    if (!err)
        err = edge->taker.take(edge->taker.context, made);
    vf_message_destroy(&made);
    return err;
}

/* Learns the encoder's parameter sets from a picture that is thrown away. */
static int learn_sets(struct decoding *decoding)
{
    struct vf_edge *edge = decoding->edge;
    struct vf_message *frame = NULL;
    const AVPacket *packet;
    int64_t timestamp;
    if (edge->sets.bytes)
        return VF_OK;
    if (vf_compat_is_interlaced(decoding->frame))
        return refuse("they are interlaced");
    int err = choose(edge, decoding->frame);
    if (!err)
        err = make_frame(edge, decoding->frame, &frame);
    if (!err)
        err = open_encoder(edge, frame);
    if (!err)
        err = vf_encoder_send(edge->encoder, frame, false, &timestamp);
    if (!err)
        err = vf_encoder_send(edge->encoder, NULL, false, &timestamp);
    while (!err)
        err = vf_encoder_receive(edge->encoder, &packet);
    const AVCodecContext *context = err == VF_END ? vf_encoder_context(edge->encoder) : NULL;
    if (context && context->extradata_size > 0) {
        edge->sets.bytes = av_memdup(context->extradata, (size_t)context->extradata_size);
        edge->sets.size = (size_t)context->extradata_size;
    }
    vf_message_destroy(&frame);
    close_encoder(edge);
    return err == VF_END ? VF_OK : err;
}

/* The header that a stream has in front, or, where it has none, its key frame, with sets in it. */
static struct vf_bytes header_of(const struct vf_edge *edge, const struct vf_message *key)
{
    const struct vf_packet *packet = &key->description.packet;
    if (edge->source->extradata_size)
        return (struct vf_bytes){edge->source->extradata, (size_t)edge->source->extradata_size};
    return (struct vf_bytes){key->payload->data + packet->data_offset, (size_t)packet->data_size};
}

static int join_headers(struct vf_edge *edge, const struct vf_message *key)
{
    const struct vf_bytes header = header_of(edge, key);
    struct vf_bytes joined = {NULL, 0};
    if (!edge->sets.bytes)
        return refuse("its key frame cannot be decoded");
    int err = vf_set_numbers_choose(&edge->numbers, &edge->form, &header);
    if (!err)
        err = vf_parameter_sets_join(&edge->numbers, &edge->form, &header, &edge->sets, &joined);
    if (err == -ENOTSUP)
        return refuse("its parameter sets leave no room for others");
    if (err)
        return err;
    av_freep(&edge->both->extradata);
    edge->both->extradata = (uint8_t *)(uintptr_t)joined.bytes;
    edge->both->extradata_size = (int)joined.size;
    return VF_OK;
}

/* Takes what the key frame's source says of itself, for the packets that are made. */
static int note_extras(struct vf_edge *edge, const struct vf_message *key)
{
    const struct vf_description *description = &key->description;
    vf_records_finish(&edge->records);
    edge->records = (struct vf_records){0};
    vf_records_append(&edge->records, key->payload->data + description->extras_offset,
                      description->extras_size);
    return edge->records.err;
}

static int prepare_stream(struct vf_edge *edge, const struct vf_message *key)
{
    const AVCodecDescriptor *codec = avcodec_descriptor_get(edge->source->codec_id);
    edge->is_needless = codec && codec->props & AV_CODEC_PROP_INTRA_ONLY;
    edge->time_base = (AVRational){key->description.time_base.num, key->description.time_base.den};
    if (key->description.timestamp == VF_NO_TIMESTAMP)
        return refuse("it does not say when they are shown");
    if (edge->is_needless)
        return VF_OK;
    if (!vf_nal_form_of(edge->source, &edge->form))
        return refuse("it is neither H.264 nor HEVC");
    struct vf_waiting one = {0};
    int err = vf_waiting_push(&one, key);
    const struct vf_edge_range range = {
        .packets = &one, .count = 1, .own = 1, .from_ns = INT64_MIN, .until_ns = INT64_MAX};
    struct decoding decoding = {.edge = edge, .range = &range, .take = learn_sets};
    if (!err)
        err = decode(&decoding);
    vf_waiting_finish(&one);
    return err ? err : join_headers(edge, key);
}

int vf_edge_prepare(struct vf_edge *edge, const struct vf_message *key)
{
    if (edge->source && vf_media_packet_has_parameters(key, edge->source))
        return note_extras(edge, key);
    forget_stream(edge);
    int err = vf_media_parameters_from_message(&edge->source, key);
    if (!err)
        err = vf_media_parameters_from_message(&edge->both, key);
    if (!err)
        err = prepare_stream(edge, key);
    return err ? err : note_extras(edge, key);
}
