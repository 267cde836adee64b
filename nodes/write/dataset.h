/* SPDX-License-Identifier: MIT */
/* dataset.h - the labels of a data set to train a detector with, beside its pictures.
 *
 *     FOLDER/images/a.jpg           the pictures, which somebody else writes
 *     FOLDER/labels/a.txt           YOLO: a line for each object, CLASS X Y WIDTH HEIGHT, its centre
 *                                   and size as shares of the picture
 *     FOLDER/data.yaml              YOLO: where pictures are, and the names of the classes
 *     FOLDER/annotations.json       COCO: images, annotations and categories
 *     FOLDER/.annotations.jsonl     while it grows: a line of JSON for each picture
 *
 * annotations.json is whole at any time: it is written again when the set has become larger by a
 * quarter, and at the end. What a process that died had labelled is in it with the next one.
 */
#ifndef VF_NODES_WRITE_DATASET_H
#define VF_NODES_WRITE_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"
#include "nodes/value/class_labels.h"

struct vf_dataset;

struct vf_dataset_settings {
    const char *folder; /* with its slash; "": the present one */
    bool has_coco, has_yolo;
    const struct vf_class_labels *names; /* borrowed until it is destroyed */
    bool is_restarted;                   /* another process may have begun it */
};

/* An object in a picture, in pixels of that. */
struct vf_dataset_label {
    double x, y, width, height;
    int class;
    double score; /* NAN: not known */
    bool has_track;
    int64_t track;
};

struct vf_dataset_picture {
    const char *name; /* below images/ */
    int width, height;
    const struct vf_description *frame; /* that it was made of */
    const struct vf_dataset_label *labels;
    size_t count;
};

#define VF_DATASET_MOST_CLASSES 100000

/* Makes the folder, and begins the set, or goes on with it. Returns a negative errno after saying why:
 * -EEXIST where there is a data set already. */
VF_MUST_CHECK int vf_dataset_create(struct vf_dataset **dataset,
                                    const struct vf_dataset_settings *settings);

/* Adds the labels of a picture that has been written. */
VF_MUST_CHECK int vf_dataset_add(struct vf_dataset *dataset,
                                 const struct vf_dataset_picture *picture);

/* Writes all of annotations.json: it may be called again, and does nothing where nothing is new. */
VF_MUST_CHECK int vf_dataset_complete(struct vf_dataset *dataset);
void vf_dataset_destroy(struct vf_dataset **dataset);

/* How much there is in it, also of processes before. */
struct vf_dataset_counts {
    uint64_t pictures, labels;
};
struct vf_dataset_counts vf_dataset_counts(const struct vf_dataset *dataset);

#endif
