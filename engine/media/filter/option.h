/* SPDX-License-Identifier: MIT */
/* option.h - the options of nodes that run a graph which a flow names. */
#ifndef VF_ENGINE_MEDIA_FILTER_OPTION_H
#define VF_ENGINE_MEDIA_FILTER_OPTION_H

#include "engine/media/filter/text.h"
#include "engine/node/option/option.h"
#include "engine/node/reach.h"

/* What such a node may do outside of the flow: a bool. */
#define VF_FILTER_UNSAFE(type, field)                                                           \
    {                                                                                           \
        "unsafe",                                                                               \
            "Let filters write files, connect, listen and load code; --allow-unsafe has to be " \
            "given, too",                                                                       \
            VF_BOOLEAN(type, field), .fallback = "false"                                        \
    }
#define VF_FILTER_UNSAFE_ABOUT                                                                     \
    "Filters that write files, connect, listen or load code, such as vidstabdetect, movie with a " \
    "URL, zmq and frei0r, are refused unless `unsafe` and --allow-unsafe are both given: see "     \
    "vflow-security(7)."

/* A graph as a node has it. */
struct vf_filter_wish {
    const char *option; /* that has the graph */
    const char *graph;
    enum vf_filter_media media;
    bool may_be_unsafe; /* what the node says */
};

/* Looks for mistakes in the graph, for files that it reads and that are not there, and for what is
 * refused unless the node `may_be_unsafe` and that is allowed (engine/base/trust.h). Returns -EINVAL
 * with a line in `problem`, or as vf_filter_look(). */
VF_MUST_CHECK int vf_filter_option_check(const struct vf_filter_wish *wish,
                                         struct vf_filter_nature *nature, char *problem,
                                         size_t problem_size);

/* Names what the graph touches outside of the flow, as `reach` of a node does. */
void vf_filter_option_reach(const char *graph, const struct vf_reach *reach);

#endif
