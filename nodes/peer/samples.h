/* SPDX-License-Identifier: MIT */
/* samples.h - sound as a program outside of the flow takes it: an array of samples x channels. */
#ifndef VF_NODES_PEER_SAMPLES_H
#define VF_NODES_PEER_SAMPLES_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_samples {
    char dtype[8]; /* as numpy spells it */
    struct vf_payload
        *payload; /* the caller's: one sample of each channel, then the next of each */
    size_t size;  /* bytes of it */
};

/* Puts the samples of an audio message, which has some, one after the other, as their format is.
 * Returns -EBADMSG for a format that is not known, or that its payload does not bear out. */
VF_MUST_CHECK int vf_samples_take(struct vf_samples *samples, const struct vf_message *message);

#endif
