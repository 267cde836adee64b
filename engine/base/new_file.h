/* SPDX-License-Identifier: MIT */
/* new_file.h - a file that appears under its name only when it is whole.
 *
 * Until then it stands beside its name, under one that nobody can foresee
 * ("out.part-k3m9x2wq.mp4"). It replaces an older file by taking its name, with the mode of the
 * older one, and its owner where that is possible; a file that can not be replaced, as one that is
 * mounted by itself, gets a copy of it. Where the folder takes no new file, an older one is written
 * in place. What is no file on a disk (a device, a pipe, a descriptor) is written directly.
 *
 * One process writes a file; all that is done with it happens in the folder that was opened first.
 */
#ifndef VF_ENGINE_BASE_NEW_FILE_H
#define VF_ENGINE_BASE_NEW_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/file_place.h"
#include "engine/base/result.h"

enum vf_new_file_way {
    VF_NEW_FILE_BESIDE,   /* under a provisional name */
    VF_NEW_FILE_IN_PLACE, /* into the older file */
    VF_NEW_FILE_DIRECT,   /* into what is no file on a disk */
};

struct vf_new_file {
    char *path; /* as the user wrote it */
    char *part; /* where it is while it is not whole, for people; NULL: at `path` */
    int fd;     /* from vf_new_file_create() on */
    enum vf_new_file_way way;
    bool must_not_replace; /* what is at `path` stays */
    bool
        is_durable; /* it has its name only once its bytes are on the disk, and then the name is, too.
                        Set it before it is published */
    /* Private: */
    struct vf_file_place place;
    char *part_name, *second_name;
    bool is_emptied;
    bool is_shared; /* another process may have given it its name */
};

/* Finds where the file is to be. Creates nothing. Logs why it cannot be there. Returns -EEXIST
 * where there is a file that must not be replaced. */
VF_MUST_CHECK int vf_new_file_init(struct vf_new_file *file, const char *path,
                                   bool must_not_replace);

/* The same for what the caller opens itself, such as a URL: only keeps the path. */
VF_MUST_CHECK int vf_new_file_init_direct(struct vf_new_file *file, const char *path);

/* Returns whether a file could be written at `path`, as far as can be seen without writing it. Logs
 * why not. */
VF_MUST_CHECK int vf_new_file_try(const char *path);

/* Writes `text` to a file at `path`, whole or not at all. `what` says in a complaint what it is, such
 * as "the report"; NULL: its name does. Logs a failure. */
VF_MUST_CHECK int vf_new_file_write(const char *path, const char *what, const char *text);

/* The same, and the file is on the disk when it returns. */
VF_MUST_CHECK int vf_new_file_write_durably(const char *path, const char *what, const char *text);

/* Says that there is a file already. Is -EEXIST. */
VF_MUST_CHECK int vf_new_file_refuse(const struct vf_new_file *file);

/* Opens the file to be written, under its provisional name where it can have one. Logs nothing. */
VF_MUST_CHECK int vf_new_file_create(struct vf_new_file *file);

/* The same under the name that a part of it has ("out.partial.mp4"), for what several processes
 * write, one after the other or at a time. What is there of it is emptied, or, where it `is_left`
 * by another process, gone on with; -ENOENT: that has given it its name. Logs nothing. */
VF_MUST_CHECK int vf_new_file_create_part(struct vf_new_file *file, bool is_left);

/* Removes what an older file holds that is written in place. Call it before the first byte. */
VF_MUST_CHECK int vf_new_file_empty(struct vf_new_file *file);

/* Writes all of a file that has been created. Logs nothing. */
VF_MUST_CHECK int vf_new_file_fill(struct vf_new_file *file, const void *bytes, size_t size);

/* Creates a second version of a file that stands under its provisional name, to be kept instead of
 * the first, or dropped. The first returns a descriptor, the caller's. They log nothing. */
VF_MUST_CHECK int vf_new_file_second(struct vf_new_file *file);
VF_MUST_CHECK int vf_new_file_keep_second(struct vf_new_file *file);
void vf_new_file_drop_second(struct vf_new_file *file);

/* Gives the file its name before it is whole: for others who read what there is of it. It stays
 * open. Logs nothing. */
VF_MUST_CHECK int vf_new_file_show(struct vf_new_file *file);

/* Closes the file and gives it its name, at once and as a whole. Logs a failure: then it stays
 * where it is. */
VF_MUST_CHECK int vf_new_file_publish(struct vf_new_file *file);

/* Closes the file, of which there is only a part, and gives it a name that says so
 * ("out.partial.mp4"), which `part` becomes; what an earlier run has left there is replaced, unless
 * nothing must be. The older file stays as it is. Logs a failure: then it stays where it is, as
 * what is no file under a provisional name always does. */
VF_MUST_CHECK int vf_new_file_keep_part(struct vf_new_file *file);

/* Removes what is under the provisional name. */
void vf_new_file_remove(struct vf_new_file *file);

/* Renames `from` in one folder to `to` in another, or the same. Returns -EEXIST, and replaces
 * nothing, where there is something of that name. Logs nothing. */
VF_MUST_CHECK int vf_new_file_rename(int from_folder, const char *from, int to_folder,
                                     const char *to);

/* Frees and closes what the file has. What is under a provisional name stays. */
void vf_new_file_finish(struct vf_new_file *file);

#endif
