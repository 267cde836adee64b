/* SPDX-License-Identifier: MIT */
/* timeline.h - what the tasks of a run did last, as a trace that Perfetto shows.
 *
 * The format is Perfetto's: a protobuf message Trace, that is a row of TracePackets
 * (perfetto.dev/docs/reference/trace-packet-proto). Each task is a track of the process "vflow".
 * On it are slices for the calls of its node, for what lies between them, and for waits for input
 * and for room; a flow (an arrow) leads from where a message was sent to the call that got it.
 * Times are those of CLOCK_MONOTONIC, tied to the other clocks by a snapshot.
 */
#ifndef VF_ENGINE_ACCOUNT_TIMELINE_H
#define VF_ENGINE_ACCOUNT_TIMELINE_H

#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"

struct vf_timeline;

/* Begins a trace of what happened since `from_ns`, as vf_clock_now_ns() counts. Borrows the plan
 * and the memory. */
VF_MUST_CHECK int vf_timeline_create(struct vf_timeline **timeline, const struct vf_plan *plan,
                                     const struct vf_run_memory *memory, int64_t from_ns);
void vf_timeline_destroy(struct vf_timeline **timeline);

/* Adds packets for what has happened since the last call. The first call begins with those that
 * describe the tracks. What is added at one time or another is one trace when it is put together.
 * Returns -ENOMEM when *out has failed. */
VF_MUST_CHECK int vf_timeline_read(struct vf_timeline *timeline, struct vf_text *out);

/* Adds the calls that have not come to their end: a task that hangs, or died, is in one. For the
 * end of a trace. Returns as above. */
VF_MUST_CHECK int vf_timeline_end(struct vf_timeline *timeline, struct vf_text *out);

#endif
