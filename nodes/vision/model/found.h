/* SPDX-License-Identifier: MIT */
/* found.h - sends what was found in a frame, in the forms that detectors have in common. */
#ifndef VF_NODES_VISION_MODEL_FOUND_H
#define VF_NODES_VISION_MODEL_FOUND_H

#include <jansson.h>

#include "engine/node/node.h"
#include "engine/node/option/list.h"
#include "nodes/vision/model/results.h"

/* All send one message out of `port`, as an answer to `input`, and return as vf_node_emit(). */

/* An array of n x 6: boxes.h. */
VF_MUST_CHECK int vf_found_send(struct vf_node_run *run, unsigned port,
                                const struct vf_found_list *found, const struct vf_message *input);

/* The same rows as a JSON list: for an output that is null at times. */
VF_MUST_CHECK int vf_found_send_rows(struct vf_node_run *run, unsigned port,
                                     const struct vf_found_list *found,
                                     const struct vf_message *input);

/* A value, which it takes, also on failure; NULL: there was no memory to make it. */
VF_MUST_CHECK int vf_found_send_value(struct vf_node_run *run, unsigned port, json_t *value,
                                      const struct vf_message *input);

/* Null: nobody has looked. */
VF_MUST_CHECK int vf_found_send_null(struct vf_node_run *run, unsigned port,
                                     const struct vf_message *input);

/* A list with box, class, score and, where there is one in `names`, name of each; of what is slanted
 * also corners. */
VF_MUST_CHECK int vf_found_send_objects(struct vf_node_run *run, unsigned port,
                                        const struct vf_found_list *found,
                                        const struct vf_option_texts *names,
                                        const struct vf_message *input);

/* Makes what is said there of one of them. The caller's; NULL: out of memory. */
json_t *vf_found_describe(const struct vf_found *item, const struct vf_option_texts *names);

/* To a hundredth of a pixel: more is noise. */
json_t *vf_found_pixels(double number);

#endif
