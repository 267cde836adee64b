/* SPDX-License-Identifier: MIT */
/* digest_loader - digests, as the program has them: in a module, for receipts. */
#include <errno.h>

#include "cmd/program/loader.h"
#include "engine/digest/sha256.h"

static const struct vf_module module = {"digest", "receipts", VF_LOG_ERROR};

int vf_sha256_file(const char *path, const atomic_bool *is_stopped, char digest[VF_SHA256_TEXT],
                   int64_t *size_bytes)
{
    int (*hash)(const char *, const atomic_bool *, char *, int64_t *);
    return vf_loader_find_function(&module, __func__, &hash)
               ? hash(path, is_stopped, digest, size_bytes)
               : -ELIBACC;
}

int vf_sha256_bytes(const void *bytes, size_t size, char digest[VF_SHA256_TEXT])
{
    int (*hash)(const void *, size_t, char *);
    return vf_loader_find_function(&module, __func__, &hash) ? hash(bytes, size, digest) : -ELIBACC;
}
