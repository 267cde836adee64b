/* SPDX-License-Identifier: MIT */
/* file_place.h - the folder that a file is in, opened once, and the name of the file in it.
 *
 * Links are followed, but for those that somebody else has put into a folder that everyone may
 * write to, such as /tmp: whoever makes one there chooses a file of ours to be overwritten. What
 * has been found stays the same place, even when folders are renamed or become links.
 */
#ifndef VF_ENGINE_BASE_FILE_PLACE_H
#define VF_ENGINE_BASE_FILE_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "engine/base/result.h"

struct vf_file_place {
    int folder; /* a descriptor that only names it (O_PATH); -1: none */
    char *name;
    bool is_linked;     /* a link led to the name */
    bool is_there;      /* there is a file */
    bool is_foreign;    /* it, or a link on the way, is somebody else's in a shared folder */
    struct stat status; /* of the file, if it is there */
};

/* Finds the place of `path`, where there may be no file yet. Returns a negative errno where the
 * folder cannot be opened; -EISDIR where the path names a folder; -EPERM, and `is_foreign`, where
 * it is not ours to write to. Finish the place in any case. */
VF_MUST_CHECK int vf_file_place_find(struct vf_file_place *place, const char *path);

/* Opens the file, or makes it, as openat() does; never through a link. Returns a descriptor that is
 * closed by exec, or a negative errno. */
VF_MUST_CHECK int vf_file_place_open(const struct vf_file_place *place, int flags, mode_t mode);

/* Says why one of these functions has failed. */
const char *vf_file_place_explain(const struct vf_file_place *place, int err);

/* Returns the part of a path that names the file in the file system: what follows "file:" in
 * "file:///a/b"; "file:x" is a name. */
const char *vf_file_place_path(const char *path);

/* Returns the length of the scheme of a URL, such as 4 of "rtsp://camera/1"; 0: it is no URL, since
 * nothing follows that a URL has, or a file is called so. */
size_t vf_file_place_scheme(const char *path);

/* Returns whether the path names what a descriptor of this process is open on, such as
 * /dev/stdout: that is written to as it is, whatever it is. */
bool vf_file_place_is_descriptor(const char *path);

void vf_file_place_finish(struct vf_file_place *place);

#endif
