/* SPDX-License-Identifier: MIT */
#include "engine/digest/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (1u << 20)

static void print(const unsigned char *bytes, char digest[VF_SHA256_TEXT])
{
    for (size_t i = 0; i < VF_SHA256_TEXT / 2; i++)
        snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
}

static int finish(EVP_MD_CTX *context, char digest[VF_SHA256_TEXT])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    if (EVP_DigestFinal_ex(context, bytes, NULL) != 1)
        return -ENOMEM;
    print(bytes, digest);
    return VF_OK;
}

static int read_all(int fd, const atomic_bool *is_stopped, EVP_MD_CTX *context, int64_t *size_bytes)
{
    unsigned char *chunk = malloc(CHUNK);
    int err = chunk ? VF_OK : -ENOMEM;
    for (*size_bytes = 0; !err;) {
        if (is_stopped && atomic_load(is_stopped)) {
            err = -ECANCELED;
            break;
        }
        ssize_t count = read(fd, chunk, CHUNK);
        if (count == 0)
            break;
        if (count < 0)
            err = errno == EINTR ? VF_OK : -errno;
        else if (EVP_DigestUpdate(context, chunk, (size_t)count) != 1)
            err = -ENOMEM;
        *size_bytes += count > 0 ? count : 0;
    }
    free(chunk);
    return err;
}

/* Opens a file on a disk: what waits for somebody is none. */
static int open_file(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int err = fd < 0 || fstat(fd, &status) != 0 ? -errno
              : S_ISREG(status.st_mode)         ? VF_OK
                                                : -EINVAL;
    if (err && fd >= 0)
        close(fd);
    return err ? err : fd;
}

int vf_sha256_file(const char *path, const atomic_bool *is_stopped, char digest[VF_SHA256_TEXT],
                   int64_t *size_bytes)
{
    int fd = open_file(path);
    EVP_MD_CTX *context = fd < 0 ? NULL : EVP_MD_CTX_new();
    int err = fd < 0 ? fd : VF_OK;
    if (!err && (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1))
        err = -ENOMEM;
    if (!err) {
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        err = read_all(fd, is_stopped, context, size_bytes);
    }
    if (!err)
        err = finish(context, digest);
    EVP_MD_CTX_free(context);
    if (fd >= 0)
        close(fd);
    return err;
}

int vf_sha256_bytes(const void *bytes, size_t size, char digest[VF_SHA256_TEXT])
{
    unsigned char found[EVP_MAX_MD_SIZE];
    if (EVP_Digest(bytes, size, found, NULL, EVP_sha256(), NULL) != 1)
        return -ENOMEM;
    print(found, digest);
    return VF_OK;
}
