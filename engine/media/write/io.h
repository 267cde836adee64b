/* SPDX-License-Identifier: MIT */
/* io.h - what a container is written to: a file, a pipe, or somebody on the network.
 *
 * A receiver that takes nothing for `timeout_ns` counts as gone, and whoever waits for it is let go
 * at once when the task is to stop. Files on a disk wait for nobody, so nothing interrupts them.
 * A container that makes files by itself, such as a playlist and its segments, makes them here.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_IO_H
#define VF_ENGINE_MEDIA_WRITE_IO_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVDictionary;
struct AVFormatContext;
struct AVIOContext;
struct vf_new_file;
struct vf_node_run;
struct vf_output_choice;
struct vf_output_settings;

typedef int vf_output_io_opener(struct AVFormatContext *muxer, struct AVIOContext **context,
                                const char *url, int flags, struct AVDictionary **options);

/* Stays where it is while it is open: libavformat calls back. */
struct vf_output_io {
    struct vf_node_run *run; /* borrowed, like all here */
    const struct vf_output_choice *choice;
    const struct vf_output_settings *settings;
    struct AVFormatContext *format; /* filled in */
    /* Private: */
    _Atomic int64_t deadline_ns; /* 0: none */
    atomic_bool is_late;
    int fd;                            /* of the file, borrowed; -1: it is none on a disk */
    int own_fd;                        /* of standard output, if that is one */
    int code;                          /* the first error with the container's own files */
    char *culprit;                     /* the file that it was */
    char *unnamed;                     /* a file that the container is to rename next */
    vf_output_io_opener *usual_opener; /* libavformat's */
};

/* Opens what `file` names, which has been created where it is no stream. The first three members
 * are set, the others zero. Borrows `file` until it is closed. Returns an error of libav's; what
 * there is must be closed then, too. */
VF_MUST_CHECK int vf_output_io_open(struct vf_output_io *io, const struct vf_new_file *file);

/* Closes what has been opened. Returns an error of libav's, if not all could be written. */
VF_MUST_CHECK int vf_output_io_close(struct vf_output_io *io);

/* Frees what is left when it has been closed. */
void vf_output_io_finish(struct vf_output_io *io);

/* Says that the receiver has taken something, and has `timeout_ns` again. Call it before each
 * function of libavformat that writes. */
void vf_output_io_allow(struct vf_output_io *io);

/* Says how a call of libavformat that ended with `code` failed, as an error of libav's: with what
 * was noticed while writing, or with ETIMEDOUT. */
int vf_output_io_judge(const struct vf_output_io *io, int code);

/* Lends the name of the container's own file that failed; NULL: none did. */
const char *vf_output_io_culprit(const struct vf_output_io *io);

#endif
