/* SPDX-License-Identifier: MIT */
/* drawing.h - what the nodes that draw on frames have in common.
 *
 * They draw on a copy of a frame, made in their arena; a frame on which there is nothing to draw
 * goes on as it is.
 */
#ifndef VF_NODES_DRAW_DRAWING_H
#define VF_NODES_DRAW_DRAWING_H

#include <stdbool.h>

#include "engine/media/draw/canvas.h"
#include "engine/node/node.h"
#include "nodes/picture/box_place.h"

/* Boxes that come with each frame on input 1, or that the flow file gives. Starts as {0}. */
struct vf_box_source {
    struct vf_box_list boxes;
    unsigned columns_least;
    bool is_fixed;
};

/* Takes the boxes that the option `boxes` gives, of `columns_least` numbers or more. Returns
 * -EINVAL, after saying why, when neither they nor the input are there, or both. */
VF_MUST_CHECK int vf_box_source_open(struct vf_box_source *source, const struct vf_node_run *run,
                                     const struct vf_option_texts *given, unsigned columns_least);

/* Reads the boxes of this round. Returns as vf_box_list_read(). */
VF_MUST_CHECK int vf_box_source_read(struct vf_box_source *source,
                                     struct vf_message *const *inputs);
void vf_box_source_finish(struct vf_box_source *source);

/* Looks at boxes that an option gives. Returns as a node's check(). */
VF_MUST_CHECK int vf_box_option_check(const struct vf_option_texts *given, unsigned columns_least,
                                      char *problem, size_t problem_size);

/* Draws with `draw` on a copy of `video`, and sends it out of port 0 as an answer. */
VF_MUST_CHECK int vf_drawing_answer(struct vf_node_run *run, const struct vf_message *video,
                                    int (*draw)(struct vf_canvas *canvas, void *drawing),
                                    void *drawing);

/* Sends input 0 on as it is. */
VF_MUST_CHECK int vf_drawing_pass(struct vf_node_run *run);

/* A node's forecast(): frames as they come on input 0. */
void vf_drawing_forecast(struct vf_foresight *foresight);

/* Twelve colours that are told apart at a glance: number `number` of them, again and again. */
struct vf_colour vf_drawing_colour(int64_t number);

/* Reads a list of colours. Returns as a node's check(). *colours is the caller's, by free(). */
VF_MUST_CHECK int vf_drawing_colours(const struct vf_option_texts *texts,
                                     struct vf_colour **colours, char *problem,
                                     size_t problem_size);

#endif
