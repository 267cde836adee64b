/* SPDX-License-Identifier: MIT */
/* assignment.h - pairs the rows of a table of costs with its columns, so that the sum is lowest.
 *
 * By the Hungarian method (H. W. Kuhn, 1955) with potentials and shortest paths, in a time that grows
 * with rows * rows * columns where there are fewer rows.
 */
#ifndef VF_NODES_VISION_ASSIGNMENT_H
#define VF_NODES_VISION_ASSIGNMENT_H

#include <stddef.h>

#include "engine/base/result.h"

#define VF_UNASSIGNED ((size_t)-1)

/* Sets chosen[row] to a column of each row, every column once at most: as many pairs as there can be
 * of those that cost less than `limit`, and of these ways the cheapest. Others are
 * VF_UNASSIGNED. costs[row * columns + column] is from 0 to 1, `limit` too. */
VF_MUST_CHECK int vf_assign(const double *costs, size_t rows, size_t columns, double limit,
                            size_t *chosen);

#endif
