/* SPDX-License-Identifier: MIT */
#include "nodes/read/pacer.h"

#include "engine/base/clock.h"
#include "engine/media/libav/frame.h"

static int sleep_until(const struct vf_pacer *pacer, struct vf_node_run *run, int64_t time_us)
{
    return vf_node_sleep_until(run, pacer->zero_ns + run->paused_ns + time_us * VF_NS_PER_US);
}

/* Keeps to the rate of its own. */
static int wait_in_turn(struct vf_pacer *pacer, struct vf_node_run *run)
{
    if (!pacer->is_begun)
        pacer->zero_ns = vf_clock_now_ns() - run->paused_ns;
    pacer->is_begun = true;
    double due_ns = pacer->count++ / pacer->fps * (double)VF_NS_PER_S;
    return vf_node_sleep_until(run, pacer->zero_ns + run->paused_ns + (int64_t)due_ns);
}

int vf_pacer_wait(struct vf_pacer *pacer, struct vf_node_run *run, const struct vf_message *frame)
{
    int64_t time_us = vf_media_start_us(frame);
    if (pacer->is_on && pacer->fps > 0)
        return wait_in_turn(pacer, run);
    if (!pacer->is_on || time_us == INT64_MIN)
        return VF_OK;
    if (!pacer->is_begun || time_us < pacer->last_us)
        pacer->zero_ns = vf_clock_now_ns() - run->paused_ns - time_us * VF_NS_PER_US;
    pacer->is_begun = true;
    pacer->last_us = time_us;
    pacer->next_us = vf_media_end_us(frame);
    pacer->frame_us = pacer->next_us - time_us;
    return sleep_until(pacer, run, time_us);
}

int vf_pacer_wait_lost(struct vf_pacer *pacer, struct vf_node_run *run)
{
    if (!pacer->is_begun)
        return VF_OK;
    if (pacer->fps > 0)
        return wait_in_turn(pacer, run);
    int64_t time_us = pacer->next_us;
    pacer->next_us += pacer->frame_us;
    return sleep_until(pacer, run, time_us);
}
