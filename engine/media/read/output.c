/* SPDX-License-Identifier: MIT */
#include "engine/media/read/output.h"

#include <errno.h>
#include <libavutil/avutil.h>
#include <libavutil/mathematics.h>

#include "engine/base/clock.h"
#include "engine/media/codec/packet.h"
#include "engine/media/codec/packet_queue.h"
#include "engine/media/libav/sound.h"
#include "engine/media/read/demuxer.h"
#include "engine/media/read/open/stream_choice.h"
#include "engine/media/read/place.h"
#include "engine/media/read/sound.h"
#include "engine/node/node.h"

/* How long before the range sound is decoded, so that its first sample is right. */
#define WARM_UP_US 1000000

/* Returns the offset in ticks; where there is a part of one, always the same. */
static int64_t ticks(int64_t offset_us, struct vf_rational time_base)
{
    AVRational base = {time_base.num, time_base.den};
    return base.num > 0 && base.den > 0 ? av_rescale_q(offset_us, AV_TIME_BASE_Q, base) : 0;
}

void vf_reading_output_shift(struct vf_description *description, int64_t offset_us)
{
    int64_t offset = ticks(offset_us, description->time_base);
    if (description->timestamp != VF_NO_TIMESTAMP)
        description->timestamp += offset;
    if (description->type == VF_VALUE_PACKET &&
        description->packet.decode_timestamp != VF_NO_TIMESTAMP)
        description->packet.decode_timestamp += offset;
}

static int64_t source_time_ns(const struct vf_reading_output *output,
                              const struct vf_description *description)
{
    AVRational base = {description->time_base.num, description->time_base.den};
    int64_t time = vf_message_known_time(description);
    if (time == VF_NO_TIMESTAMP || base.num <= 0 || base.den <= 0)
        return VF_NO_TIMESTAMP;
    int64_t time_ns = av_rescale_q(time, base, (AVRational){1, VF_NS_PER_S});
    return time_ns == INT64_MIN ? VF_NO_TIMESTAMP : time_ns + output->start_us * VF_NS_PER_US;
}

static void place_message(const struct vf_reading_output *output,
                          struct vf_description *description)
{
    vf_message_set_source(description, output->path, output->folder_length);
    description->source_time_ns = source_time_ns(output, description);
    if (output->offset_us)
        vf_reading_output_shift(description, output->offset_us);
}

int vf_reading_output_emit(const struct vf_reading_output *output, enum vf_stream kind,
                           struct vf_message **message)
{
    place_message(output, &(*message)->description);
    return vf_node_emit_made(output->run, kind, VF_OK, message);
}

int vf_reading_output_announce_none(const struct vf_reading_output *output, enum vf_stream kind)
{
    struct vf_message *nothing = NULL;
    char media = vf_stream_base(kind) == VF_STREAM_AUDIO ? 'a' : 's';
    int err = kind == VF_STREAM_AUDIO_FRAMES ? vf_media_sound_announce_none(&nothing)
                                             : vf_media_packet_announce_none(&nothing, media);
    return err ? err : vf_reading_output_emit(output, kind, &nothing);
}

int vf_reading_output_announce(const struct vf_reading_output *output, struct vf_demuxer *demuxer,
                               enum vf_stream kind)
{
    struct vf_message *message = NULL;
    const struct vf_records *extras = vf_source_facts_next(&output->facts, kind);
    if (kind == VF_STREAM_AUDIO_FRAMES)
        return vf_reading_sound_announce(output, vf_demuxer_stream(demuxer, kind));
    int err = vf_demuxer_announce(demuxer, kind, extras, &message);
    if (err == -ENODATA)
        return VF_OK; /* its first packet says more */
    if (err == VF_DROPPED)
        return vf_node_drop(output->run, kind);
    return err ? err : vf_reading_output_emit(output, kind, &message);
}

static int send_packet(struct vf_reading_output *output, struct vf_reading_place *place,
                       enum vf_stream kind, const struct AVPacket *packet)
{
    struct vf_message *message = NULL;
    const struct vf_records *extras = vf_source_facts_next(&output->facts, kind);
    int err = vf_demuxer_message(place->demuxer, kind, packet, extras, &message);
    output->facts.is_first_sent[kind] = true;
    if (err == VF_DROPPED)
        return vf_node_drop(output->run, kind);
    return err ? err : vf_reading_output_emit(output, kind, &message);
}

/* Pictures refer to pictures: after one that found no room, the next that can be used is a key
 * frame. */
static int send_picture(struct vf_reading_output *output, struct vf_reading_place *place,
                        const struct AVPacket *packet)
{
    struct vf_message *message = NULL;
    const struct vf_records *extras = vf_source_facts_next(&output->facts, VF_STREAM_PACKETS);
    output->lacks_key = output->lacks_key && !(vf_media_packet_is_key(packet));
    if (output->lacks_key)
        return vf_node_drop(output->run, VF_STREAM_PACKETS);
    int err = vf_demuxer_message(place->demuxer, VF_STREAM_PACKETS, packet, extras, &message);
    output->facts.is_first_sent[VF_STREAM_PACKETS] = true;
    if (!err) {
        place_message(output, &message->description);
        err = vf_node_emit(output->run, VF_STREAM_PACKETS, &message);
        output->lacks_key = err == VF_DROPPED;
        vf_message_destroy(&message);
        return err == VF_DROPPED ? VF_OK : err;
    }
    output->lacks_key = err == VF_DROPPED;
    return err == VF_DROPPED ? vf_node_drop(output->run, VF_STREAM_PACKETS) : err;
}

void vf_reading_output_finish(struct vf_reading_output *output)
{
    vf_reading_sound_destroy(&output->sound);
    vf_source_facts_finish(&output->facts);
}

/* Only what is the first of all may begin before the time zero. */
static bool is_first(const struct vf_reading_output *output, const struct vf_reading_place *place)
{
    return !place->start_us && !output->offset_us;
}

static struct vf_sound_range sound_range(struct vf_reading_output *output,
                                         struct vf_reading_place *place, int64_t limit_us)
{
    return (struct vf_sound_range){.output = output,
                                   .place = place,
                                   .start_us = is_first(output, place) ? INT64_MIN : 0,
                                   .limit_us = limit_us};
}

static int send_samples(struct vf_reading_output *output, struct vf_reading_place *place,
                        const struct AVPacket *packet, int64_t limit_us)
{
    const struct vf_sound_range range = sound_range(output, place, limit_us);
    const struct AVStream *stream = vf_demuxer_stream(place->demuxer, VF_STREAM_AUDIO_FRAMES);
    int64_t time_us = vf_media_packet_start_us(packet);
    bool is_before = range.start_us != INT64_MIN && time_us < 0;
    bool was_repeating = output->run->is_repeating;
    if (time_us >= limit_us || (is_before && time_us < -WARM_UP_US))
        return VF_OK;
    int err = output->sound ? VF_OK : vf_reading_sound_create(&output->sound, &range);
    /* What is wrong with it was told before, or is not asked for. */
    output->run->is_repeating =
        was_repeating || is_before || vf_reading_place_is_behind_sound(place, packet);
    if (!err)
        err = vf_reading_sound_take(output->sound, &range, stream, packet);
    output->run->is_repeating = was_repeating;
    return err;
}

int vf_reading_output_end_sound(struct vf_reading_output *output, struct vf_reading_place *place,
                                int64_t limit_us)
{
    const struct vf_sound_range range = sound_range(output, place, limit_us);
    return output->sound ? vf_reading_sound_take(output->sound, &range, NULL, NULL) : VF_OK;
}

/* Sends a packet, if it is in the range and has not been made before. */
static int send_new(struct vf_reading_output *output, struct vf_reading_place *place,
                    enum vf_stream kind, const struct AVPacket *packet, int64_t limit_us)
{
    bool is_picture = kind == VF_STREAM_PACKETS;
    int64_t time_us =
        is_picture ? vf_media_packet_decode_us(packet) : vf_media_packet_start_us(packet);
    bool is_in_range =
        time_us < limit_us && (is_first(output, place) || is_picture || time_us >= 0);
    if (!is_in_range || vf_reading_place_has_packet(place, kind, packet))
        return VF_OK;
    return is_picture ? send_picture(output, place, packet)
                      : send_packet(output, place, kind, packet);
}

int vf_reading_output_packets(struct vf_reading_output *output, struct vf_reading_place *place,
                              enum vf_stream kind, struct vf_packet_queue *queue, int64_t until_us,
                              int64_t limit_us)
{
    const struct AVPacket *packet;
    int err = VF_OK;
    while (!err && (packet = vf_packet_queue_peek(queue)) != NULL) {
        int64_t time_us = kind == VF_STREAM_PACKETS ? vf_media_packet_decode_us(packet)
                                                    : vf_media_packet_start_us(packet);
        if (time_us >= until_us)
            break;
        err = kind == VF_STREAM_AUDIO_FRAMES ? send_samples(output, place, packet, limit_us)
                                             : send_new(output, place, kind, packet, limit_us);
        vf_packet_queue_drop(queue);
    }
    return err;
}

void vf_reading_output_unshift(struct vf_made *made, int64_t offset_us)
{
    made->timestamp -= ticks(offset_us, made->time_base);
    if (!made->is_rising || made->timestamp < 0)
        *made = (struct vf_made){0};
}

bool vf_reading_output_claim(struct vf_made *made, int64_t offset_us, int64_t start_us)
{
    AVRational base = {made->time_base.num, made->time_base.den};
    bool is_known = made->count != made->untimed && made->is_rising && base.num > 0 &&
                    base.den > 0 && made->source_start_ns != VF_NO_TIMESTAMP;
    if (!is_known)
        return false;
    int64_t offset = ticks(offset_us, made->time_base);
    int64_t offset_ns = av_rescale_q(offset, base, (AVRational){1, VF_NS_PER_S});
    int64_t behind_ns = made->source_start_ns + start_us * VF_NS_PER_US - offset_ns;
    if (behind_ns > VF_NS_PER_US)
        made->timestamp = INT64_MAX;
    else if (behind_ns < -VF_NS_PER_US)
        *made = (struct vf_made){0};
    else
        made->timestamp -= offset;
    return true;
}
