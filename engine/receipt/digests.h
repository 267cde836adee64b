/* SPDX-License-Identifier: MIT */
/* digests.h - the digests of many files, several at a time. */
#ifndef VF_ENGINE_RECEIPT_DIGESTS_H
#define VF_ENGINE_RECEIPT_DIGESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/digest/sha256.h"

struct vf_digest {
    char *path; /* owned */
    int err;    /* why there is no digest: a negative errno */
    int64_t size_bytes;
    char text[VF_SHA256_TEXT];
};

/* Starts as {0}, or with `must_stop`. Each path is in it once, in the order of strcmp() after the digests were made. */
struct vf_digests {
    struct vf_digest *items;
    size_t count;
    bool (*must_stop)(
        void *context); /* asked again and again by the caller's thread; NULL: never */
    void *context;
    bool is_stopped; /* some have the err -ECANCELED */
};

/* Adds a file, whose name is copied. */
VF_MUST_CHECK int vf_digests_add(struct vf_digests *digests, const char *path);

/* Reads all files, as many at once as there are processors. */
void vf_digests_make(struct vf_digests *digests);

/* Lends what was found; NULL: no such file was added. */
const struct vf_digest *vf_digests_find(const struct vf_digests *digests, const char *path);

void vf_digests_finish(struct vf_digests *digests);

#endif
