/* SPDX-License-Identifier: MIT */
#include "nodes/read/frame_choice.h"

bool vf_frame_choice_takes_packet(struct vf_frame_choice *choice, int64_t time_us)
{
    if (!choice->is_by_packet || (time_us != INT64_MIN && time_us < choice->first_us))
        return true;
    return choice->next++ % choice->every == 0;
}

bool vf_frame_choice_wants(const struct vf_frame_choice *choice)
{
    return choice->is_by_packet || choice->next % choice->every == 0;
}

void vf_frame_choice_count(struct vf_frame_choice *choice, bool is_first)
{
    if (!choice->is_by_packet)
        choice->next = is_first ? 1 : choice->next + 1;
}

void vf_frame_choice_restart(struct vf_frame_choice *choice)
{
    choice->next = 0;
}
