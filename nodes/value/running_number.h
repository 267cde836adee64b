/* SPDX-License-Identifier: MIT */
/* running_number.h - nodes that fold numbers into one, and tell it after each.
 *
 * Numbers are those of Python: whole ones stay whole and exact, and one with a fraction makes
 * the result such a number. Whole numbers are of 64 bits; beyond that, the node fails.
 */
#ifndef VF_NODES_VALUE_RUNNING_NUMBER_H
#define VF_NODES_VALUE_RUNNING_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/node/node.h"

/* The state of such a node. */
struct vf_number {
    bool is_real;
    int64_t whole;
    double real;
};

double vf_number_as_real(const struct vf_number *number);

/* Compares exactly, as no conversion would. Returns less than, equal to or more than 0. */
int vf_number_compare(const struct vf_number *one, const struct vf_number *other);

/* Sets *number to a result. Returns -EINVAL, after saying so, when `name` ("sum") is too large:
 * 64 bits did not hold it, or it is infinite. */
VF_MUST_CHECK int vf_number_set_whole(struct vf_number *number, int64_t whole, bool has_overflown,
                                      const char *name);
VF_MUST_CHECK int vf_number_set_real(struct vf_number *number, double real, const char *name);

/* Reads a number from an input, folds it into the state, and emits that. */
VF_MUST_CHECK int vf_running_number_process(struct vf_node_run *run, const struct vf_message *input,
                                            int (*fold)(struct vf_number *so_far,
                                                        const struct vf_number *next));

#endif
