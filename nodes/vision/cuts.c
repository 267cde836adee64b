/* SPDX-License-Identifier: MIT */
#include "nodes/vision/cuts.h"

#define OUTSTANDING 3.0 /* times as large as the changes around it */
#define ALIKE 0.5 /* of the change at a flash that the pictures before and after it differ by */

int vf_cuts_delay(const struct vf_cuts *cuts)
{
    return cuts->flash > VF_CUTS_AROUND ? cuts->flash : VF_CUTS_AROUND;
}

static struct vf_look *look_at(struct vf_cuts *cuts, uint64_t number)
{
    return &cuts->looks[number % VF_CUTS_ROOM];
}

struct vf_look *vf_cuts_next(struct vf_cuts *cuts)
{
    return look_at(cuts, cuts->taken);
}

void vf_cuts_take(struct vf_cuts *cuts)
{
    uint64_t number = cuts->taken++;
    cuts->changes[number % VF_CUTS_ROOM] =
        number ? vf_look_distance(look_at(cuts, number - 1), look_at(cuts, number)) : 0;
}

static double change_at(const struct vf_cuts *cuts, uint64_t number)
{
    return cuts->changes[number % VF_CUTS_ROOM];
}

/* Picture 0 has no change. */
static bool is_outstanding(const struct vf_cuts *cuts, uint64_t number)
{
    double sum = 0;
    unsigned count = 0;
    for (uint64_t i = number > VF_CUTS_AROUND ? number - VF_CUTS_AROUND : 1;
         i <= number + VF_CUTS_AROUND && i < cuts->taken; i++) {
        if (i == number)
            continue;
        sum += change_at(cuts, i);
        count++;
    }
    return !count || change_at(cuts, number) >= OUTSTANDING * sum / count;
}

/* Whether a flash begins or ends with this picture: before and after it, all looks alike. */
static bool is_flash(struct vf_cuts *cuts, uint64_t number)
{
    double near = ALIKE * change_at(cuts, number);
    for (uint64_t i = 1; i <= (uint64_t)cuts->flash; i++) {
        if (number + i < cuts->taken &&
            vf_look_distance(look_at(cuts, number - 1), look_at(cuts, number + i)) < near)
            return true;
        if (number >= 1 + i &&
            vf_look_distance(look_at(cuts, number - 1 - i), look_at(cuts, number)) < near)
            return true;
    }
    return false;
}

bool vf_cuts_judge(struct vf_cuts *cuts, bool is_end, struct vf_cut *cut)
{
    uint64_t number = cuts->judged;
    uint64_t needed = is_end ? number + 1 : number + 1 + (uint64_t)vf_cuts_delay(cuts);
    if (cuts->taken < needed)
        return false;
    double score = change_at(cuts, number);
    bool is_large = number > 0 && score >= cuts->threshold;
    cut->is_flash = is_large && is_flash(cuts, number);
    cut->is_cut = is_large && !cut->is_flash && is_outstanding(cuts, number);
    cut->score = score;
    cut->look = look_at(cuts, number);
    cuts->judged++;
    return true;
}

void vf_cuts_forget(struct vf_cuts *cuts)
{
    cuts->taken = 0;
    cuts->judged = 0;
}
