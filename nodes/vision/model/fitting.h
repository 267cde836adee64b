/* SPDX-License-Identifier: MIT */
/* fitting.h - where a frame is in the picture that a model gets, and the way back. */
#ifndef VF_NODES_VISION_MODEL_FITTING_H
#define VF_NODES_VISION_MODEL_FITTING_H

#include "engine/media/draw/coverage.h"
#include "engine/message/message.h"
#include "nodes/vision/model/card.h"
#include "nodes/vision/model/region.h"

struct vf_model_fitting {
    int frame_width, frame_height;
    struct vf_rectangle area;  /* of the frame, all that is seen of it */
    struct vf_rectangle place; /* of the picture, where that is */
    bool is_of_region; /* what is seen is a region, whose size stands for that of the frame */
    struct vf_region region;
};

/* Finds out where a frame is in a picture of `width` x `height`. */
void vf_model_fit(struct vf_model_fitting *fitting, enum vf_fit fit, const struct vf_video *video,
                  int width, int height);

/* The same of a region of a frame. */
void vf_model_fit_region(struct vf_model_fitting *fitting, enum vf_fit fit,
                         const struct vf_region *region, int width, int height);

/* Gives the place in the frame of a point of the picture, which is not always within the frame. */
void vf_model_point(const struct vf_model_fitting *fitting, double x, double y, double point[2]);

/* Returns where a column or a row of the picture is in the frame, which is not always within it. */
double vf_model_x(const struct vf_model_fitting *fitting, double x);
double vf_model_y(const struct vf_model_fitting *fitting, double y);

#endif
