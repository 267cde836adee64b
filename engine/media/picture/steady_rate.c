/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/steady_rate.h"

#include <errno.h>
#include <libavutil/mathematics.h>

static AVRational tick_of(const struct vf_steady_rate *steady)
{
    return (AVRational){steady->rate.den, steady->rate.num};
}

/* Returns the tick nearest to a time of `frame`; `fallback` where it has no times. */
static int64_t nearest_tick(const struct vf_steady_rate *steady, const struct vf_description *frame,
                            int64_t time, int64_t fallback)
{
    AVRational base = {frame->time_base.num, frame->time_base.den};
    if (time == VF_NO_TIMESTAMP || base.num <= 0 || base.den <= 0)
        return fallback;
    return av_rescale_q_rnd(time, base, tick_of(steady), AV_ROUND_NEAR_INF);
}

static int64_t end_tick(const struct vf_steady_rate *steady)
{
    const struct vf_description *last = &steady->shown->description;
    struct vf_rational rate = last->video.frame_rate;
    AVRational base = {last->time_base.num, last->time_base.den};
    int64_t duration = last->duration;
    if (duration <= 0 && rate.num > 0 && rate.den > 0 && base.num > 0 && base.den > 0)
        duration = av_rescale_q(1, (AVRational){rate.den, rate.num}, base);
    int64_t end = last->timestamp == VF_NO_TIMESTAMP ? VF_NO_TIMESTAMP : last->timestamp + duration;
    return nearest_tick(steady, last, end, steady->last_tick + 1);
}

int vf_steady_rate_push(struct vf_steady_rate *steady, const struct vf_message *frame)
{
    const struct vf_description *description = &frame->description;
    struct vf_message *clone = NULL;
    int err = vf_message_clone(&clone, frame);
    if (err)
        return err;
    int64_t behind = steady->is_begun ? steady->last_tick + 1 : 0;
    int64_t tick = nearest_tick(steady, description, description->timestamp, behind);
    if (!steady->is_begun)
        steady->next_tick = tick;
    steady->last_tick = tick;
    *(steady->shown ? &steady->coming : &steady->shown) = clone;
    steady->coming_tick = tick;
    steady->is_begun = true;
    return VF_OK;
}

void vf_steady_rate_end(struct vf_steady_rate *steady)
{
    steady->has_ended = true;
    if (steady->shown)
        steady->coming_tick = end_tick(steady);
}

static void show_coming(struct vf_steady_rate *steady)
{
    vf_message_destroy(&steady->shown);
    steady->shown = steady->coming;
    steady->coming = NULL;
}

static int make(struct vf_steady_rate *steady, struct vf_message **frame)
{
    int err = vf_message_clone(frame, steady->shown);
    if (err)
        return err;
    struct vf_description *description = &(*frame)->description;
    description->timestamp = steady->next_tick++;
    description->duration = 1;
    description->time_base = (struct vf_rational){steady->rate.den, steady->rate.num};
    description->video.frame_rate = steady->rate;
    return VF_OK;
}

int vf_steady_rate_next(struct vf_steady_rate *steady, struct vf_message **frame)
{
    *frame = NULL;
    if (!steady->shown)
        return steady->has_ended ? VF_END : -EAGAIN;
    if (!steady->coming && !steady->has_ended)
        return -EAGAIN;
    if (steady->coming_tick > steady->next_tick)
        return make(steady, frame);
    show_coming(steady);
    return steady->has_ended ? VF_END : -EAGAIN;
}

void vf_steady_rate_finish(struct vf_steady_rate *steady)
{
    vf_message_destroy(&steady->shown);
    vf_message_destroy(&steady->coming);
}
