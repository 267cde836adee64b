/* SPDX-License-Identifier: MIT */
/* medium.h - what became of a file or an address that a task has read or written. */
#ifndef VF_ENGINE_JOURNAL_MEDIUM_H
#define VF_ENGINE_JOURNAL_MEDIUM_H

#include <stdbool.h>
#include <stdint.h>

struct vf_medium {
    const char *path; /* as the flow names it */
    const char *unit; /* what is counted: "frames", "pictures", "lines", "messages" */
    uint64_t count;
    int64_t duration_ns; /* of what has a length; negative: it has none, or nobody knows */
    int64_t size_bytes;  /* negative: nobody knows */
    bool is_complete;    /* read or written to its end */
    bool is_removed;     /* only that what was noted under this path is not there any more */
    const char *reason;  /* why it is not; NULL: it is, or nobody knows */
};

#endif
