/* SPDX-License-Identifier: MIT */
/* notice.h - what has happened to a run itself, as whoever has seen it tells it: vflow-events(7). */
#ifndef VF_ENGINE_JOURNAL_NOTICE_H
#define VF_ENGINE_JOURNAL_NOTICE_H

#include <jansson.h>
#include <stdint.h>

/* All is borrowed but `details`. */
struct vf_notice {
    const char *what;
    const char *task;         /* NULL, from a node: its own */
    const char *where;        /* NULL: nowhere in particular */
    const char *source;       /* of frames; also what the camera is called; NULL: none */
    int64_t begin_ns, end_ns; /* since 1970; an end of 0: it goes on */
    const char *cause;        /* one of the details, shortened where it is long; NULL: none */
    json_t *details;          /* taken; NULL: nothing else */
};

#endif
