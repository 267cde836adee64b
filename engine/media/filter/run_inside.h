/* SPDX-License-Identifier: MIT */
/* run_inside.h - what the files of filter_run.h share. Nobody else includes it.
 *
 * filter_run.c has what goes into a graph, filter_output.c what comes out.
 */
#ifndef VF_ENGINE_MEDIA_FILTER_RUN_INSIDE_H
#define VF_ENGINE_MEDIA_FILTER_RUN_INSIDE_H

#include "engine/media/filter/lane.h"
#include "engine/media/filter/run.h"

/* Filters that draw into their input save a copy where it may be written to. */
enum lending { LEND_READ_ONLY, LEND_COPY_TO_TRY, LEND_COPY, LEND_READ_ONLY_FOR_GOOD };

struct vf_filter_run {
    struct vf_filter_plan plan;
    struct vf_filter_graph *graph; /* NULL: an input is still of unknown form */
    struct vf_filter_lane lanes[VF_FILTER_INPUTS];
    enum lending lending;
    struct vf_description leader; /* of the last picture of input 0; version 0: there was none */
    const struct vf_message *answered; /* picture of input 0 that is being answered; or NULL */
};

/* Emits all that the graph has made. Returns VF_END when no more can come out of it, and -ECANCELED
 * when the flow is to stop. */
VF_MUST_CHECK int vf_filter_run_empty(struct vf_filter_run *filters, struct vf_node_run *run);

#endif
