/* SPDX-License-Identifier: MIT */
/* media_list.h - files, folders and URLs as the media that they are, each described in a process of
 * its own: several at a time, and none can take the others along.
 */
#ifndef VF_CMD_MEDIA_LIST_H
#define VF_CMD_MEDIA_LIST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct vf_media_item {
    char *path;
    bool is_of_folder;
};

/* Starts as {0}. */
struct vf_media_list {
    struct vf_media_item *items;
    size_t count;
};

/* Adds a file or a URL, or the files of a folder, sorted by name; of the folders in it as well if
 * `is_recursive`. Returns -ENOMEM when out of memory. */
VF_MUST_CHECK int vf_media_list_add(struct vf_media_list *list, const char *path,
                                    bool is_recursive);
void vf_media_list_finish(struct vf_media_list *list);

struct vf_media_survey {
    bool counts_keys;
    int64_t patience_ns;
    /* Is called for each medium, in the order of the list; lent. */
    void (*show)(void *context, const json_t *facts);
    void *context;
};

/* Describes all. Returns a negative errno when that cannot be done; what cannot be read is a
 * description, too. */
VF_MUST_CHECK int vf_media_list_survey(const struct vf_media_list *list,
                                       const struct vf_media_survey *survey);

#endif
