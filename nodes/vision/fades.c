/* SPDX-License-Identifier: MIT */
#include "nodes/vision/fades.h"

#define FLAT 5.0F /* deviation: there is nothing to be seen */
#define DARK 40.0F
#define BRIGHT 215.0F
#define SHORTEST 4     /* pictures of a way down or up; what is shorter is a cut */
#define PATIENCE 2     /* pictures without a change that end a way */
#define CHANGES 0.005F /* share of the contrast that it has to change by */

static enum vf_fade_step take_flat(struct vf_fades *fades, const struct vf_look *look)
{
    if (!fades->flat) {
        fades->fades_out = fades->sinking >= SHORTEST;
        fades->is_white = look->mean > BRIGHT;
    }
    fades->flat++;
    fades->sinking = fades->rising = fades->still = 0;
    return VF_FADE_IS_FLAT;
}

static enum vf_fade_step come_out(struct vf_fades *fades)
{
    fades->rising = 1;
    fades->still = 0;
    return VF_FADE_COMES_OUT;
}

static enum vf_fade_step rise(struct vf_fades *fades, const struct vf_look *look)
{
    bool rises = look->deviation > fades->deviation * (1 + CHANGES);
    if (rises) {
        fades->rising += 1 + fades->still;
        fades->still = 0;
        return VF_FADE_RISES;
    }
    if (++fades->still < PATIENCE)
        return VF_FADE_NONE;
    fades->fades_in = fades->rising >= SHORTEST;
    return VF_FADE_IS_OVER;
}

static enum vf_fade_step sink(struct vf_fades *fades, const struct vf_look *look)
{
    if (look->deviation < fades->deviation * (1 - CHANGES)) {
        fades->still = 0;
        return fades->sinking++ == 0 ? VF_FADE_SINKS : VF_FADE_NONE;
    }
    if (++fades->still >= PATIENCE)
        fades->sinking = 0;
    return VF_FADE_NONE;
}

bool vf_fades_is_under_way(const struct vf_fades *fades)
{
    return fades->flat && fades->step != VF_FADE_IS_OVER;
}

enum vf_fade_step vf_fades_take(struct vf_fades *fades, const struct vf_look *look, bool is_flash)
{
    bool is_flat = look->deviation < FLAT && (look->mean < DARK || look->mean > BRIGHT);
    if (fades->step == VF_FADE_IS_OVER)
        fades->flat = fades->rising = fades->sinking = fades->still = 0;
    fades->is_flash = is_flat && !fades->flat && (is_flash || fades->is_flash);
    is_flat = is_flat && !fades->is_flash;
    if (is_flat)
        fades->step = take_flat(fades, look);
    else if (fades->flat && !fades->rising)
        fades->step = come_out(fades);
    else if (fades->rising)
        fades->step = rise(fades, look);
    else
        fades->step = sink(fades, look);
    fades->has_picture |= !is_flat && !fades->flat;
    fades->deviation = look->deviation;
    return fades->step;
}
