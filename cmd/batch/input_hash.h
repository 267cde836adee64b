/* SPDX-License-Identifier: MIT */
/* input_hash.h - the SHA-256 of inputs, by which a batch that is gone on with knows them again. */
#ifndef VF_CMD_BATCH_INPUT_HASH_H
#define VF_CMD_BATCH_INPUT_HASH_H

#include <pthread.h>
#include <stdbool.h>

#include "cmd/batch/job.h"
#include "cmd/batch/manifest.h"

/* One that is made beside the run that reads the same input. Starts as {0}. */
struct vf_batch_hash {
    const struct vf_batch_input *input; /* borrowed; NULL: none is made */
    pthread_t thread;
    char text[VF_SHA256_TEXT];
};

/* Begins with the input of a job, unless its hash is known. */
void vf_batch_hash_start(struct vf_batch_hash *hash, const struct vf_batch_job *job);

/* Waits for it and gives it to the job, or, where it `is_needless`, gives it up. An input that has
 * changed meanwhile, or could not be read, has none. */
void vf_batch_hash_finish(struct vf_batch_hash *hash, struct vf_batch_job *job, bool is_needless);

/* Makes those of all inputs of which the manifest has one, and which are as long as they were; no
 * others can be the same. */
VF_MUST_CHECK int vf_batch_hash_known(struct vf_batch_jobs *jobs,
                                      const struct vf_batch_manifest *manifest);

#endif
