/* SPDX-License-Identifier: MIT */
/* list.h - lists as values of options: `[red, "a, b", [1, 2]]`, or without the brackets.
 *
 * An item is kept as its text, without quotes; one that is a list itself keeps its brackets, so
 * that vf_option_list_split() takes it apart in turn.
 */
#ifndef VF_ENGINE_NODE_OPTION_LIST_H
#define VF_ENGINE_NODE_OPTION_LIST_H

#include <stddef.h>

#include "engine/base/text.h"
#include "engine/node/option/option.h"

/* Starts as {0}. */
struct vf_option_texts {
    char **items;
    size_t count;
};

extern const struct vf_option_kind vf_kind_list; /* struct vf_option_texts; its fallback is "[]" */

#define VF_TEXT_LIST(type, field) VF_OF_KIND(list, VF_FIELD(type, field, struct vf_option_texts))

/* Takes a list apart into *texts, which is {0}. Returns -EINVAL for brackets or quotes that do not
 * match, and -ENOMEM. */
VF_MUST_CHECK int vf_option_list_split(struct vf_option_texts *texts, const char *list);
void vf_option_texts_finish(struct vf_option_texts *texts);

/* Adds one item to a list that is being written, in quotes where it needs them: the reverse of the
 * above. A nested list is added as it is, with `is_list`. */
void vf_option_list_print(struct vf_text *list, const char *item, bool is_first, bool is_list);

#endif
