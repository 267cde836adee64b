/* SPDX-License-Identifier: MIT */
#include "engine/media/reading_place.h"

#include <errno.h>
#include <libavcodec/packet.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/media/decoder.h"
#include "engine/media/demuxer.h"
#include "engine/media/media_frame.h"

#define US_PER_S ((int64_t)1000000)

/* How far before the start reading begins, attempt by attempt: containers that are sought by
 * byte or by packet may land behind the key frame that the start needs. */
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

/* Tells whether time stamps tell what was made, and it is worth while. */
static bool is_far(const struct vf_made *made)
{
    return made->is_rising && last_us(made) > US_PER_S;
}

static void go(struct vf_reading_place *place)
{
    int64_t margin_us = margins_us[place->attempts++] - place->from_us;
    bool is_at_beginning = vf_demuxer_seek(place->demuxer, place->start_us, margin_us);
    vf_decoder_restart(place->decoder, is_at_beginning ? -place->start_us : INT64_MIN);
    place->video.has_met = place->audio.has_met = false;
    place->video.again = place->audio.again = 0;
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

int vf_reading_place_find(struct vf_reading_place *place, bool may_seek)
{
    const struct vf_made *video = &place->video.made, *audio = &place->audio.made;
    bool has_audio = vf_demuxer_audio(place->demuxer) != NULL;
    if (may_seek && is_far(video) && (!has_audio || is_far(audio))) {
        place->video.is_by_time = true;
        place->audio.is_by_time = has_audio;
        place->from_us = last_us(video);
        if (has_audio && last_us(audio) < place->from_us)
            place->from_us = last_us(audio);
    }
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

/* `first` is the first frame that is not known from before; NULL: there is none. */
static bool is_missed(struct vf_reading_place *place, const struct vf_message *first)
{
    if (place->is_settled)
        return false;
    bool has_missed = !first || (vf_media_start_us(first) > 0 && /* some lie in between */
                                 !vf_decoder_has_skipped(place->decoder));
    if (place->video.is_by_time)
        has_missed = !place->video.has_met || (place->audio.is_by_time && !place->audio.has_met);
    place->is_settled = !has_missed || place->attempts == VF_COUNT(margins_us);
    if (!place->is_settled)
        go(place);
    return !place->is_settled;
}

enum vf_reading_verdict vf_reading_place_judge(struct vf_reading_place *place,
                                               const struct vf_message *frame)
{
    struct vf_repetition *video = &place->video;
    int64_t timestamp = frame ? frame->description.timestamp : VF_NO_TIMESTAMP;
    if (video->is_by_time && has(video, timestamp))
        return VF_READING_REPEATED;
    if (frame && is_missed(place, frame))
        return VF_READING_MISSED;
    bool is_repeated = !video->is_by_time && has(video, timestamp);
    return is_repeated ? VF_READING_REPEATED : VF_READING_NEW;
}

void vf_reading_place_note_audio(struct vf_reading_place *place, const AVPacket *packet)
{
    note(&place->audio, packet->pts);
}

bool vf_reading_place_has_audio(struct vf_reading_place *place, const AVPacket *packet)
{
    return has(&place->audio, packet->pts);
}

bool vf_reading_place_is_missed_at_end(struct vf_reading_place *place)
{
    return is_missed(place, NULL);
}

bool vf_reading_place_is_repeating(const struct vf_reading_place *place)
{
    const struct vf_repetition *video = &place->video;
    return video->is_by_time ? !place->is_settled : video->again < video->made.count;
}
