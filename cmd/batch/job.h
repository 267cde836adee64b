/* SPDX-License-Identifier: MIT */
/* job.h - one input of a batch, what its run is going to be, and how it has ended. */
#ifndef VF_CMD_BATCH_JOB_H
#define VF_CMD_BATCH_JOB_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cmd/batch/inputs.h"
#include "engine/digest/sha256.h"

enum vf_batch_state {
    VF_BATCH_WAITING,
    VF_BATCH_RUNNING,
    VF_BATCH_DONE,        /* the run has ended with 0, and its outputs are there */
    VF_BATCH_FAILED,      /* it has ended by itself, and not so */
    VF_BATCH_SKIPPED,     /* it was not started, since the batch was stopped */
    VF_BATCH_INTERRUPTED, /* it was stopped */
};
#define VF_BATCH_STATES 6

/* Returns the word for a state; the state of a word, or -1. */
const char *vf_batch_state_name(enum vf_batch_state state);
int vf_batch_state_find(const char *name);

/* Part number `number` (from 1) of `count`; {0}: the whole. */
struct vf_batch_shard {
    unsigned number, count;
};

/* What is known of a run before it starts. */
struct vf_batch_forecast {
    json_t
        *outputs;   /* the job's: the paths of files that it writes, from the root; NULL: unknown */
    json_t *pieces; /* those of them that are made in pieces, likewise; NULL: unknown */
    uint64_t
        cuts; /* pieces that there are, where shards can make them; 0: they cannot, or it is not
                       known */
    json_t *obstacle; /* why shards can never make it, a string; NULL: they can, or it is unknown */
    double seconds;   /* of media; negative: unknown */
    double work;      /* the same, times the pixels of a frame; negative: unknown */
    uint64_t memory;  /* bytes for frames */
    bool is_alone;    /* its sockets have the numbers of those of the others */
    unsigned tasks;   /* processes */
    unsigned gpus;    /* tasks that ask for any GPU; 0 also where one asks for a certain one */
    unsigned gpus_at_best; /* that it would use if it had them for itself */
    char mark[17];         /* of all that the flow says of it; "": unknown */
    int status;            /* with which it would end at once; 0: it can start */
};

#define VF_BATCH_NO_JOB SIZE_MAX

struct vf_batch_job {
    const struct vf_batch_input *input; /* lent by the inputs */
    struct vf_batch_shard shard;        /* that the job makes of it */
    size_t whole;        /* of a shard: the number of the job that joins it, or VF_BATCH_NO_JOB */
    unsigned parts;      /* that it joins; 0: it makes all itself */
    unsigned parts_left; /* of them that are not done */
    struct vf_batch_forecast forecast;
    enum vf_batch_state state;
    bool is_kept;                /* done by a batch before, and so not run again */
    bool was_started;            /* by a batch before, which may have left a part of an output */
    bool is_other;               /* than it was then: its input, or what the flow says of it */
    size_t pieces;               /* of its outputs that are complete, of a run that was stopped */
    int status;                  /* exit status of its run */
    char sha256[VF_SHA256_TEXT]; /* of its input; "": it is not known */
    char *reason;                /* why it is not done; NULL: unknown, or it is */
    json_t *outputs;             /* as the manifest has them; NULL: there are none */
    double run_seconds;          /* that its run took */
    double part;                 /* that is done of it, 0 to 1; negative: unknown */
};

struct vf_batch_jobs {
    struct vf_batch_job *items;
    size_t count;
};

VF_MUST_CHECK int vf_batch_jobs_init(struct vf_batch_jobs *jobs,
                                     const struct vf_batch_inputs *inputs);
void vf_batch_jobs_finish(struct vf_batch_jobs *jobs);
void vf_batch_job_finish(struct vf_batch_job *job);
size_t vf_batch_jobs_count(const struct vf_batch_jobs *jobs, enum vf_batch_state state);

/* How a run has ended. */
struct vf_batch_end {
    int status;             /* its exit status */
    bool was_asked_to_stop; /* by the batch */
    const json_t *report;   /* that it has written; NULL: there is none */
    const char *said;       /* lines of its log; NULL: there are none */
};

/* Sets how a job has ended. One that should be done is not when an output is not there. */
VF_MUST_CHECK int vf_batch_job_end(struct vf_batch_job *job, const struct vf_batch_end *end);

/* Has what a done job has written, and the names of it, on the disk. */
VF_MUST_CHECK int vf_batch_job_sync(const struct vf_batch_job *job);

/* Removes the parts of outputs that runs before, which were stopped, have left beside the whole. */
void vf_batch_job_clean(const struct vf_batch_job *job);

/* Returns what the job is called, as it is shown: its input, and which part of it. The caller's; NULL:
 * out of memory. */
char *vf_batch_job_name(const struct vf_batch_job *job);

/* Returns the job as the manifest has it, the caller's; NULL: out of memory. */
json_t *vf_batch_job_record(const struct vf_batch_job *job);

/* Takes over how a job has ended in a batch before: it stays done if neither its input, nor what the
 * flow says of it, nor an output has changed since; it stays failed unless the first two have, or
 * failures are to be tried again. An input is compared by its hash, where both are known, else by size
 * and time. */
VF_MUST_CHECK int vf_batch_job_resume(struct vf_batch_job *job, const json_t *record,
                                      bool retries_failed);

#endif
