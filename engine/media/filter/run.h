/* SPDX-License-Identifier: MIT */
/* run.h - a graph of filters as the work of a node.
 *
 * Sound is copied on its way in and out. Pictures go in as they lie in shared memory. What comes out is copied into the task's arena once,
 * unless it lies in a payload: because the filters only pass it on, or because they draw into a
 * copy that was made there. Inputs of any form, which may change: then what is left in the graph
 * comes out, and it starts again.
 */
#ifndef VF_ENGINE_MEDIA_FILTER_RUN_H
#define VF_ENGINE_MEDIA_FILTER_RUN_H

#include "engine/media/filter/graph.h"
#include "engine/media/filter/text.h"
#include "engine/message/message.h"
#include "engine/node/forecast.h"
#include "engine/node/node.h"

/* Inputs that a graph which is not steady may keep; a node says so in `holds`. What it wants beyond
 * is copied. */
#define VF_FILTER_HOLDS 8

struct vf_filter_run;
struct vf_text;

struct vf_filter_plan {
    enum vf_filter_media media;
    /* Writes the graph; `forms` has an element for each input, and so has `videos`, if they are
     * pictures. */
    void (*compose)(const void *options, const struct vf_filter_form *forms,
                    const struct vf_video *videos, struct vf_text *text);
    const void *options;
    unsigned input_count, output_count;
    bool is_steady;     /* vf_filter_nature */
    bool is_led;        /* nothing comes out after the last picture of input 0 */
    bool may_be_unsafe; /* vf_filter_graph_create() */
    unsigned threads;
};

/* Copies the plan, keeps `options`. */
VF_MUST_CHECK int vf_filter_run_create(struct vf_filter_run **filters,
                                       const struct vf_filter_plan *plan);
void vf_filter_run_destroy(struct vf_filter_run **filters);

/* Answers the inputs of process(), some of which may be NULL. Returns VF_END, too, once nothing
 * more can come of any input. */
VF_MUST_CHECK int vf_filter_run_process(struct vf_filter_run *filters, struct vf_node_run *run,
                                        struct vf_message *const *inputs);

/* Answers the end of an input, as input_ended() does. */
VF_MUST_CHECK int vf_filter_run_input_ended(struct vf_filter_run *filters, struct vf_node_run *run);

/* Emits what is left. */
VF_MUST_CHECK int vf_filter_run_flush(struct vf_filter_run *filters, struct vf_node_run *run);

/* Foretells what a graph makes, as far as its inputs are known. */
void vf_filter_run_foretell(const struct vf_filter_plan *plan, struct vf_foresight *foresight);

#endif
