/* SPDX-License-Identifier: MIT */
/* describe.h - all that can be said of a file or a stream without playing it: `vflow probe`.
 *
 * Made as JSON, for it goes to programs, to a table and through a pipe. Runs in a process of its own:
 * what it reads may be damaged, or silent.
 */
#ifndef VF_ENGINE_MEDIA_READ_DESCRIBE_H
#define VF_ENGINE_MEDIA_READ_DESCRIBE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

struct vf_media_question {
    const char *path;    /* file or URL */
    bool counts_keys;    /* read all packets, to count frames and key frames */
    bool is_of_folder;   /* one of many: what is no media by its name and its bytes is left out */
    int64_t patience_ns; /* how long a source may be silent; 0: forever */
};

/* Makes an object of it: `path`; `error` if it cannot be read, else `container` and so on, as
 * vflow(1) lists them. *facts is NULL for what is left out. Returns -ENOMEM when out of memory. */
VF_MUST_CHECK int vf_media_describe(const struct vf_media_question *question, json_t **facts);

#endif
