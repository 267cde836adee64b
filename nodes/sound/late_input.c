/* SPDX-License-Identifier: MIT */
#include "nodes/sound/late_input.h"

/* Returns the input of which least has come, but for one; `count`: all others have ended. */
static unsigned find_slowest(const struct vf_late_inputs *inputs, unsigned but)
{
    unsigned slowest = inputs->count;
    for (unsigned i = 0; i < inputs->count; i++) {
        if (i == but || inputs->has_ended[i])
            continue;
        if (slowest == inputs->count || inputs->seconds[i] < inputs->seconds[slowest])
            slowest = i;
    }
    return slowest;
}

unsigned vf_late_inputs_note(struct vf_late_inputs *inputs, unsigned input, double seconds,
                             size_t bytes)
{
    inputs->seconds[input] += seconds;
    unsigned slowest = find_slowest(inputs, input);
    if (slowest == inputs->count || seconds <= 0)
        return inputs->count;
    double ahead = inputs->seconds[input] - inputs->seconds[slowest];
    bool is_too_much = ahead * (double)bytes / seconds > (double)VF_MOST_WAITING_BYTES;
    return is_too_much ? slowest : inputs->count;
}
