/* SPDX-License-Identifier: MIT */
#include "nodes/vision/crossing.h"

#include <math.h>
#include <string.h>

/* Returns how far a point is from the line with all that lies beyond its ends: left of it below 0. */
static double distance(const double (*line)[2], const double point[2])
{
    double along[2] = {line[1][0] - line[0][0], line[1][1] - line[0][1]};
    double away[2] = {point[0] - line[0][0], point[1] - line[0][1]};
    return (along[0] * away[1] - along[1] * away[0]) / hypot(along[0], along[1]);
}

/* Whether the way from the last point to this one passes between the ends. */
static bool is_between(const struct vf_crossing *crossing, const double (*line)[2],
                       const double point[2], double now)
{
    double share = crossing->distance / (crossing->distance - now);
    double along[2] = {line[1][0] - line[0][0], line[1][1] - line[0][1]};
    double at[2];
    for (unsigned i = 0; i < 2; i++)
        at[i] = crossing->last[i] + share * (point[i] - crossing->last[i]) - line[0][i];
    double place = at[0] * along[0] + at[1] * along[1];
    return place >= 0 && place <= along[0] * along[0] + along[1] * along[1];
}

enum vf_move vf_crossing_move(struct vf_crossing *crossing, const double (*line)[2],
                              const double point[2], double margin)
{
    enum vf_side before = crossing->sure, near = crossing->near;
    double now = distance(line, point);
    if (now < 0 || now > 0)
        crossing->near = now > 0 ? VF_SIDE_RIGHT : VF_SIDE_LEFT;
    bool has_passed = near && near != crossing->near;
    if (has_passed)
        crossing->is_between = is_between(crossing, line, point, now);
    memcpy(crossing->last, point, sizeof(crossing->last));
    crossing->distance = now;
    has_passed = has_passed && crossing->is_between && crossing->near != before;
    if (fabs(now) < margin || !crossing->near)
        return has_passed ? VF_MOVE_PASSES : VF_MOVE_STAYS;
    crossing->sure = crossing->near;
    if (!before || before == crossing->sure || !crossing->is_between)
        return VF_MOVE_STAYS;
    return has_passed ? VF_MOVE_LEAPS : VF_MOVE_CROSSES;
}
