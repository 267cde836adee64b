/* SPDX-License-Identifier: MIT */
/* stream.h - output to somebody who may read slowly: a pipe, a terminal, standard output. */
#ifndef VF_NODES_RECORD_STREAM_H
#define VF_NODES_RECORD_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

struct vf_node_run;

struct vf_stream {
    int fd; /* the caller's */
    bool
        is_hasty; /* somebody watches: it is no file, and what is ready should be written at once */
};

/* A reader that goes away is an error from here on, not a signal that kills the process. Returns a
 * negative errno where `fd` is not open. */
VF_MUST_CHECK int vf_stream_init(struct vf_stream *stream, int fd);

/* Writes all of it. Waits as long as the reader takes, and shows meanwhile that the task lives. */
VF_MUST_CHECK int vf_stream_write(const struct vf_stream *stream, struct vf_node_run *run,
                                  const char *bytes, size_t size);

#endif
