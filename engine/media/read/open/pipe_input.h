/* SPDX-License-Identifier: MIT */
/* pipe_input.h - what is read once, as it comes: standard input, a named pipe.
 *
 * libav's own way to read a pipe waits for bytes, whatever happens meanwhile; this one looks up
 * whether it is to stop. A pipe that nobody writes into yet is waited for. An MP4 whose index is at
 * its end cannot be read before that has come: it is kept in a temporary file without a name.
 */
#ifndef VF_ENGINE_MEDIA_READ_OPEN_PIPE_INPUT_H
#define VF_ENGINE_MEDIA_READ_OPEN_PIPE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct AVIOContext;
struct vf_node_run;

/* Starts as {0}. Stays where it is while it is open. */
struct vf_pipe_input {
    struct vf_node_run *run; /* borrowed */
    struct AVIOContext *io;  /* NULL: it is closed */
    int fd;                  /* valid while it is open */
    bool is_kept;            /* `fd` is the temporary file */
    /* What was read of the pipe to look into it, and has not been given out. */
    uint8_t *head;
    size_t head_size, head_given;
};

/* Returns whether `path` is a pipe: "-", unless standard input is a file, or one in a folder. */
bool vf_pipe_input_is(const char *path);

/* Opens one, and waits for its first bytes. Returns a code of libav's: AVERROR_EXIT when the task
 * is to stop. */
VF_MUST_CHECK int vf_pipe_input_open(struct vf_pipe_input *input, struct vf_node_run *run,
                                     const char *path);
void vf_pipe_input_close(struct vf_pipe_input *input);

#endif
