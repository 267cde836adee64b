/* SPDX-License-Identifier: MIT */
/* track_scene.h - scenes of moving objects, of which everything is known, and how well they were
 * followed.
 *
 * The measures are MOTA (K. Bernardin, R. Stiefelhagen: Evaluating Multiple Object Tracking
 * Performance, 2008) and IDF1 (E. Ristani and others: Performance Measures and a Data Set for
 * Multi-Target, Multi-Camera Tracking, 2016), both with boxes that overlap by half or more.
 */
#ifndef VF_TESTS_UNIT_SUPPORT_TRACK_SCENE_H
#define VF_TESTS_UNIT_SUPPORT_TRACK_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nodes/value/boxes.h"
#include "nodes/vision/tracker.h"

#define SCENE_FRAMES 300
#define SCENE_OBJECTS 16
#define SCENE_BOXES 64
#define SCENE_CASES 4

/* An object in a frame. */
struct scene_object {
    bool is_there, is_hidden; /* hidden: it is there, but nobody can see it */
    struct vf_box box;
};

struct scene {
    size_t objects, frames;
    struct scene_object truth[SCENE_FRAMES][SCENE_OBJECTS];
    /* What a detector makes of it, by `noise`. */
    struct vf_box found[SCENE_FRAMES][SCENE_BOXES];
    size_t found_count[SCENE_FRAMES];
};

struct scene_noise {
    double jitter;    /* of each edge, in shares of the size of a box */
    double missed;    /* share of the objects that are not found */
    double false_one; /* false boxes a frame */
    double unsure;    /* share of the objects that have a low score */
    double shake;     /* of the camera, in pixels, in both directions */
};

/* Detectors of several kinds. */
struct scene_case {
    const char *name;
    struct scene_noise noise;
};
extern const struct scene_case scene_cases[SCENE_CASES];

/* Objects that cross the picture, at different speeds, some behind others. */
void scene_cross(struct scene *scene, unsigned seed);

/* Objects that walk on, each hidden for `hidden` frames in the middle. */
void scene_hide(struct scene *scene, size_t hidden);

/* Lets a detector look at the scene. */
void scene_detect(struct scene *scene, const struct scene_noise *noise, unsigned seed);

/* What a tracker told of a frame: `boxes` have a number as VF_BOX_TRACK. */
struct scene_told {
    struct vf_box boxes[SCENE_BOXES];
    size_t count;
    bool is_there; /* it told something of this frame; others are not counted */
};

struct scene_marks {
    double mota, idf1;
    unsigned switches; /* times that an object got another number */
};
struct scene_marks scene_judge(const struct scene *scene, const struct scene_told *told);

/* The settings that track has by itself. */
extern const struct vf_tracker_settings scene_usual;

/* Follows what was found in every frame, or in every `step`th, as track does. `told` has room for
 * SCENE_FRAMES, and so below. */
void scene_follow(const struct scene *scene, const struct vf_tracker_settings *settings,
                  size_t step, struct scene_told *told);

/* A tracker that gives each box to the last one that it overlaps most with, and knows of no movement: for
 * comparison. */
void scene_follow_plainly(const struct scene *scene, struct scene_told *told);

#endif
