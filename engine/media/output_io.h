/* SPDX-License-Identifier: MIT */
/* output_io.h - what a container is written to: a file, a pipe, or somebody on the network.
 *
 * A receiver that takes nothing for `timeout_ns` counts as gone, and whoever waits for it is let go
 * at once when the task is to stop.
 */
#ifndef VF_ENGINE_MEDIA_OUTPUT_IO_H
#define VF_ENGINE_MEDIA_OUTPUT_IO_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVFormatContext;
struct vf_node_run;
struct vf_output_choice;
struct vf_output_settings;

/* Stays where it is while it is open: libavformat calls back. */
struct vf_output_io {
    struct vf_node_run *run; /* borrowed, like all here */
    const struct vf_output_choice *choice;
    const struct vf_output_settings *settings;
    struct AVFormatContext *format; /* filled in */
    /* Private: */
    _Atomic int64_t deadline_ns; /* 0: none */
    atomic_bool is_late;
};

/* Opens `path`; the first three members are set, the others zero. Returns an error of libav's; what
 * there is must be closed then, too. */
VF_MUST_CHECK int vf_output_io_open(struct vf_output_io *io, const char *path);

/* Closes what has been opened. Returns an error of libav's, if not all could be written. */
VF_MUST_CHECK int vf_output_io_close(struct vf_output_io *io);

/* Says that the receiver has taken something, and has `timeout_ns` again. Call it before each
 * function of libavformat that writes. */
void vf_output_io_allow(struct vf_output_io *io);

/* Says how a call of libavformat that ended with `code` failed, as an error of libav's: with what
 * was noticed while writing, or with ETIMEDOUT. */
int vf_output_io_judge(const struct vf_output_io *io, int code);

#endif
