/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/retiming.h"

#include <libavutil/mathematics.h>

#include "engine/base/clock.h"

#define LARGEST_TERM 1001000 /* so that rates of television are themselves */

static AVRational to_av(struct vf_rational rational)
{
    return (AVRational){rational.num, rational.den};
}

struct vf_rational vf_retiming_fraction(double number)
{
    AVRational near = av_d2q(number, LARGEST_TERM);
    return (struct vf_rational){near.num, near.den};
}

struct vf_rational vf_retiming_rate(struct vf_rational frame_rate, struct vf_rational speed)
{
    if (frame_rate.num <= 0 || frame_rate.den <= 0)
        return frame_rate;
    AVRational rate = av_mul_q(to_av(frame_rate), to_av(speed));
    return (struct vf_rational){rate.num, rate.den};
}

static int64_t sped_up_ns(int64_t ticks, struct vf_rational base, struct vf_rational speed)
{
    return av_rescale(av_rescale(ticks, base.num * VF_NS_PER_S, base.den), speed.den, speed.num);
}

/* For ticks that are too fine for a rational. */
static void count_nanoseconds(struct vf_description *description, struct vf_rational speed)
{
    const struct vf_rational base = description->time_base;
    if (description->timestamp != VF_NO_TIMESTAMP)
        description->timestamp = sped_up_ns(description->timestamp, base, speed);
    description->duration = sped_up_ns(description->duration, base, speed);
    description->time_base = (struct vf_rational){1, VF_NS_PER_S};
}

void vf_retiming_speed_up(struct vf_description *description, struct vf_rational speed)
{
    if (description->time_base.num <= 0 || description->time_base.den <= 0)
        return;
    AVRational base;
    bool is_exact = av_reduce(&base.num, &base.den, (int64_t)description->time_base.num * speed.den,
                              (int64_t)description->time_base.den * speed.num, INT32_MAX);
    if (is_exact)
        description->time_base = (struct vf_rational){base.num, base.den};
    else
        count_nanoseconds(description, speed);
    if (description->type == VF_VALUE_VIDEO)
        description->video.frame_rate = vf_retiming_rate(description->video.frame_rate, speed);
}

void vf_retiming_number(struct vf_description *description, int64_t number, struct vf_rational rate)
{
    description->time_base = (struct vf_rational){rate.den, rate.num};
    description->timestamp = number;
    description->duration = 1;
    if (description->type == VF_VALUE_VIDEO)
        description->video.frame_rate = rate;
}
