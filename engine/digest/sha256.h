/* SPDX-License-Identifier: MIT */
/* sha256.h - the SHA-256 of files and texts, by OpenSSL, which uses what the processor has for it.
 *
 * The program has it in a module, which is loaded when somebody asks.
 */
#ifndef VF_ENGINE_DIGEST_SHA256_H
#define VF_ENGINE_DIGEST_SHA256_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

#define VF_SHA256_TEXT 65 /* hexadecimal digits, and a NUL */

/* Reads a whole file, which has to be one on a disk: -EINVAL. Gives its digest, and how many bytes
 * it had. Returns -ECANCELED once *is_stopped is set; NULL: it goes to the end. From any thread. Logs
 * nothing. */
VF_MUST_CHECK int vf_sha256_file(const char *path, const atomic_bool *is_stopped,
                                 char digest[VF_SHA256_TEXT], int64_t *size_bytes);

VF_MUST_CHECK int vf_sha256_bytes(const void *bytes, size_t size, char digest[VF_SHA256_TEXT]);

#endif
