/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/region.h"

#include <math.h>
#include <string.h>

#define MOST_STEPS 8 /* samples along a side of which one is made */

/* The projection of the unit square to four points (P. Heckbert, 1989). */
static bool find_projection(double across[8], const double corners[8])
{
    const double *x = corners, *y = corners + 1;
    double dx1 = x[2] - x[4], dx2 = x[6] - x[4], sx = x[0] - x[2] + x[4] - x[6];
    double dy1 = y[2] - y[4], dy2 = y[6] - y[4], sy = y[0] - y[2] + y[4] - y[6];
    double whole = dx1 * dy2 - dx2 * dy1;
    if (!(fabs(whole) > 1e-9))
        return false;
    double g = (sx * dy2 - dx2 * sy) / whole, h = (dx1 * sy - sx * dy1) / whole;
    const double found[8] = {x[2] - x[0] + g * x[2],
                             x[6] - x[0] + h * x[6],
                             x[0],
                             y[2] - y[0] + g * y[2],
                             y[6] - y[0] + h * y[6],
                             y[0],
                             g,
                             h};
    memcpy(across, found, sizeof(found));
    return 1 + g > 1e-6 && 1 + h > 1e-6 && 1 + g + h > 1e-6;
}

static double side(const double corners[8], size_t from, size_t to)
{
    return hypot(corners[2 * to] - corners[2 * from], corners[2 * to + 1] - corners[2 * from + 1]);
}

bool vf_region_init(struct vf_region *region, const double corners[8])
{
    memcpy(region->corners, corners, sizeof(region->corners));
    region->width = (side(corners, 0, 1) + side(corners, 3, 2)) / 2;
    region->height = (side(corners, 0, 3) + side(corners, 1, 2)) / 2;
    bool is_seen =
        region->width >= 1 && region->height >= 1 && region->width < 1e6 && region->height < 1e6;
    return is_seen && find_projection(region->across, corners);
}

void vf_region_lay_down(struct vf_region *region)
{
    const double *old = region->corners;
    const double corners[8] = {old[6], old[7], old[0], old[1], old[2], old[3], old[4], old[5]};
    (void)vf_region_init(region, corners);
}

int vf_region_width_at(const struct vf_region *region, int height, int most)
{
    double width = ceil(height * region->width / region->height);
    return width < 1 ? 1 : width > most ? most : (int)width;
}

void vf_region_point(const struct vf_region *region, double u, double v, double point[2])
{
    const double *m = region->across;
    double whole = m[6] * u + m[7] * v + 1;
    point[0] = (m[0] * u + m[1] * v + m[2]) / whole;
    point[1] = (m[3] * u + m[4] * v + m[5]) / whole;
}

static double limit(double value, double most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

/* Returns what a plane has at a point, between its samples. */
static double sample_at(const struct vf_sample_planes *frame, unsigned plane, const double at[2])
{
    double x = limit(at[0] - 0.5, frame->width - 1), y = limit(at[1] - 0.5, frame->height - 1);
    size_t left = (size_t)x, top = (size_t)y;
    size_t right = left + (left + 1 < (size_t)frame->width);
    size_t stride = frame->strides[plane];
    const uint8_t *row = frame->planes[plane] + top * stride;
    const uint8_t *below = top + 1 < (size_t)frame->height ? row + stride : row;
    double a = x - (double)left, b = y - (double)top;
    return (row[left] * (1 - a) + row[right] * a) * (1 - b) +
           (below[left] * (1 - a) + below[right] * a) * b;
}

/* Returns how many samples go into one, so that none is passed over. */
static int count_steps(double from, int to)
{
    double steps = ceil(from / to - 0.25);
    return steps < 1 ? 1 : steps > MOST_STEPS ? MOST_STEPS : (int)steps;
}

void vf_region_draw(const struct vf_region *region, const struct vf_region_part *part,
                    const struct vf_sample_planes *frame, unsigned plane, uint8_t *samples)
{
    double width = (part->u1 - part->u0) / part->width,
           height = (part->v1 - part->v0) / part->height;
    int across = count_steps(region->width * (part->u1 - part->u0), part->width);
    int down = count_steps(region->height * (part->v1 - part->v0), part->height);
    for (int i = 0; i < part->width * part->height; i++) {
        double sum = 0;
        for (int step = 0; step < across * down; step++) {
            double point[2];
            double x = i % part->width + (step % across + 0.5) / across;
            int row = i / part->width, below = step / across;
            double y = row + (below + 0.5) / down;
            vf_region_point(region, part->u0 + x * width, part->v0 + y * height, point);
            sum += sample_at(frame, plane, point);
        }
        samples[i] = (uint8_t)(sum / (across * down) + 0.5);
    }
}
