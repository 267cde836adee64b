/* SPDX-License-Identifier: MIT */
#include "engine/media/read/place.h"

#include <errno.h>
#include <libavcodec/packet.h>
#include <libavutil/avutil.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/libav/frame.h"
#include "engine/media/read/decode/decoder.h"
#include "engine/media/read/demuxer.h"
#include "engine/media/read/open/stream_choice.h"

#define US_PER_S ((int64_t)1000000)

/* How long before the start, or before what was made last, sound is decoded, so that what follows is
 * right; and its packets that reach beyond that are among those before. */
#define WARM_UP_US (US_PER_S / 2)

/* How far before the start reading begins, attempt by attempt: containers that are sought by
 * byte or by packet may land past the key frame that the start needs. */
static const int64_t margins_us[] = {0, 10 * US_PER_S, INT64_MAX / 4};

/* Notes that a message comes again, which may be asked for later. */
static void note(struct vf_repetition *repetition, int64_t timestamp)
{
    if (repetition->is_by_time && timestamp == repetition->made.timestamp)
        repetition->has_met = true;
}

static bool has(struct vf_repetition *repetition, int64_t timestamp)
{
    const struct vf_made *made = &repetition->made;
    uint64_t counted = repetition->is_by_time ? made->untimed : made->count;
    bool is_timed = timestamp != VF_NO_TIMESTAMP;
    note(repetition, timestamp);
    if (repetition->is_by_time && is_timed && timestamp <= made->timestamp)
        return true;
    if (repetition->is_by_time && !repetition->has_met)
        return !is_timed;
    if (repetition->again >= counted)
        return false;
    repetition->again++;
    return true;
}

static int64_t last_us(const struct vf_made *made)
{
    struct vf_message message = {
        .description = {.timestamp = made->timestamp, .time_base = made->time_base}};
    return made->count ? vf_media_start_us(&message) : INT64_MIN;
}

/* Returns whether timestamps tell what was made, and it is worth while. */
static bool is_far(const struct vf_made *made)
{
    return made->is_rising && last_us(made) > US_PER_S;
}

static int64_t warm_up_us(const struct vf_reading_place *place, enum vf_stream kind)
{
    bool is_there = vf_demuxer_stream(place->demuxer, kind) != NULL;
    return is_there && kind == VF_STREAM_AUDIO_FRAMES ? WARM_UP_US : 0;
}

static void go(struct vf_reading_place *place)
{
    int64_t margin_us = margins_us[place->attempts++] - place->from_us;
    if (!place->from_us)
        margin_us += warm_up_us(place, VF_STREAM_AUDIO_FRAMES);
    bool is_at_beginning = vf_demuxer_seek(place->demuxer, place->start_us, margin_us);
    if (place->decoder)
        vf_decoder_restart(place->decoder, is_at_beginning ? -place->start_us : INT64_MIN);
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++) {
        place->of[kind].has_met = false;
        place->of[kind].again = 0;
    }
}

static int check_start(const struct vf_reading_place *place)
{
    int64_t length_us = vf_demuxer_length_us(place->demuxer);
    if (!length_us || place->start_us < length_us)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "cannot start at %.3f s: %s is only %.3f s long",
           (double)place->start_us / US_PER_S, vf_demuxer_path(place->demuxer),
           (double)length_us / US_PER_S);
    return -ERANGE;
}

/* Returns whether anything with a timestamp was made, not only said. */
static bool has_timed(const struct vf_made *made)
{
    return made->count != made->untimed;
}

/* Returns whether timestamps are to tell what was made of one kind. Subtitles are few: of none,
 * none can come twice. */
static bool can_be_timed(const struct vf_reading_place *place, enum vf_stream kind)
{
    const struct vf_made *made = &place->of[kind].made;
    if (place->is_only_timed || vf_stream_base(kind) == VF_STREAM_SUBTITLES)
        return !has_timed(made) || made->is_rising;
    return is_far(made);
}

/* Finds out where to go on by the timestamps of what was made. */
static void go_by_time(struct vf_reading_place *place)
{
    int64_t from_us = INT64_MAX;
    for (unsigned kind = 0; kind < VF_STREAM_KINDS; kind++) {
        struct vf_repetition *repetition = &place->of[kind];
        bool is_there = vf_demuxer_stream(place->demuxer, kind) != NULL;
        repetition->is_by_time = is_there && has_timed(&repetition->made);
        int64_t last = repetition->is_by_time ? last_us(&repetition->made) : 0;
        last -= warm_up_us(place, kind);
        bool is_sparse = vf_stream_base(kind) == VF_STREAM_SUBTITLES;
        if (is_there && last < from_us && (!is_sparse || repetition->is_by_time))
            from_us = last;
    }
    place->from_us = from_us > 0 ? from_us : 0;
}

/* After a jump, a place in the file has another time than what was made of it: reading begins as in
 * the process before, and what comes again is counted. */
static void go_by_count(struct vf_reading_place *place)
{
    place->from_us = 0;
    for (unsigned kind = 0; kind < VF_STREAM_KINDS && !place->is_only_timed; kind++)
        place->of[kind].is_by_time = false;
}

int vf_reading_place_find(struct vf_reading_place *place, bool may_seek)
{
    /* Packets of pictures say by themselves which of them have been made. */
    struct vf_repetition *packets = &place->of[VF_STREAM_PACKETS];
    packets->is_by_time = packets->made.count && packets->made.is_rising;
    bool is_timed = may_seek;
    for (unsigned kind = 0; kind < VF_STREAM_KINDS; kind++) {
        if (vf_demuxer_stream(place->demuxer, kind))
            is_timed = is_timed && can_be_timed(place, kind);
    }
    if (is_timed)
        go_by_time(place);
    if (place->from_us && !vf_demuxer_is_straight(place->demuxer, place->start_us, place->from_us))
        go_by_count(place);
    int err = check_start(place);
    place->is_settled = !place->start_us && !place->from_us;
    if (!err && !place->is_settled)
        go(place);
    return err;
}

void vf_reading_place_join(struct vf_reading_place *place, struct vf_demuxer *demuxer,
                           struct vf_decoder *decoder)
{
    place->demuxer = demuxer;
    place->decoder = decoder;
    place->is_settled = true;
}

static bool is_by_time(const struct vf_reading_place *place)
{
    bool is_any = false;
    for (unsigned kind = 0; kind < VF_STREAM_KINDS; kind++)
        is_any = is_any || place->of[kind].is_by_time;
    return is_any;
}

static bool has_met_all(const struct vf_reading_place *place)
{
    bool has_met = true;
    for (unsigned kind = 0; kind < VF_STREAM_KINDS; kind++)
        has_met = has_met && (!place->of[kind].is_by_time || place->of[kind].has_met);
    return has_met;
}

/* `first` is the first frame that is not known from before; NULL: there is none. */
static bool is_missed(struct vf_reading_place *place, const struct vf_message *first)
{
    if (place->is_settled)
        return false;
    bool has_missed = !first || (vf_media_start_us(first) > 0 && /* some lie in between */
                                 !vf_decoder_has_skipped(place->decoder));
    if (is_by_time(place))
        has_missed = !has_met_all(place);
    place->is_settled = !has_missed || place->attempts == VF_COUNT(margins_us);
    if (!place->is_settled)
        go(place);
    return !place->is_settled;
}

enum vf_reading_verdict vf_reading_place_judge(struct vf_reading_place *place,
                                               const struct vf_message *frame, bool is_wanted)
{
    struct vf_repetition *video = &place->of[VF_STREAM_VIDEO];
    int64_t timestamp = frame ? frame->description.timestamp : VF_NO_TIMESTAMP;
    if (video->is_by_time && has(video, timestamp))
        return VF_READING_REPEATED;
    if (!is_wanted && (!video->is_by_time || video->has_met))
        return VF_READING_NEW; /* packets before the next one that is wanted are still to come */
    if (frame && is_missed(place, frame))
        return VF_READING_MISSED;
    bool is_repeated = !video->is_by_time && has(video, timestamp);
    return is_repeated ? VF_READING_REPEATED : VF_READING_NEW;
}

/* Returns the timestamp by which a packet is known: vf_made_add(). */
static int64_t order_of(const AVPacket *packet)
{
    return packet->dts == AV_NOPTS_VALUE ? packet->pts : packet->dts;
}

/* Samples come out of packets that begin with them, or before. */
static void note_sound(struct vf_repetition *sound, const AVPacket *packet)
{
    if (sound->is_by_time && vf_media_packet_start_us(packet) <= last_us(&sound->made))
        sound->has_met = true;
}

void vf_reading_place_note_packet(struct vf_reading_place *place, enum vf_stream kind,
                                  const AVPacket *packet)
{
    if (kind == VF_STREAM_AUDIO_FRAMES)
        note_sound(&place->of[kind], packet);
    else
        note(&place->of[kind], order_of(packet));
}

bool vf_reading_place_has_packet(struct vf_reading_place *place, enum vf_stream kind,
                                 const AVPacket *packet)
{
    return has(&place->of[kind], order_of(packet));
}

bool vf_reading_place_has_sound(struct vf_reading_place *place, int64_t timestamp)
{
    return has(&place->of[VF_STREAM_AUDIO_FRAMES], timestamp);
}

bool vf_reading_place_is_behind_sound(const struct vf_reading_place *place, const AVPacket *packet)
{
    const struct vf_repetition *sound = &place->of[VF_STREAM_AUDIO_FRAMES];
    return sound->is_by_time ? vf_media_packet_start_us(packet) <= last_us(&sound->made)
                             : sound->again < sound->made.count;
}

bool vf_reading_place_has_announced(struct vf_reading_place *place, enum vf_stream kind)
{
    return has(&place->of[kind], VF_NO_TIMESTAMP);
}

bool vf_reading_place_is_missed_at_end(struct vf_reading_place *place)
{
    return is_missed(place, NULL);
}

bool vf_reading_place_is_repeating(const struct vf_reading_place *place)
{
    const struct vf_repetition *video = &place->of[VF_STREAM_VIDEO];
    return video->is_by_time ? !place->is_settled : video->again < video->made.count;
}
