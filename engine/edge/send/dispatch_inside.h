/* SPDX-License-Identifier: MIT */
/* dispatch_inside.h - what the files of dispatch.h share. Nobody else includes it.
 *
 * dispatch.c gives messages to edges, dispatch_rounds.c knows which round they belong to, and what
 * a new process needs to go on in the middle of one.
 */
#ifndef VF_ENGINE_EDGE_SEND_DISPATCH_INSIDE_H
#define VF_ENGINE_EDGE_SEND_DISPATCH_INSIDE_H

#include "engine/edge/send/dispatch.h"
#include "engine/edge/send/sender.h"
#include "engine/edge/send/spread.h"

struct vf_dispatch {
    struct vf_senders senders;
    struct vf_spread *spreads;
    size_t spread_count;
    int result; /* of the message being published */
};

/* Tells whether the message that is about to be published was published by the process before, on
 * this edge or, of a spread of which this is the first lane, on any. */
bool vf_dispatch_is_repeated(const struct vf_dispatch *dispatch, const struct vf_sender *sender);

#endif
