/* SPDX-License-Identifier: MIT */
#include "nodes/write/best_shot.h"

#include <math.h>

#include "engine/media/picture/crop.h"
#include "nodes/picture/box_place.h"

#define ACROSS 64          /* samples */
#define SHARP_ENOUGH 8.0   /* levels of 256 */
#define BORDER 0.005       /* of the shorter side of the frame: so near, a box touches the border */
#define CUT_OFF_FACTOR 0.5 /* of what touches the border */

/* The Laplacian at a sample that has four neighbours. */
static double laplacian(const struct vf_luma *luma, int x, int y)
{
    const float *at = luma->samples + (ptrdiff_t)y * luma->width + x;
    return 4.0 * at[0] - at[-1] - at[1] - at[-luma->width] - at[luma->width];
}

static double deviation(const struct vf_luma *luma)
{
    double sum = 0, squares = 0;
    double count = (double)(luma->width - 2) * (luma->height - 2);
    if (luma->width < 3 || luma->height < 3)
        return 0;
    for (int y = 1; y + 1 < luma->height; y++) {
        for (int x = 1; x + 1 < luma->width; x++) {
            double value = laplacian(luma, x, y);
            sum += value;
            squares += value * value;
        }
    }
    double mean = sum / count;
    return sqrt(fmax(squares / count - mean * mean, 0));
}

/* From 1/8 for an even surface towards 1. */
static double sharpness(const struct vf_luma *luma)
{
    double found = deviation(luma);
    return (found + 1) / (found + SHARP_ENOUGH);
}

static bool touches_border(const struct vf_box *box, const struct vf_video *video)
{
    double near = fmax(BORDER * fmin(video->width, video->height), 1);
    return box->at[VF_BOX_YMIN] < near || box->at[VF_BOX_XMIN] < near ||
           box->at[VF_BOX_YMAX] > video->height - near ||
           box->at[VF_BOX_XMAX] > video->width - near;
}

int vf_best_shot_judge(struct vf_luma *luma, struct vf_node_run *run,
                       const struct vf_message *frame, const struct vf_tracked *object,
                       double *worth)
{
    const struct vf_video *video = &frame->description.video;
    struct vf_rectangle area;
    struct vf_message *part = NULL;
    *worth = 0;
    if (!vf_box_cut(&object->box, 0, video, &area))
        return VF_OK;
    int err = vf_crop_apply(run, frame, &area, &part);
    int shorter = area.width < area.height ? area.width : area.height;
    if (!err)
        err = vf_luma_read(luma, part, shorter / ACROSS > 1 ? shorter / ACROSS : 1);
    vf_message_destroy(&part);
    if (err)
        return err;
    double score = isnan(object->score) ? 1 : object->score;
    double whole = touches_border(&object->box, video) ? CUT_OFF_FACTOR : 1;
    *worth = score * sqrt((double)area.width * area.height) * sharpness(luma) * whole;
    return VF_OK;
}
