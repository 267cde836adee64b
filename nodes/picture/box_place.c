/* SPDX-License-Identifier: MIT */
#include "nodes/picture/box_place.h"

#include <math.h>

#include "engine/media/picture/crop.h"

#define FARTHEST 1e6 /* pixels: beyond every picture, and safe to add up */

static double within_reach(double place)
{
    return fmin(fmax(place, -FARTHEST), FARTHEST);
}

/* Returns what lies between whole edges, by enum vf_box_column. */
static struct vf_rectangle between(const double edges[4])
{
    int x = (int)edges[VF_BOX_XMIN], y = (int)edges[VF_BOX_YMIN];
    return (struct vf_rectangle){
        .x = x,
        .y = y,
        .width = (int)edges[VF_BOX_XMAX] - x,
        .height = (int)edges[VF_BOX_YMAX] - y,
    };
}

struct vf_rectangle vf_box_rectangle(const struct vf_box *box)
{
    double edges[4];
    for (unsigned i = 0; i < 4; i++)
        edges[i] = rint(within_reach(box->at[i]));
    return between(edges);
}

struct vf_rectangle vf_box_touched(const struct vf_box *box, double grow)
{
    double edges[4];
    for (unsigned i = 0; i < 4; i++)
        edges[i] = within_reach(box->at[i]); /* first, so that the size is finite */
    double width = edges[VF_BOX_XMAX] - edges[VF_BOX_XMIN];
    double height = edges[VF_BOX_YMAX] - edges[VF_BOX_YMIN];
    edges[VF_BOX_XMIN] = floor(within_reach(edges[VF_BOX_XMIN] - grow * width));
    edges[VF_BOX_YMIN] = floor(within_reach(edges[VF_BOX_YMIN] - grow * height));
    edges[VF_BOX_XMAX] = ceil(within_reach(edges[VF_BOX_XMAX] + grow * width));
    edges[VF_BOX_YMAX] = ceil(within_reach(edges[VF_BOX_YMAX] + grow * height));
    return between(edges);
}

bool vf_box_cut(const struct vf_box *box, double grow, const struct vf_video *video,
                struct vf_rectangle *area)
{
    const struct vf_rectangle touched = vf_box_touched(box, grow);
    const struct vf_rectangle frame = {.width = video->width, .height = video->height};
    *area = vf_rectangle_common(&touched, &frame);
    if (area->width <= 0 || area->height <= 0)
        return false;
    vf_crop_round(video, area);
    return true;
}
