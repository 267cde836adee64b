/* SPDX-License-Identifier: MIT */
#include "engine/media/write/schedule.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/media/libav/frame.h"
#include "engine/media/write/choice/settings.h"

#define FIRST_ROOM 4

int vf_cut_queue_push(struct vf_cut_queue *queue, const struct vf_cut *cut)
{
    if (queue->end == queue->room) {
        unsigned room = queue->room ? 2 * queue->room : FIRST_ROOM;
        struct vf_cut *grown = realloc(queue->cuts, room * sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        queue->cuts = grown;
        queue->room = room;
    }
    queue->cuts[queue->end++] = *cut;
    return VF_OK;
}

const struct vf_cut *vf_cut_queue_peek(const struct vf_cut_queue *queue)
{
    return queue->first < queue->end ? &queue->cuts[queue->first] : NULL;
}

void vf_cut_queue_pop(struct vf_cut_queue *queue)
{
    if (++queue->first == queue->end)
        queue->first = queue->end = 0;
}

void vf_cut_queue_finish(struct vf_cut_queue *queue)
{
    free(queue->cuts);
    *queue = (struct vf_cut_queue){0};
}

void vf_schedule_begin(struct vf_schedule *schedule, const struct vf_output_settings *settings,
                       const struct vf_message *first)
{
    schedule->has_begun = true;
    schedule->first = first->description;
    schedule->first_us = schedule->last_us = vf_media_start_us(first);
    schedule->due_us = settings->segment_ns && schedule->first_us != INT64_MIN
                           ? schedule->first_us + settings->segment_ns / VF_NS_PER_US
                           : INT64_MAX;
}

void vf_schedule_advance(struct vf_schedule *schedule, int64_t start_us)
{
    if (start_us > schedule->last_us)
        schedule->last_us = start_us;
}

bool vf_schedule_is_due(struct vf_schedule *schedule, const struct vf_output_settings *settings,
                        int64_t start_us, int64_t present_bytes)
{
    int64_t length_us = settings->segment_ns / VF_NS_PER_US;
    bool is_late = start_us != INT64_MIN && start_us >= schedule->due_us;
    bool is_large = settings->segment_bytes && present_bytes >= settings->segment_bytes;
    bool is_due = is_late || (is_large && !schedule->is_larger);
    if (is_late)
        schedule->due_us += ((start_us - schedule->due_us) / length_us + 1) * length_us;
    else if (is_due && schedule->due_us != INT64_MAX && start_us != INT64_MIN)
        schedule->due_us = start_us + length_us;
    schedule->is_larger = is_large;
    return is_due;
}

void vf_schedule_finish(struct vf_schedule *schedule)
{
    vf_cut_queue_finish(&schedule->kept);
}
