/* SPDX-License-Identifier: MIT */
/* spans.h - the way of some frames through the tasks of a run, as OTLP has traces.
 *
 * One trace is one message of a producer, and all that was made of it; one span in it is a call of a
 * task's node that worked on it. Its parent is what the task before has done with it. All is found in
 * the tasks' traces (engine/edge/page/trace.h), which hold some seconds: look more often than that.
 * Ids follow from the run, the origin of the frame and the task, and are the same whoever asks: when a
 * flow is changed, another process goes on, and the spans of both make the same traces.
 */
#ifndef VF_ENGINE_OTLP_SPANS_H
#define VF_ENGINE_OTLP_SPANS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/account/figures.h"
#include "engine/base/result.h"

struct vf_otlp_spans;

/* Traces one in `frames` of what each producer makes, the first among them. What ended before
 * `since_ns`, somebody else returns. Borrows `figures` until it is destroyed. */
VF_MUST_CHECK int vf_otlp_spans_create(struct vf_otlp_spans **spans,
                                       const struct vf_figures *figures, uint64_t frames,
                                       int64_t since_ns);
void vf_otlp_spans_destroy(struct vf_otlp_spans **spans);

/* Leaves to somebody else what ends at `until_ns` or later. */
void vf_otlp_spans_leave(struct vf_otlp_spans *spans, int64_t until_ns);

/* Looks what the tasks have done since the last call. */
void vf_otlp_spans_read(struct vf_otlp_spans *spans, int64_t now_ns);

/* Returns the spans, some at a time, of frames that nothing has happened to for a while before `now_ns`
 * or, if `all`, of any; the array is the caller's. Each is returned once. NULL: there is none, or no
 * memory. */
json_t *vf_otlp_spans_take(struct vf_otlp_spans *spans, int64_t now_ns, bool all);

#endif
