/* SPDX-License-Identifier: MIT */
#include "nodes/read/picks.h"

#include "engine/media/picture/steady_rate.h"
#include "nodes/time/message_time.h"

/* Returns whether no other frame takes the place of this one at the tick that is nearest to it. */
static bool is_last_of_tick(struct vf_rational rate, const struct vf_message *frame,
                            const struct vf_message *next)
{
    return !next || vf_steady_rate_tick(rate, &frame->description) !=
                        vf_steady_rate_tick(rate, &next->description);
}

bool vf_picks_take(struct vf_picks *picks, const struct vf_message *frame,
                   const struct vf_message *next)
{
    bool is_taken = !picks->count;
    double seconds = vf_message_seconds(frame);
    for (unsigned i = 0; i < picks->count; i++) {
        const struct vf_wish *wish = &picks->wishes[i];
        bool takes;
        if (wish->nth)
            takes = picks->seen % wish->nth == 0;
        else if (wish->fps > 0)
            takes = vf_slots_begin(&picks->slots[i], seconds, wish->fps);
        else
            takes = is_last_of_tick(wish->rate, frame, next);
        is_taken = is_taken || takes;
    }
    picks->seen++;
    return is_taken;
}
