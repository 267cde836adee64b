/* SPDX-License-Identifier: MIT */
#include "engine/base/trust.h"

static enum vf_trust how_far = VF_TRUST_LOOK;
static bool is_unsafe_allowed;

void vf_trust_set(enum vf_trust trust)
{
    how_far = trust;
}

enum vf_trust vf_trust(void)
{
    return how_far;
}

void vf_unsafe_allow(void)
{
    is_unsafe_allowed = true;
}

bool vf_unsafe_is_allowed(void)
{
    return is_unsafe_allowed;
}
