/* SPDX-License-Identifier: MIT */
/* spans.h - the times that are to be recorded, and which of them belong to one clip.
 *
 * Times are nanoseconds of the pictures' timestamps.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_CLIPS_SPANS_H
#define VF_ENGINE_MEDIA_WRITE_CLIPS_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

/* The end of what goes on. */
#define VF_SPAN_GOES_ON INT64_MAX

struct vf_span {
    int64_t begin_ns, end_ns; /* both are in it */
    uint64_t id;              /* by which its owner finds it again */
};

/* Starts as zero bytes. */
struct vf_spans {
    struct vf_span *items; /* by their beginnings */
    size_t count, room;
};

VF_MUST_CHECK int vf_spans_add(struct vf_spans *spans, const struct vf_span *span);

/* Gives an end to a span that goes on. */
void vf_spans_end(struct vf_spans *spans, uint64_t id, int64_t end_ns);

/* Makes one span, without an id, of all that share a time with the stretch from `from_ns` to before
 * `until_ns`: from the first beginning to the last end. Returns whether there are any. */
bool vf_spans_find(const struct vf_spans *spans, int64_t from_ns, int64_t until_ns,
                   struct vf_span *found);

/* Forgets those that end before `time_ns`. */
void vf_spans_forget(struct vf_spans *spans, int64_t time_ns);

void vf_spans_finish(struct vf_spans *spans);

#endif
