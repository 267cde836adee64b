/* SPDX-License-Identifier: MIT */
/* digest_loader - digests, as the program has them: in a module, for receipts. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cmd/program/loader.h"
#include "engine/base/log.h"
#include "engine/digest/sha256.h"

/* A function's address comes as that of an object, which C does not convert. */
static bool find_function(const char *name, void *place)
{
    const char *problem;
    void *address = vf_loader_find("digest", name, &problem);
    memcpy(place, &address, sizeof(address));
    if (!address)
        vf_log(VF_LOG_ERROR, "the module digest, for receipts, cannot be loaded: %s", problem);
    return address != NULL;
}

int vf_sha256_file(const char *path, const atomic_bool *is_stopped, char digest[VF_SHA256_TEXT],
                   int64_t *size_bytes)
{
    int (*hash)(const char *, const atomic_bool *, char *, int64_t *);
    return find_function(__func__, &hash) ? hash(path, is_stopped, digest, size_bytes) : -ELIBACC;
}

int vf_sha256_bytes(const void *bytes, size_t size, char digest[VF_SHA256_TEXT])
{
    int (*hash)(const void *, size_t, char *);
    return find_function(__func__, &hash) ? hash(bytes, size, digest) : -ELIBACC;
}
