/* SPDX-License-Identifier: MIT */
/* fake_opencv.c - a stand-in for opencv.so, in a program's folder for modules.
 *
 * A file that says "fake HEIGHT" is a cascade of that window. It finds one box around all that is
 * brighter than 128, by 12 windows, and fails on a picture whose first sample is 255. As if a file had
 * taken it over, it makes the file that FAKE_OPENCV_MAKES names when it opens one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "nodes/vision/opencv/opencv.h"

struct vf_opencv_cascade {
    int window;
    struct vf_opencv_box box;
};

static int use_threads(int count, const struct vf_opencv_problem *problem)
{
    if (count > 0)
        return 0;
    snprintf(problem->text, problem->size, "no threads");
    return -EINVAL;
}

static void close_cascade(struct vf_opencv_cascade **cascade)
{
    free(*cascade);
    *cascade = NULL;
}

static int open_cascade(struct vf_opencv_cascade **cascade, const char *path,
                        const struct vf_opencv_problem *problem)
{
    const char *makes = getenv("FAKE_OPENCV_MAKES");
    FILE *made = makes ? fopen(makes, "w") : NULL;
    if (made)
        fclose(made);
    FILE *file = fopen(path, "r");
    *cascade = calloc(1, sizeof(**cascade));
    int read = file && *cascade ? fscanf(file, "fake %d", &(*cascade)->window) : 0;
    if (file)
        fclose(file);
    if (read == 1)
        return 0;
    close_cascade(cascade);
    snprintf(problem->text, problem->size, "it is no fake");
    return -EINVAL;
}

static int window(const struct vf_opencv_cascade *cascade)
{
    return cascade->window;
}

static int find(struct vf_opencv_cascade *cascade, const struct vf_opencv_picture *picture,
                const struct vf_opencv_search *search, struct vf_opencv_boxes *boxes,
                const struct vf_opencv_problem *problem)
{
    struct vf_opencv_box box = {picture->height, picture->width, 0, 0, 12};
    if (picture->samples[0] == 255) {
        snprintf(problem->text, problem->size, "it has had enough");
        return -EINVAL;
    }
    for (int y = 0; y < picture->height; y++) {
        for (int x = 0; x < picture->width; x++) {
            if (picture->samples[(size_t)y * picture->stride + (size_t)x] <= 128)
                continue;
            box.ymin = y < box.ymin ? y : box.ymin;
            box.xmin = x < box.xmin ? x : box.xmin;
            box.ymax = y + 1 > box.ymax ? y + 1 : box.ymax;
            box.xmax = x + 1 > box.xmax ? x + 1 : box.xmax;
        }
    }
    cascade->box = box;
    boxes->items = &cascade->box;
    boxes->count = box.ymax > 0 && box.ymax - box.ymin >= search->smallest;
    return 0;
}

const struct vf_opencv *vf_opencv_face(void);

const struct vf_opencv *vf_opencv_face(void)
{
    static const struct vf_opencv face = {"fake",        use_threads, open_cascade,
                                          close_cascade, window,      find};
    return &face;
}
