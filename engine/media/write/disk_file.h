/* SPDX-License-Identifier: MIT */
/* disk_file.h - a file on a disk as libavformat writes it: nothing interrupts that, and no error is
 * lost.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_DISK_FILE_H
#define VF_ENGINE_MEDIA_WRITE_DISK_FILE_H

#include <stdbool.h>

#include "engine/base/result.h"

struct AVIOContext;

enum vf_disk_file_use {
    VF_DISK_FILE_WRITE,  /* anywhere in the file */
    VF_DISK_FILE_READ,   /* what is being written */
    VF_DISK_FILE_APPEND, /* at the end of what is there, as into a pipe */
};

/* Returns an error of libav's, as all here do. Borrows `fd`, which may have several contexts. */
VF_MUST_CHECK int vf_disk_file_wrap(struct AVIOContext **context, int fd,
                                    enum vf_disk_file_use use);

/* Makes a file beside others that belong together. `is_whole` says that it appears, and replaces an
 * older one, when it is closed and without errors; else it can be read as it grows. */
VF_MUST_CHECK int vf_disk_file_create(struct AVIOContext **context, const char *path,
                                      bool is_whole);

/* Returns whether a context is one of these. */
bool vf_disk_file_is(const struct AVIOContext *context);

/* Lends the path of a file that was made here; NULL: it was not. */
const char *vf_disk_file_path(const struct AVIOContext *context);

/* Writes what is left. Returns the first error that there has been with the file. */
VF_MUST_CHECK int vf_disk_file_close(struct AVIOContext **context);

#endif
