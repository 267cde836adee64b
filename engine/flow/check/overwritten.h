/* SPDX-License-Identifier: MIT */
/* overwritten.h - files that are read, and that a pattern of names would write over. */
#ifndef VF_ENGINE_FLOW_CHECK_OVERWRITTEN_H
#define VF_ENGINE_FLOW_CHECK_OVERWRITTEN_H

#include <stdbool.h>

struct vf_path;

/* Looks for a file that `input` reads and that has a name which `output`, a pattern such as
 * "{source}.mp4" or "{seq}.png", can come to. Returns its path, which the caller frees; NULL: none
 * is there, or `output` is no pattern, or has fields in the name of its folder other than {folder}. */
char *vf_overwritten_find(const struct vf_path *output, const struct vf_path *input);

/* Returns whether `output` is such a pattern, and can come to `name` in `folder`, whose path is
 * absolute and without links, whatever the source is called. */
bool vf_overwritten_fits(const struct vf_path *output, const char *folder, const char *name);

#endif
