/* SPDX-License-Identifier: MIT */
/* name_set.h - a set of names that may become large: some twelve bytes for each.
 *
 * Names are told apart by a hash: in a set of a million, one in ten millions is taken for another.
 */
#ifndef VF_NODES_WRITE_NAME_SET_H
#define VF_NODES_WRITE_NAME_SET_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

/* Starts as {0}. */
struct vf_name_set {
    uint64_t *slots;
    size_t capacity, count;
};

/* What a name belongs to: a source, or anything else with a number. Never 0. */
uint32_t vf_name_set_owner(uint64_t number);

/* Returns the owner of a name; 0: it is not in the set. */
uint32_t vf_name_set_find(const struct vf_name_set *set, const char *name);

/* Adds a name, or gives it another owner. */
VF_MUST_CHECK int vf_name_set_add(struct vf_name_set *set, const char *name, uint32_t owner);

void vf_name_set_finish(struct vf_name_set *set);

#endif
