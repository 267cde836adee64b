/* SPDX-License-Identifier: MIT */
/* new_folder.h - a file, and others beside it that it names, which appear only when all of them are
 * whole.
 *
 * Until then they stand in a folder of their own beside their places ("live.m3u8.part-k3m9x2wq"),
 * which whoever writes them fills. It holds no folders. Then each of them takes its name from an
 * older file, one right after the other, and the file that names the others does so last.
 */
#ifndef VF_ENGINE_BASE_NEW_FOLDER_H
#define VF_ENGINE_BASE_NEW_FOLDER_H

#include <stdbool.h>

#include "engine/base/file_place.h"
#include "engine/base/result.h"

struct vf_new_folder {
    char *part; /* path of the file in the folder, for people and for who writes it; NULL: there is
                   no folder */
    struct vf_file_place place; /* that the file is to have */
    /* Private: */
    char *path, *folder_name; /* of the file, as the user wrote it; of the folder */
    bool must_not_replace;
};

/* Makes the folder for `path`. -ENOTSUP: links or special files are there, which somebody else has
 * made so; they have to be written to as they are. Logs nothing; finish it in any case. */
VF_MUST_CHECK int vf_new_folder_create(struct vf_new_folder *folder, const char *path,
                                       bool must_not_replace);

/* Gives all files their names. Logs a failure: then what has none stays where it is. */
VF_MUST_CHECK int vf_new_folder_publish(struct vf_new_folder *folder);

/* Gives the folder a name that says that it has only a part ("live.m3u8.partial"); what an earlier
 * run has left in one of that name is replaced, unless nothing must be. `part` becomes the path of
 * the file in it, or of the folder where the file is missing. Logs a failure: then the folder keeps
 * its name. */
VF_MUST_CHECK int vf_new_folder_keep_part(struct vf_new_folder *folder);

/* Removes the folder and what is in it. */
void vf_new_folder_remove(struct vf_new_folder *folder);

/* Frees what it has; the folder stays. */
void vf_new_folder_finish(struct vf_new_folder *folder);

#endif
