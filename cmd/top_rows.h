/* SPDX-License-Identifier: MIT */
/* top_rows.h - what vflow top shows of each task: from two answers of a run, and from /proc. */
#ifndef VF_CMD_TOP_ROWS_H
#define VF_CMD_TOP_ROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/text.h"
#include "engine/flow/gpu/usage.h"

#define VF_TOP_PERCENTILES 3 /* 50, 95 and 99 */

/* One task. Negative numbers are unknown. */
struct vf_top_row {
    char name[80], state[16];
    char *waits;                        /* "for input of a", "for room in b"; "" */
    pid_t pid;                          /* 0: it has none */
    double fps, busy, cpu;              /* busy and cpu: parts of one processor, 0 to 1 and more */
    double work_ms[VF_TOP_PERCENTILES]; /* time in the node, per message */
    double age_ms[VF_TOP_PERCENTILES];  /* from the origin of a frame to when it was done */
    int64_t waiting, length;            /* of its fullest queue; negative: it has none */
    int64_t in, out, dropped, unmatched, refused, errors, restarts;
    int64_t rss_bytes, pss_bytes, gpu_bytes;
    double gpu;   /* part of the processors of its GPUs */
    double cpu_s; /* used so far, to tell what is used later */
};

/* All of a run at a moment. Starts as {0}. */
struct vf_top_sample {
    json_t *answer; /* of the request "tasks" */
    struct vf_top_row *rows;
    size_t count;
    double at_s;
    bool has_gpus; /* a task has one */
};

/* Makes a sample of an answer, which it takes; `before` is one of earlier, whose difference speeds
 * are; {0}: there is none, and they are those since the start. With `looks_closer`, memory that
 * is shared is divided up, which takes the kernel a while. */
void vf_top_sample_init(struct vf_top_sample *sample, json_t *answer,
                        const struct vf_top_sample *before, bool looks_closer);

/* Adds what the tasks use of GPUs. */
void vf_top_sample_add_gpus(struct vf_top_sample *sample, struct vf_gpu_usage *usage);
void vf_top_sample_finish(struct vf_top_sample *sample);

/* Returns the sample for programs, the caller's; NULL: out of memory. */
json_t *vf_top_sample_json(const struct vf_top_sample *sample);

#endif
