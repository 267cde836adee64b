/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/fitting.h"

#include <math.h>

#include "engine/media/picture/crop.h"

static int at_least_one(double length)
{
    return length < 1 ? 1 : (int)lround(length);
}

void vf_model_fit(struct vf_model_fitting *fitting, enum vf_fit fit, const struct vf_video *video,
                  int width, int height)
{
    double across = (double)width / video->width, down = (double)height / video->height;
    struct vf_rectangle area = {0, 0, video->width, video->height};
    struct vf_rectangle place = {0, 0, width, height};
    if (fit == VF_FIT_LETTERBOX || fit == VF_FIT_CORNER) {
        double scale = across < down ? across : down;
        place.width = at_least_one(video->width * scale);
        place.height = at_least_one(video->height * scale);
    }
    if (fit == VF_FIT_LETTERBOX) {
        place.x = (width - place.width) / 2;
        place.y = (height - place.height) / 2;
    }
    if (fit == VF_FIT_CROP) {
        double scale = across > down ? across : down;
        area.width = at_least_one(width / scale);
        area.height = at_least_one(height / scale);
        area.x = (video->width - area.width) / 2;
        area.y = (video->height - area.height) / 2;
        vf_crop_round(video, &area);
    }
    *fitting = (struct vf_model_fitting){
        .frame_width = video->width, .frame_height = video->height, .area = area, .place = place};
}

double vf_model_x(const struct vf_model_fitting *fitting, double x)
{
    return fitting->area.x + (x - fitting->place.x) * fitting->area.width / fitting->place.width;
}

double vf_model_y(const struct vf_model_fitting *fitting, double y)
{
    return fitting->area.y + (y - fitting->place.y) * fitting->area.height / fitting->place.height;
}
