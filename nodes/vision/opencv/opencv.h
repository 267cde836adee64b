/* SPDX-License-Identifier: MIT */
/* opencv.h - what vflow takes of OpenCV: the face of opencv.so, for C.
 *
 * That is a shared object in C++, built where OpenCV is, and loaded (library.h) when a flow needs it:
 * nothing else is linked with OpenCV, and it takes nothing of vflow. No exception leaves it: what fails
 * returns a negative errno and says why in one line of `problem`.
 */
#ifndef VF_NODES_VISION_OPENCV_OPENCV_H
#define VF_NODES_VISION_OPENCV_OPENCV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VF_OPENCV_FACE "vf_opencv_face" /* the only symbol of opencv.so: returns the table below */

/* A cascade of classifiers, Haar or LBP. */
struct vf_opencv_cascade;

struct vf_opencv_problem {
    char *text;
    size_t size;
};

/* A gray picture, lent. */
struct vf_opencv_picture {
    const uint8_t *samples;
    size_t stride;
    int width, height;
};

struct vf_opencv_search {
    double step;           /* factor between two sizes that are looked for */
    int neighbours;        /* windows that have to find the same beside one; 0: each is told */
    int smallest, largest; /* heights of boxes; largest 0: the picture */
    int angle;             /* degrees clockwise by which what is looked for is turned */
    bool is_mirrored;
};

/* A place in the picture. What is turned has a box around it. */
struct vf_opencv_box {
    double ymin, xmin, ymax, xmax;
    int windows; /* that have found it, all but at the same place */
};

struct vf_opencv_boxes {
    const struct vf_opencv_box *items;
    size_t count;
};

struct vf_opencv {
    const char *release; /* "4.6.0" */
    /* Says how many threads work from now on, in this process. */
    int (*use_threads)(int count, const struct vf_opencv_problem *problem);
    /* Opens a file, after a look at all that OpenCV takes on trust. */
    int (*open)(struct vf_opencv_cascade **cascade, const char *path,
                const struct vf_opencv_problem *problem);
    void (*close)(struct vf_opencv_cascade **cascade);
    /* Returns the height of the smallest box it can find. */
    int (*window)(const struct vf_opencv_cascade *cascade);
    /* Finds boxes, in an order that depends on the picture alone. Lends them until the next call. */
    int (*find)(struct vf_opencv_cascade *cascade, const struct vf_opencv_picture *picture,
                const struct vf_opencv_search *search, struct vf_opencv_boxes *boxes,
                const struct vf_opencv_problem *problem);
};

#endif
