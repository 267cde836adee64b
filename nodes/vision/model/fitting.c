/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/fitting.h"

#include <math.h>

#include "engine/media/picture/crop.h"

static int at_least_one(double length)
{
    return length < 1 ? 1 : (int)lround(length);
}

/* A frame of this size in a picture of that. */
static void fit_size(struct vf_model_fitting *fitting, enum vf_fit fit, const int frame[2],
                     int width, int height)
{
    double across = (double)width / frame[0], down = (double)height / frame[1];
    struct vf_rectangle area = {0, 0, frame[0], frame[1]};
    struct vf_rectangle place = {0, 0, width, height};
    if (fit == VF_FIT_LETTERBOX || fit == VF_FIT_CORNER) {
        double scale = across < down ? across : down;
        place.width = at_least_one(frame[0] * scale);
        place.height = at_least_one(frame[1] * scale);
    }
    if (fit == VF_FIT_LETTERBOX) {
        place.x = (width - place.width) / 2;
        place.y = (height - place.height) / 2;
    }
    if (fit == VF_FIT_CROP) {
        double scale = across > down ? across : down;
        area.width = at_least_one(width / scale);
        area.height = at_least_one(height / scale);
        area.x = (frame[0] - area.width) / 2;
        area.y = (frame[1] - area.height) / 2;
    }
    *fitting = (struct vf_model_fitting){
        .frame_width = frame[0], .frame_height = frame[1], .area = area, .place = place};
}

void vf_model_fit(struct vf_model_fitting *fitting, enum vf_fit fit, const struct vf_video *video,
                  int width, int height)
{
    const int frame[2] = {video->width, video->height};
    fit_size(fitting, fit, frame, width, height);
    if (fit == VF_FIT_CROP)
        vf_crop_round(video, &fitting->area);
}

void vf_model_fit_region(struct vf_model_fitting *fitting, enum vf_fit fit,
                         const struct vf_region *region, int width, int height)
{
    const int frame[2] = {at_least_one(region->width), at_least_one(region->height)};
    fit_size(fitting, fit, frame, width, height);
    fitting->is_of_region = true;
    fitting->region = *region;
}

void vf_model_point(const struct vf_model_fitting *fitting, double x, double y, double point[2])
{
    point[0] = vf_model_x(fitting, x);
    point[1] = vf_model_y(fitting, y);
    if (fitting->is_of_region)
        vf_region_point(&fitting->region, point[0] / fitting->frame_width,
                        point[1] / fitting->frame_height, point);
}

double vf_model_x(const struct vf_model_fitting *fitting, double x)
{
    return fitting->area.x + (x - fitting->place.x) * fitting->area.width / fitting->place.width;
}

double vf_model_y(const struct vf_model_fitting *fitting, double y)
{
    return fitting->area.y + (y - fitting->place.y) * fitting->area.height / fitting->place.height;
}
