/* SPDX-License-Identifier: MIT */
/* open_failure.h - why a file or a URL cannot be opened, as a person wants to know it. */
#ifndef VF_ENGINE_MEDIA_READ_OPEN_OPEN_FAILURE_H
#define VF_ENGINE_MEDIA_READ_OPEN_OPEN_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

struct vf_open_failure {
    const char *path;    /* file or URL */
    int code;            /* libav's; AVERROR(ENOTSUP): it is a device */
    bool is_pipe;        /* something else writes into it */
    int64_t patience_ns; /* that was had with a URL that has sent nothing */
};

/* Returns why, in words that follow "cannot open PATH: ". May ask a name server. It is the caller's;
 * NULL: out of memory. */
char *vf_open_failure_explain(const struct vf_open_failure *failure);

#endif
