/* SPDX-License-Identifier: MIT */
/* model.h - a model with its card: frames in, what was found in them out.
 *
 * Frames are put into the places of a batch, the batch is run, and each place is asked what was found.
 */
#ifndef VF_NODES_VISION_MODEL_MODEL_H
#define VF_NODES_VISION_MODEL_MODEL_H

#include "nodes/vision/model/card.h"
#include "nodes/vision/model/fitting.h"
#include "nodes/vision/model/masks.h"
#include "nodes/vision/model/region.h"
#include "nodes/vision/model/results.h"
#include "nodes/vision/model/session.h"

struct vf_model;
struct vf_node_run;
struct vf_text;

struct vf_model_wish {
    struct vf_session_wish session;
    const char *card;   /* a JSON object: what the flow says of the model */
    const char *tensor; /* name of the output that is handed on; "": the first */
    int batch;          /* places */
    bool takes_regions; /* not frames; of the places as many as the model takes at a time */
};

/* Opens a model, and sees whether the card, the model and the wish fit together. Returns a negative
 * errno with one line in `problem`, which begins with the option that is wrong, where one is. */
VF_MUST_CHECK int vf_model_open(struct vf_model **model, const struct vf_model_wish *wish,
                                const struct vf_model_problem *problem);
void vf_model_close(struct vf_model **model);

/* The same in a process of its own, which is gone afterwards: for those who have no threads yet and
 * want none. Asks once for the same model and wish. */
VF_MUST_CHECK int vf_model_examine(const struct vf_model_wish *wish,
                                   const struct vf_model_problem *problem);

/* What runs a model. */
struct vf_model_facts {
    char release[32];   /* of ONNX Runtime */
    unsigned providers; /* that it is built with: a bit for each, 1 << VF_PROVIDER_CPU */
};

/* Tells what runs a model, as far as that process has told. Asks nobody. */
bool vf_model_examined(const char *model, const char *runtime, struct vf_model_facts *facts);

/* Lend what is known once it is open. */
const struct vf_card *vf_model_card(const struct vf_model *model);
const struct vf_session *vf_model_session(const struct vf_model *model);

/* Puts a frame into place number `place`. Returns as vf_preparation_draw(). */
VF_MUST_CHECK int vf_model_put(struct vf_model *model, struct vf_node_run *run, unsigned place,
                               const struct vf_message *message);

/* Returns how many places there are. */
unsigned vf_model_places(const struct vf_model *model);

/* Has regions be parts of this frame from now on. Borrows it for the call only. */
VF_MUST_CHECK int vf_model_begin(struct vf_model *model, struct vf_node_run *run,
                                 const struct vf_message *message);

/* Puts regions of that frame into the first places. */
VF_MUST_CHECK int vf_model_put_regions(struct vf_model *model, const struct vf_region *regions,
                                       unsigned count);

/* Runs the model on the first `count` places. */
VF_MUST_CHECK int vf_model_run(struct vf_model *model, unsigned count,
                               const struct vf_model_problem *problem);

/* Fills *found with what was found in a place: boxes in pixels of the frame, within it. */
VF_MUST_CHECK int vf_model_found(struct vf_model *model, unsigned place,
                                 struct vf_found_list *found);

/* Adds what was read in a place, and says how sure that is. VF_DROPPED: the model reads nothing. */
VF_MUST_CHECK int vf_model_read(struct vf_model *model, unsigned place, struct vf_text *text,
                                double *score);

/* Fills x, y and a score for each key point of an object, as many as the card says, in pixels of the frame.
 * VF_DROPPED: the model tells none. */
VF_MUST_CHECK int vf_model_points(struct vf_model *model, unsigned place,
                                  const struct vf_found *item, float (*points)[3]);

/* Makes *grid, which the caller finishes, for the masks of what was found in a place. VF_DROPPED: the
 * model tells none. */
VF_MUST_CHECK int vf_model_masks(struct vf_model *model, unsigned place, struct vf_mask_grid *grid);

/* Fills one mask of grid->width * grid->height bytes. */
VF_MUST_CHECK int vf_model_mask(struct vf_model *model, unsigned place,
                                const struct vf_mask_grid *grid, const struct vf_found *item,
                                uint8_t *mask);

/* Says what form that has where there was no picture: what is not known is 0. */
void vf_model_tensor_form(const struct vf_model *model, struct vf_tensor *tensor);

/* Lends the output that is handed on, for one place, until the next call or run. */
void vf_model_tensor(struct vf_model *model, unsigned place, struct vf_tensor *tensor);

#endif
