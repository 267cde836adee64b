/* SPDX-License-Identifier: MIT */
/* place.h - where in a file a reader begins, and what of that has been read before.
 *
 * A reader begins at the time that it was asked for, exact to the frame. One that takes over from
 * another, which had died, makes the same messages again and leaves out those that were made.
 * Where timestamps tell them apart it reads only what lies around the last of them; else all,
 * counting. Either way what follows is what the other would have made.
 */
#ifndef VF_ENGINE_MEDIA_READ_PLACE_H
#define VF_ENGINE_MEDIA_READ_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/read/open/settings.h"
#include "engine/message/message.h"

struct AVPacket;
struct vf_decoder;
struct vf_demuxer;

/* What has been made for one port, and how it comes again. */
struct vf_repetition {
    struct vf_made made;
    uint64_t again;  /* messages that have come again, of those that are counted */
    bool is_by_time; /* known by their timestamps; only those without one are counted */
    bool has_met;    /* the last one with a timestamp has come again */
};

struct vf_reading_place {
    struct vf_demuxer *demuxer; /* borrowed, like the decoder */
    struct vf_decoder *decoder; /* NULL: nothing is decoded */
    int64_t start_us;           /* asked for; timestamps count from there */
    bool is_only_timed; /* of what was made, only the timestamps are right, not the counts */
    struct vf_repetition of[VF_STREAM_COUNT]; /* their `made` is filled in */
    /* Private: */
    int64_t from_us; /* where to look for what has not been made, counted from the start */
    unsigned attempts;
    bool is_settled; /* the place is found: nothing begins again */
};

enum vf_reading_verdict {
    VF_READING_NEW,
    VF_READING_REPEATED, /* it has been made before */
    VF_READING_MISSED,   /* it lies too far on: reading begins again, further back */
};

/* Goes to where reading begins; `place` has all but what is private to it. What was made before is
 * looked for by its time only if it `may_seek`. Returns -ERANGE when the start lies past the
 * end. */
VF_MUST_CHECK int vf_reading_place_find(struct vf_reading_place *place, bool may_seek);

/* Goes on in a stream that has been opened again, wherever that is. */
void vf_reading_place_join(struct vf_reading_place *place, struct vf_demuxer *demuxer,
                           struct vf_decoder *decoder);

/* Judges the next frame; NULL: one that was lost, without a description. One that is not wanted,
 * because only each nth is, can tell that the place was missed, but not that it was found. */
enum vf_reading_verdict vf_reading_place_judge(struct vf_reading_place *place,
                                               const struct vf_message *frame, bool is_wanted);

/* Says that a packet of sound or subtitles has been read; and reports, once for each in their
 * order, whether one has been made before. */
void vf_reading_place_note_packet(struct vf_reading_place *place, enum vf_stream kind,
                                  const struct AVPacket *packet);
bool vf_reading_place_has_packet(struct vf_reading_place *place, enum vf_stream kind,
                                 const struct AVPacket *packet);

/* Reports of decoded sound, frame by frame, whether it has been made before; and of a packet,
 * whether it is decoded only for what follows. */
bool vf_reading_place_has_sound(struct vf_reading_place *place, int64_t timestamp);
bool vf_reading_place_is_behind_sound(const struct vf_reading_place *place,
                                      const struct AVPacket *packet);

/* Says that a stream has been announced; reports whether that has been done before. */
bool vf_reading_place_has_announced(struct vf_reading_place *place, enum vf_stream kind);

/* Says that there are no more frames. Returns true when the place was missed, as above. */
bool vf_reading_place_is_missed_at_end(struct vf_reading_place *place);

/* Returns whether what was made before is still to come again. */
bool vf_reading_place_is_repeating(const struct vf_reading_place *place);

#endif
