/* SPDX-License-Identifier: MIT */
/* part_file.h - the name a file has until it is complete. */
#ifndef VF_ENGINE_MEDIA_PART_FILE_H
#define VF_ENGINE_MEDIA_PART_FILE_H

#include <stdbool.h>

#include "engine/base/result.h"

struct vf_part_file {
    char *path;            /* as the user wrote it */
    char *target;          /* what it stands for, links resolved */
    char *part;            /* where it is until then; NULL: `target` is written to directly */
    bool must_not_replace; /* what is at `target` stays */
};

/* Finds the names. Creates nothing. `is_url` says that `path` is no name of a file. Returns
 * -EEXIST where there is a file that must not be replaced. */
VF_MUST_CHECK int vf_part_file_init(struct vf_part_file *file, const char *path, bool is_url,
                                    bool must_not_replace);

/* Says that there is a file already. Is -EEXIST. */
VF_MUST_CHECK int vf_part_file_refuse(const struct vf_part_file *file);

/* Frees the names. */
void vf_part_file_finish(struct vf_part_file *file);

/* Puts the file at `path` in the place of what is under the provisional name. Logs nothing. */
VF_MUST_CHECK int vf_part_file_replace(struct vf_part_file *file, const char *path);

/* Gives the file its name, at once and as a whole. */
VF_MUST_CHECK int vf_part_file_publish(struct vf_part_file *file);

/* Removes what is under the provisional name. */
void vf_part_file_remove(struct vf_part_file *file);

#endif
