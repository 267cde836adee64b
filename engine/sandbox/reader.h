/* SPDX-License-Identifier: MIT */
/* reader.h - asks a confined process of its own what is in something that cannot be trusted.
 *
 * The process is a copy of this one, so it has all that is loaded here. What it finds out is an answer
 * of a fixed size, which the asker has to check like any other input: what was read may have taken the
 * process over.
 */
#ifndef VF_ENGINE_SANDBOX_READER_H
#define VF_ENGINE_SANDBOX_READER_H

#include "engine/sandbox/confine_child.h"

struct vf_reader {
    /* What has to be done before the process is confined, such as to load a library; NULL: nothing */
    void (*prepare)(void *context);
    /* Finds out the answer, which is zeroed. Runs in the process. */
    void (*read)(void *context, void *answer);
    void *context;
    size_t answer_size;
    struct vf_confinement confinement;
    bool is_free;   /* it is not confined: what it reads is the user's own */
    int longest_ms; /* that it is waited for */
};

/* Asks, and fills in *answer, which is of `answer_size`. Returns -ENOTSUP, and reads nothing, where a
 * process cannot be confined; -ETIMEDOUT; -EPIPE when it died, of *signal if that is not 0; or another
 * negative errno. Flushes all streams. */
VF_MUST_CHECK int vf_reader_ask(const struct vf_reader *reader, void *answer, int *signal);

#endif
