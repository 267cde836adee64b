/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/packet.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/media/facts/records.h"
#include "engine/media/libav/payload_buffer.h"
#include "engine/node/node.h"

#define PADDING AV_INPUT_BUFFER_PADDING_SIZE
#define OPUS_PREROLL 3840 /* samples a decoder must hear before it is right: RFC 7845 */

#define SILENCE_SIZE 10 /* bytes of libav's note of skipped samples */

static const char no_codec[] = "none";

static char media_letter(enum AVMediaType type)
{
    if (type == AVMEDIA_TYPE_VIDEO)
        return 'v';
    return type == AVMEDIA_TYPE_AUDIO ? 'a' : 's';
}

static enum AVMediaType media_type(char letter)
{
    if (letter == 'v')
        return AVMEDIA_TYPE_VIDEO;
    return letter == 'a' ? AVMEDIA_TYPE_AUDIO : AVMEDIA_TYPE_SUBTITLE;
}

/* Reads libav's note of samples that are decoded but not heard. */
static void describe_silence(struct vf_packet *to, const AVPacket *packet)
{
    size_t size;
    const uint8_t *note = av_packet_get_side_data(packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
    if (!note || size < SILENCE_SIZE)
        return;
    to->skipped_samples = AV_RL32(note);
    to->discarded_samples = AV_RL32(note + 4);
}

static int restore_silence(AVPacket *packet, const struct vf_packet *from)
{
    if (!from->skipped_samples && !from->discarded_samples)
        return VF_OK;
    uint8_t *note = av_packet_new_side_data(packet, AV_PKT_DATA_SKIP_SAMPLES, SILENCE_SIZE);
    if (!note)
        return -ENOMEM;
    memset(note, 0, SILENCE_SIZE);
    AV_WL32(note, from->skipped_samples);
    AV_WL32(note + 4, from->discarded_samples);
    return VF_OK;
}

static void describe_packet(struct vf_description *description, const AVCodecParameters *parameters,
                            const AVPacket *packet, size_t data_offset)
{
    description->timestamp = packet->pts;
    description->duration = packet->duration;
    description->time_base = (struct vf_rational){packet->time_base.num, packet->time_base.den};
    description->packet = (struct vf_packet){
        .extradata_size = (uint64_t)parameters->extradata_size,
        .data_offset = data_offset,
        .data_size = (uint64_t)packet->size,
        .decode_timestamp = packet->dts,
        .codec_tag = parameters->codec_tag,
        .is_key = (packet->flags & AV_PKT_FLAG_KEY) != 0,
        .is_corrupt = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0,
        .media = (uint8_t)media_letter(parameters->codec_type),
        .width = parameters->width,
        .height = parameters->height,
        .sample_rate = parameters->sample_rate,
        .sample_aspect_ratio = {parameters->sample_aspect_ratio.num,
                                parameters->sample_aspect_ratio.den},
        .colour_range = (uint8_t)parameters->color_range,
        .colour_primaries = (uint8_t)parameters->color_primaries,
        .colour_transfer = (uint8_t)parameters->color_trc,
        .colour_matrix = (uint8_t)parameters->color_space,
        .chroma_location = (uint8_t)parameters->chroma_location,
        .field_order = (uint8_t)parameters->field_order,
        .delay = (uint8_t)parameters->video_delay,
        .is_only_decoded = (packet->flags & AV_PKT_FLAG_DISCARD) != 0,
        .channels = parameters->ch_layout.nb_channels,
        .frame_size = parameters->frame_size,
        .block_align = parameters->block_align,
        .bits_per_sample = parameters->bits_per_coded_sample,
        .initial_padding = parameters->initial_padding,
        .profile = parameters->profile,
        .level = parameters->level,
        .bit_rate = parameters->bit_rate,
    };
    struct vf_packet *to = &description->packet;
    snprintf(to->codec, sizeof(to->codec), "%s", avcodec_get_name(parameters->codec_id));
    if (parameters->codec_type == AVMEDIA_TYPE_VIDEO && parameters->format != AV_PIX_FMT_NONE)
        snprintf(to->format, sizeof(to->format), "%s",
                 av_get_pix_fmt_name((enum AVPixelFormat)parameters->format));
    if (parameters->ch_layout.nb_channels &&
        av_channel_layout_describe(&parameters->ch_layout, to->layout, sizeof(to->layout)) < 0)
        to->layout[0] = '\0';
    describe_silence(to, packet);
}

/* Side data of packets that is bytes and no struct of libav's. */
static const enum AVPacketSideDataType carried[] = {
    AV_PKT_DATA_PALETTE,
    AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL, /* an alpha channel, among others */
    AV_PKT_DATA_WEBVTT_IDENTIFIER,
    AV_PKT_DATA_WEBVTT_SETTINGS,
    AV_PKT_DATA_A53_CC,
    AV_PKT_DATA_AFD,
};

static bool is_carried(unsigned type)
{
    bool is_listed = false;
    for (size_t i = 0; i < VF_COUNT(carried); i++)
        is_listed = is_listed || carried[i] == type;
    return is_listed;
}

/* Adds the packet's side data to a copy of the extras. */
static void add_side_data(struct vf_records *records, const struct vf_records *extras,
                          const AVPacket *packet)
{
    if (extras)
        vf_records_append(records, extras->bytes, extras->size);
    for (int i = 0; i < packet->side_data_elems; i++) {
        const AVPacketSideData *side = &packet->side_data[i];
        if (is_carried(side->type))
            vf_records_add(records, VF_RECORD_PACKET_SIDE, side->type, side->data, side->size);
    }
}

static int restore_side_data(AVPacket *packet, const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    struct vf_record record;
    size_t place = 0;
    while (vf_record_next(message->payload->data + description->extras_offset,
                          description->extras_size, &place, &record)) {
        if (record.kind != VF_RECORD_PACKET_SIDE || !is_carried(record.detail))
            continue;
        uint8_t *bytes =
            av_packet_new_side_data(packet, (enum AVPacketSideDataType)record.detail, record.size);
        if (!bytes)
            return -ENOMEM;
        memcpy(bytes, record.bytes, record.size);
    }
    return VF_OK;
}

static int replace_extradata(AVCodecParameters *parameters, const uint8_t *extradata, size_t size)
{
    uint8_t *made = av_mallocz(size + PADDING);
    if (!made)
        return -ENOMEM;
    memcpy(made, extradata, size);
    av_freep(&parameters->extradata);
    parameters->extradata = made;
    parameters->extradata_size = (int)size;
    return VF_OK;
}

/* Reads libav's note of a rate or a number of channels that has changed. */
static void change_sound(AVCodecParameters *parameters, const uint8_t *note, size_t size)
{
    enum { CHANNELS = 1, LAYOUT = 2, RATE = 4 };
    unsigned flags = size >= 4 ? AV_RL32(note) : 0;
    size_t at = 4;
    if (flags & CHANNELS && at + 4 <= size && AV_RL32(note + at) - 1 < 64) {
        av_channel_layout_uninit(&parameters->ch_layout);
        av_channel_layout_default(&parameters->ch_layout, (int)AV_RL32(note + at));
    }
    at += (flags & CHANNELS ? 4U : 0) + (flags & LAYOUT ? 8U : 0);
    if (flags & RATE && at + 4 <= size && AV_RL32(note + at) - 1 < INT32_MAX)
        parameters->sample_rate = (int)AV_RL32(note + at);
}

int vf_media_packet_change_parameters(AVCodecParameters *parameters, const AVPacket *packet)
{
    size_t size;
    const uint8_t *note = av_packet_get_side_data(packet, AV_PKT_DATA_PARAM_CHANGE, &size);
    if (note)
        change_sound(parameters, note, size);
    note = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    return note ? replace_extradata(parameters, note, size) : VF_OK;
}

static size_t data_offset_behind(size_t extradata_size)
{
    return (extradata_size + PADDING + 63) & ~(size_t)63;
}

static size_t extras_offset_behind(size_t data_offset, size_t data_size)
{
    return (data_offset + data_size + PADDING + 7) & ~(size_t)7;
}

size_t vf_media_packet_payload_size(size_t extradata_size, size_t data_size, size_t extras_size)
{
    return extras_offset_behind(data_offset_behind(extradata_size), data_size) + extras_size;
}

/* Fills the payload: what the codec needs, the packet, and what is said of it. */
static void write_packet(struct vf_message *message, const AVCodecParameters *parameters,
                         const AVPacket *packet, const struct vf_records *extras)
{
    uint8_t *to = message->payload->data;
    size_t extradata_size = (size_t)parameters->extradata_size, size = (size_t)packet->size;
    size_t data_offset = data_offset_behind(extradata_size);
    size_t extras_offset = extras_offset_behind(data_offset, size);
    if (extradata_size)
        memcpy(to, parameters->extradata, extradata_size);
    memset(to + extradata_size, 0, data_offset - extradata_size);
    if (size)
        memcpy(to + data_offset, packet->data, size);
    memset(to + data_offset + size, 0, extras_offset - data_offset - size);
    if (!extras || !extras->size)
        return;
    memcpy(to + extras_offset, extras->bytes, extras->size);
    message->description.extras_offset = extras_offset;
    message->description.extras_size = extras->size;
}

static int make_message(struct vf_node_run *run, const AVCodecParameters *parameters,
                        const AVPacket *packet, const struct vf_records *extras,
                        struct vf_message **message)
{
    size_t extradata_size = (size_t)parameters->extradata_size;
    size_t size = vf_media_packet_payload_size(extradata_size, (size_t)packet->size,
                                               extras ? extras->size : 0);
    struct vf_payload *payload = NULL;
    int err = vf_node_allocate(run, size, &payload);
    if (err)
        return err;
    err = vf_message_create(message, VF_VALUE_PACKET, &payload);
    if (!err) {
        write_packet(*message, parameters, packet, extras);
        describe_packet(&(*message)->description, parameters, packet,
                        data_offset_behind(extradata_size));
    }
    vf_payload_drop(&payload);
    return err;
}

int vf_media_packet_to_message(struct vf_node_run *run, const AVCodecParameters *parameters,
                               const AVPacket *packet, const struct vf_records *extras,
                               struct vf_message **message)
{
    struct vf_records all = {0};
    *message = NULL;
    if (!packet->side_data_elems)
        return make_message(run, parameters, packet, extras, message);
    add_side_data(&all, extras, packet);
    int err = all.err ? all.err : make_message(run, parameters, packet, &all, message);
    vf_records_finish(&all);
    return err;
}

int64_t vf_media_packet_start_us(const AVPacket *packet)
{
    int64_t time = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (time == AV_NOPTS_VALUE)
        return INT64_MIN;
    return av_rescale_q(time, packet->time_base, AV_TIME_BASE_Q);
}

int64_t vf_media_packet_shown_ns(const AVPacket *packet)
{
    const struct vf_description shown = {
        .timestamp = packet->pts, .time_base = {packet->time_base.num, packet->time_base.den}};
    return packet->pts == AV_NOPTS_VALUE ? VF_NO_TIMESTAMP : vf_message_time_ns(&shown);
}

int64_t vf_media_packet_decode_us(const AVPacket *packet)
{
    if (packet->dts == AV_NOPTS_VALUE)
        return vf_media_packet_start_us(packet);
    return av_rescale_q(packet->dts, packet->time_base, AV_TIME_BASE_Q);
}

bool vf_media_packet_is_key(const AVPacket *packet)
{
    return packet->flags & AV_PKT_FLAG_KEY;
}

bool vf_media_packet_is_only_decoded(const AVPacket *packet)
{
    return packet->flags & AV_PKT_FLAG_DISCARD;
}

int vf_media_packet_announce_none(struct vf_message **message, char media)
{
    struct vf_payload *nothing = NULL;
    int err = vf_message_create(message, VF_VALUE_PACKET, &nothing);
    if (err)
        return err;
    struct vf_packet *packet = &(*message)->description.packet;
    memcpy(packet->codec, no_codec, sizeof(no_codec));
    packet->media = (uint8_t)media;
    packet->decode_timestamp = VF_NO_TIMESTAMP;
    return VF_OK;
}

bool vf_media_packet_is_none(const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    return description->type == VF_VALUE_PACKET && !description->packet.data_size &&
           strncmp(description->packet.codec, no_codec, sizeof(no_codec)) == 0;
}

bool vf_media_packet_is_announcement(const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    return description->type == VF_VALUE_PACKET && !description->packet.data_size &&
           !vf_media_packet_is_none(message);
}

static bool is_packet_sound(const struct vf_message *message)
{
    if (message->description.type != VF_VALUE_PACKET || !message->payload)
        return false;
    const struct vf_packet *packet = &message->description.packet;
    uint64_t size = message->payload->size;
    return packet->extradata_size <= packet->data_offset && packet->data_offset <= size &&
           packet->data_size <= size - packet->data_offset && size <= INT32_MAX &&
           memchr(packet->codec, '\0', sizeof(packet->codec)) &&
           memchr(packet->layout, '\0', sizeof(packet->layout)) &&
           memchr(packet->format, '\0', sizeof(packet->format)) && vf_message_extras_fit(message);
}

static int refuse_packet(void)
{
    vf_log(VF_LOG_ERROR, "a packet was received whose description does not fit its bytes");
    return -EBADMSG;
}

/* Returns whether the bytes after the data are those that libav's parsers rely on. */
static bool is_padded(const struct vf_message *message)
{
    const struct vf_packet *packet = &message->description.packet;
    size_t end = packet->data_offset + packet->data_size;
    if (message->payload->size - end < PADDING)
        return false;
    static const uint8_t zeros[PADDING];
    return memcmp(message->payload->data + end, zeros, PADDING) == 0;
}

static int share_data(AVPacket *packet, const struct vf_message *message)
{
    const struct vf_packet *from = &message->description.packet;
    struct vf_payload *payload = vf_payload_hold(message->payload);
    packet->buf =
        vf_payload_buffer_create(&payload, from->data_offset, (size_t)from->data_size + PADDING);
    vf_payload_drop(&payload);
    if (!packet->buf)
        return -ENOMEM;
    packet->data = message->payload->data + from->data_offset;
    packet->size = (int)from->data_size;
    return VF_OK;
}

static int copy_data(AVPacket *packet, const struct vf_message *message)
{
    const struct vf_packet *from = &message->description.packet;
    if (av_new_packet(packet, (int)from->data_size) < 0)
        return -ENOMEM;
    memcpy(packet->data, message->payload->data + from->data_offset, from->data_size);
    return VF_OK;
}

/* In an arena, its sender could change the bytes while libav reads them, which believes what it has
 * looked at before. */
static bool may_change(const struct vf_message *message)
{
    return message->is_received && message->payload->arena;
}

int vf_media_packet_from_message(AVPacket **packet, const struct vf_message *message)
{
    *packet = NULL;
    if (!is_packet_sound(message))
        return refuse_packet();
    *packet = av_packet_alloc();
    if (!*packet)
        return -ENOMEM;
    bool is_shared = !may_change(message) && is_padded(message);
    int err = is_shared ? share_data(*packet, message) : copy_data(*packet, message);
    if (!err)
        err = restore_silence(*packet, &message->description.packet);
    if (!err)
        err = restore_side_data(*packet, message);
    if (err) {
        av_packet_free(packet);
        return err;
    }
    const struct vf_description *description = &message->description;
    (*packet)->pts = description->timestamp;
    (*packet)->dts = description->packet.decode_timestamp;
    (*packet)->duration = description->duration;
    (*packet)->time_base = (AVRational){description->time_base.num, description->time_base.den};
    (*packet)->flags = (description->packet.is_key ? AV_PKT_FLAG_KEY : 0) |
                       (description->packet.is_corrupt ? AV_PKT_FLAG_CORRUPT : 0) |
                       (description->packet.is_only_decoded ? AV_PKT_FLAG_DISCARD : 0);
    return VF_OK;
}

int vf_media_packet_with_header(const struct vf_message *message, const uint8_t *header,
                                size_t size, struct vf_message **made)
{
    const struct vf_description *from = &message->description;
    size_t data_size = (size_t)from->packet.data_size, data_offset = data_offset_behind(size);
    size_t extras_offset = extras_offset_behind(data_offset, data_size);
    struct vf_payload *payload = NULL;
    *made = NULL;
    if (!is_packet_sound(message))
        return refuse_packet();
    int err = vf_payload_create(&payload, extras_offset + from->extras_size);
    if (err)
        return err;
    memset(payload->data, 0, extras_offset);
    memcpy(payload->data, header, size);
    if (data_size)
        memcpy(payload->data + data_offset, message->payload->data + from->packet.data_offset,
               data_size);
    if (from->extras_size)
        memcpy(payload->data + extras_offset, message->payload->data + from->extras_offset,
               from->extras_size);
    err = vf_message_create(made, VF_VALUE_PACKET, &payload);
    vf_payload_drop(&payload);
    if (err)
        return err;
    (*made)->description = *from;
    (*made)->description.packet.extradata_size = size;
    (*made)->description.packet.data_offset = data_offset;
    (*made)->description.extras_offset = from->extras_size ? extras_offset : 0;
    return VF_OK;
}

static int restore_extradata(AVCodecParameters *parameters, const struct vf_message *message)
{
    size_t size = (size_t)message->description.packet.extradata_size;
    if (!size)
        return VF_OK;
    return replace_extradata(parameters, message->payload->data, size);
}

/* Makes the layout that a packet says, or the usual one of so many channels. */
static void restore_layout(AVChannelLayout *layout, const struct vf_packet *packet)
{
    *layout = (AVChannelLayout){0};
    if (packet->layout[0] && av_channel_layout_from_string(layout, packet->layout) == 0 &&
        layout->nb_channels == packet->channels)
        return;
    av_channel_layout_uninit(layout);
    if (packet->channels > 0)
        av_channel_layout_default(layout, packet->channels);
}

static enum AVCodecID find_codec(const struct vf_packet *packet)
{
    const AVCodecDescriptor *codec = avcodec_descriptor_get_by_name(packet->codec);
    return codec ? codec->id : AV_CODEC_ID_NONE;
}

static void restore_picture(AVCodecParameters *parameters, const struct vf_packet *packet)
{
    parameters->format = packet->format[0] ? av_get_pix_fmt(packet->format) : AV_PIX_FMT_NONE;
    parameters->sample_aspect_ratio =
        (AVRational){packet->sample_aspect_ratio.num, packet->sample_aspect_ratio.den};
    parameters->color_range = packet->colour_range;
    parameters->color_primaries = packet->colour_primaries;
    parameters->color_trc = packet->colour_transfer;
    parameters->color_space = packet->colour_matrix;
    parameters->chroma_location = packet->chroma_location;
    parameters->field_order = packet->field_order;
    parameters->video_delay = packet->delay;
}

static void restore_parameters(AVCodecParameters *parameters, const struct vf_packet *packet)
{
    parameters->codec_type = media_type((char)packet->media);
    parameters->codec_id = find_codec(packet);
    parameters->codec_tag = packet->codec_tag;
    parameters->width = packet->width;
    parameters->height = packet->height;
    parameters->sample_rate = packet->sample_rate;
    parameters->frame_size = packet->frame_size;
    parameters->block_align = packet->block_align;
    parameters->bits_per_coded_sample = packet->bits_per_sample;
    parameters->initial_padding = packet->initial_padding;
    parameters->profile = packet->profile;
    parameters->level = packet->level;
    parameters->bit_rate = packet->bit_rate;
    if (parameters->codec_id == AV_CODEC_ID_OPUS)
        parameters->seek_preroll = OPUS_PREROLL;
    if (parameters->codec_type == AVMEDIA_TYPE_VIDEO)
        restore_picture(parameters, packet);
    restore_layout(&parameters->ch_layout, packet);
}

static bool has_layout(const struct vf_packet *packet, const AVChannelLayout *layout)
{
    AVChannelLayout said;
    restore_layout(&said, packet);
    bool is_same = av_channel_layout_compare(&said, layout) == 0;
    av_channel_layout_uninit(&said);
    return is_same;
}

static bool has_extradata(const struct vf_message *message, const AVCodecParameters *parameters)
{
    uint64_t size = message->description.packet.extradata_size;
    return size == (uint64_t)parameters->extradata_size &&
           (!size || memcmp(message->payload->data, parameters->extradata, size) == 0);
}

bool vf_media_packet_has_parameters(const struct vf_message *message,
                                    const AVCodecParameters *parameters)
{
    const struct vf_packet *packet = &message->description.packet;
    return is_packet_sound(message) && find_codec(packet) == parameters->codec_id &&
           packet->sample_rate == parameters->sample_rate && packet->width == parameters->width &&
           packet->height == parameters->height && packet->block_align == parameters->block_align &&
           packet->bits_per_sample == parameters->bits_per_coded_sample &&
           has_layout(packet, &parameters->ch_layout) && has_extradata(message, parameters);
}

int vf_media_parameters_from_message(AVCodecParameters **parameters,
                                     const struct vf_message *message)
{
    *parameters = NULL;
    if (!is_packet_sound(message))
        return refuse_packet();
    *parameters = avcodec_parameters_alloc();
    if (!*parameters)
        return -ENOMEM;
    restore_parameters(*parameters, &message->description.packet);
    int err = restore_extradata(*parameters, message);
    if (err)
        avcodec_parameters_free(parameters);
    return err;
}
