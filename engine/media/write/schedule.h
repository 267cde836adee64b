/* SPDX-License-Identifier: MIT */
/* schedule.h - when the files of a series begin.
 *
 * That is read from the messages of the track that leads. Which track that is may be known only when
 * much of it has come: so each that may lead has a schedule, which keeps its cuts until then.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_SCHEDULE_H
#define VF_ENGINE_MEDIA_WRITE_SCHEDULE_H

#include <libavutil/rational.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_output_settings;

/* Asks for a file that begins with the first key frame whose packet's time is at least this. */
struct vf_cut {
    int64_t timestamp;
    AVRational time_base;
    struct vf_description first; /* of the message that asks for it */
};

/* Cuts, in their order. Starts as zero bytes. */
struct vf_cut_queue {
    struct vf_cut *cuts;
    unsigned first, end, room;
};

VF_MUST_CHECK int vf_cut_queue_push(struct vf_cut_queue *queue, const struct vf_cut *cut);

/* Lends the next cut; NULL: there is none. */
const struct vf_cut *vf_cut_queue_peek(const struct vf_cut_queue *queue);
void vf_cut_queue_pop(struct vf_cut_queue *queue);

/* Frees the cuts; may be called again. */
void vf_cut_queue_finish(struct vf_cut_queue *queue);

/* Starts as zero bytes. */
struct vf_schedule {
    struct vf_cut_queue kept;    /* until it is known that this track leads */
    struct vf_description first; /* of the first message */
    int64_t first_us, last_us;   /* when it and the last one begin; INT64_MIN: unknown */
    int64_t due_us;              /* when the next file is to begin; INT64_MAX: at no time */
    bool has_begun;
    bool is_larger; /* the present file is as large as it shall become, and ends soon */
};

/* Notes the first message. */
void vf_schedule_begin(struct vf_schedule *schedule, const struct vf_output_settings *settings,
                       const struct vf_message *first);

/* Notes that a message begins at that time. */
void vf_schedule_advance(struct vf_schedule *schedule, int64_t start_us);

/* Returns whether a file shall begin with a message of that time, and decides when the next one
 * will: by time they begin at multiples of the length, counted from the last cut by size
 * of what has a time. */
bool vf_schedule_is_due(struct vf_schedule *schedule, const struct vf_output_settings *settings,
                        int64_t start_us, int64_t present_bytes);

void vf_schedule_finish(struct vf_schedule *schedule);

#endif
