/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/steady_rate.h"

#include <errno.h>
#include <libavutil/mathematics.h>

#include "engine/base/log.h"

/* Farther than this is no hole in the frames, but another time: as in read/timeline.h. */
#define FAR_ON_S 108000
#define FAR_BACK_S 1
#define MAX_TICK (INT64_MAX / 4) /* more is nonsense, and sums would overflow */

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
    int64_t tick = av_rescale_q_rnd(time, base, tick_of(steady), AV_ROUND_NEAR_INF);
    return tick > -MAX_TICK && tick < MAX_TICK ? tick + steady->shift : fallback;
}

int64_t vf_steady_rate_tick(struct vf_rational rate, const struct vf_description *frame)
{
    const struct vf_steady_rate steady = {.rate = rate};
    return nearest_tick(&steady, frame, frame->timestamp, INT64_MIN);
}

static double seconds(const struct vf_steady_rate *steady, int64_t ticks)
{
    return (double)ticks * av_q2d(tick_of(steady));
}

/* Returns where a frame belongs that would come at `tick`. */
static int64_t follow_jump(struct vf_steady_rate *steady, int64_t tick)
{
    double distance = seconds(steady, tick - steady->last_tick);
    double back = seconds(steady, 1) > FAR_BACK_S ? seconds(steady, 1) : FAR_BACK_S;
    if (!steady->is_begun || (distance >= -back && distance <= FAR_ON_S))
        return tick;
    int64_t next = steady->last_tick + 1;
    if (!steady->has_jumped)
        vf_log(VF_LOG_WARNING,
               "timestamps jump by %.3f s at %.3f s: what follows goes on without a gap",
               seconds(steady, tick - next), seconds(steady, next));
    steady->has_jumped = true;
    steady->shift += next - tick;
    return next;
}

static int64_t end_tick(const struct vf_steady_rate *steady)
{
    const struct vf_description *last = &steady->shown->description;
    struct vf_rational rate = last->video.frame_rate;
    AVRational base = {last->time_base.num, last->time_base.den};
    int64_t duration = last->duration;
    if (duration <= 0 && rate.num > 0 && rate.den > 0 && base.num > 0 && base.den > 0)
        duration = av_rescale_q(1, (AVRational){rate.den, rate.num}, base);
    bool has_end = last->timestamp != VF_NO_TIMESTAMP && last->timestamp < INT64_MAX - duration;
    int64_t end = has_end ? last->timestamp + duration : VF_NO_TIMESTAMP;
    int64_t tick = nearest_tick(steady, last, end, steady->last_tick + 1);
    return seconds(steady, tick - steady->last_tick) <= FAR_ON_S ? tick : steady->last_tick + 1;
}

int vf_steady_rate_push(struct vf_steady_rate *steady, const struct vf_message *frame)
{
    const struct vf_description *description = &frame->description;
    struct vf_message *clone = NULL;
    int err = vf_message_clone(&clone, frame);
    if (err)
        return err;
    int64_t behind = steady->is_begun ? steady->last_tick + 1 : 0;
    int64_t tick =
        follow_jump(steady, nearest_tick(steady, description, description->timestamp, behind));
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
    steady->left_out += !steady->is_shown_once;
    steady->is_shown_once = false;
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
    steady->repeated += steady->is_shown_once;
    steady->is_shown_once = true;
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
