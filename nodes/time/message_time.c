/* SPDX-License-Identifier: MIT */
#include "nodes/time/message_time.h"

#include "engine/base/clock.h"

double vf_message_seconds(const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    if (description->timestamp == VF_NO_TIMESTAMP || description->time_base.den == 0)
        return (double)description->event_time_ns / VF_NS_PER_S;
    return (double)description->timestamp * description->time_base.num / description->time_base.den;
}
