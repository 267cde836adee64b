/* SPDX-License-Identifier: MIT */
#include "cmd/batch/input_hash.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/receipt/digests.h"

static void *work(void *context)
{
    struct vf_batch_hash *hash = context;
    int64_t size;
    int err = vf_sha256_file(hash->input->path, NULL, hash->text, &size);
    if (err || size != hash->input->size)
        hash->text[0] = '\0';
    return NULL;
}

void vf_batch_hash_start(struct vf_batch_hash *hash, const struct vf_batch_job *job)
{
    *hash = (struct vf_batch_hash){0};
    if (job->sha256[0] || job->input->size < 0 || job->shard.count)
        return;
    hash->input = job->input;
    if (pthread_create(&hash->thread, NULL, work, hash) != 0)
        hash->input = NULL;
}

void vf_batch_hash_finish(struct vf_batch_hash *hash, struct vf_batch_job *job, bool is_needless)
{
    if (!hash->input)
        return;
    if (is_needless) /* the batch ends: what the thread has goes with the process */
        pthread_cancel(hash->thread);
    pthread_join(hash->thread, NULL);
    if (!is_needless && !vf_batch_input_has_changed(hash->input))
        memcpy(job->sha256, hash->text, sizeof(job->sha256));
    hash->input = NULL;
}

static bool may_be_same(const struct vf_batch_job *job, const json_t *record)
{
    return json_object_get(record, "sha256") && job->input->size >= 0 &&
           json_integer_value(json_object_get(record, "bytes")) == job->input->size;
}

int vf_batch_hash_known(struct vf_batch_jobs *jobs, const struct vf_batch_manifest *manifest)
{
    struct vf_digests digests = {0};
    int err = VF_OK;
    for (size_t i = 0; i < jobs->count && !err; i++) {
        const struct vf_batch_job *job = &jobs->items[i];
        if (may_be_same(job, vf_batch_manifest_find(manifest, job->input->path)))
            err = vf_digests_add(&digests, job->input->path);
    }
    if (!err)
        vf_digests_make(&digests);
    for (size_t i = 0; i < jobs->count && !err; i++) {
        struct vf_batch_job *job = &jobs->items[i];
        const struct vf_digest *digest = vf_digests_find(&digests, job->input->path);
        if (digest && !digest->err)
            memcpy(job->sha256, digest->text, sizeof(job->sha256));
    }
    vf_digests_finish(&digests);
    return err;
}
