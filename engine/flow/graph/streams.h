/* SPDX-License-Identifier: MIT */
/* streams.h - whose messages reach a node, and so how it can put its inputs together.
 *
 * Every message carries the number that its producer gave to what it was made of. Inputs of one
 * stream can be joined by that number; inputs of different ones have nothing to compare but their
 * order and their timestamps.
 */
#ifndef VF_ENGINE_FLOW_GRAPH_STREAMS_H
#define VF_ENGINE_FLOW_GRAPH_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/flow/flow.h"
#include "engine/flow/graph/wiring.h"

#define VF_NO_NODE SIZE_MAX

/* What a link carries; nodes by their index in the flow. */
struct vf_stream {
    size_t producer;
    unsigned port;
    /* VF_NO_NODE: there is none. */
    size_t splitter;  /* last node that may make several messages of one */
    size_t scrambler; /* last node whose replicas' messages are not put back in order */
};

struct vf_streams {
    const struct vf_flow *flow;
    const struct vf_wiring *wiring;
    struct vf_stream *nodes; /* what each node gets; a producer: its own */
};

enum vf_join_problem {
    VF_JOIN_SOUND,
    VF_JOIN_DIFFERS,   /* the inputs come from different producers or outputs */
    VF_JOIN_SPLITS,    /* one input comes through a node that may split, another does not */
    VF_JOIN_SCRAMBLES, /* one input is not in order */
};

struct vf_join_choice {
    enum vf_join_policy by;
    enum vf_join_problem problem;        /* also where `by` is a way around it */
    const struct vf_link *first, *other; /* the inputs that it is about */
    size_t culprit;                      /* the node that splits, or whose replicas are unordered */
};

/* How a node joins by latest. */
struct vf_latest {
    bool has_ticks;          /* at the ticks of a clock; otherwise its first input leads */
    struct vf_rational rate; /* of the ticks; num 0: by default that of the first input */
    bool may_lack;           /* its node works without an input that has brought nothing */
    bool forgets;            /* and without one that has gone */
    int64_t gone_after_ns;
};

/* Follows every stream of a graph without cycles. Borrows `flow` and `wiring` until the streams
 * are finished. Returns -EINVAL where there is a cycle. */
VF_MUST_CHECK int vf_streams_init(struct vf_streams *streams, const struct vf_flow *flow,
                                  const struct vf_wiring *wiring);
void vf_streams_finish(struct vf_streams *streams);

/* Returns what a link carries. */
struct vf_stream vf_streams_of(const struct vf_streams *streams, const struct vf_link *link);

/* Returns whether what a link brings may be several messages of one origin, or none, and its reader
 * is told each with the frame that it belongs to. */
bool vf_streams_takes_several(const struct vf_streams *streams, const struct vf_link *link);

/* Returns how `node` puts its inputs together: as it wishes, else as its type asks in realtime, else
 * by origin where that is possible, else by order. */
struct vf_join_choice vf_streams_choose_join(const struct vf_streams *streams, size_t node);

/* Returns how `node` joins by latest; all zero where it does not. */
struct vf_latest vf_streams_latest(const struct vf_streams *streams, size_t node);

#endif
