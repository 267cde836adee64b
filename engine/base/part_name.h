/* SPDX-License-Identifier: MIT */
/* part_name.h - what files are called beside their names, while they are not whole and where they
 * never become so.
 *
 * What is added comes before the ending, so what can be played still can; of a folder, which stands
 * for a file and those that belong to it, after it. A name that gets too long is shortened.
 */
#ifndef VF_ENGINE_BASE_PART_NAME_H
#define VF_ENGINE_BASE_PART_NAME_H

#include <stdbool.h>
#include <stddef.h>

struct vf_file_place;

/* Return a name for what is to be `name` in the folder that the descriptor is open on: one that
 * nobody can foresee, "out.part-k3m9x2wq.mp4", and the one that a part keeps, "out.partial.mp4".
 * The first leaves room for `more` bytes behind it. It is the caller's; NULL: out of memory. */
char *vf_part_name_draw(int folder, const char *name, size_t more);
char *vf_part_name_keep(int folder, const char *name);

/* Returns whether `candidate` is a name of the first or the second kind for `name`. */
bool vf_part_name_is_of(int folder, const char *candidate, const char *name);

/* Return the same for folders: "live.m3u8.part-k3m9x2wq" and "live.m3u8.partial". They have no
 * percent sign, which means something to what writes lists of files. */
char *vf_part_name_draw_folder(int folder, const char *name);
char *vf_part_name_keep_folder(int folder, const char *name);

/* Returns where in the file system the part is, as people write it who wrote `path` for the place.
 * It is the caller's; NULL: out of memory. */
char *vf_part_name_tell(const struct vf_file_place *place, const char *path, const char *part_name);

#endif
