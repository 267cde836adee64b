/* SPDX-License-Identifier: MIT */
/* dictionary.h - what the classes of a model are called, from a file: names, or characters. */
#ifndef VF_NODES_VISION_MODEL_DICTIONARY_H
#define VF_NODES_VISION_MODEL_DICTIONARY_H

#include "engine/base/result.h"
#include "nodes/vision/model/card.h"

/* Returns where a dictionary of this name is. The caller's; NULL: out of memory. */
char *vf_dictionary_path(const char *model, const char *name);

/* Gives *card the classes that its dictionary has, one a line: a file in the folder of the model, unless
 * its path begins at the root. Returns -EINVAL with what is wrong in `problem`. */
VF_MUST_CHECK int vf_dictionary_read(struct vf_card *card, const char *model,
                                     const struct vf_model_problem *problem);

#endif
