/* SPDX-License-Identifier: MIT */
/* sources.h - one output, or one for each source that frames were read from.
 *
 * Where a new source begins, the sound of the one before may still be on its way, or that of the
 * new one may be there already: so two outputs can be open at once. The older one ends when frames
 * and sound of the newer one have come.
 */
#ifndef VF_ENGINE_MEDIA_WRITE_SOURCES_H
#define VF_ENGINE_MEDIA_WRITE_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/media/write/output.h"
#include "engine/message/message.h"

struct vf_output_source {
    struct vf_output *output;
    uint64_t id;                  /* what it is of; 0: unknown */
    bool has_come[VF_MAX_TRACKS]; /* something of each input */
};

/* Starts as {.order, .inputs, .is_by_source}; the order's inputs are `inputs`. */
struct vf_output_sources {
    struct vf_output_order order;
    struct vf_output_input inputs[VF_MAX_TRACKS];
    bool is_by_source;
    struct vf_output_source now, before;
    bool has_come, has_failed; /* what makes a file; an error */
};

/* Creates the output, where its file needs no frame to get its name. */
VF_MUST_CHECK int vf_output_sources_open(struct vf_output_sources *sources);

/* Takes a message of one of the inputs. */
VF_MUST_CHECK int vf_output_sources_take(struct vf_output_sources *sources, unsigned input,
                                         const struct vf_message *message);

/* Says that nothing more comes of an input. */
VF_MUST_CHECK int vf_output_sources_end_input(struct vf_output_sources *sources, unsigned input);

/* Ends all outputs, which are whole unless something has failed, here or, without `is_complete`,
 * elsewhere. Does nothing the second time. */
VF_MUST_CHECK int vf_output_sources_end(struct vf_output_sources *sources, bool is_complete);

/* Gives up what has not been ended. */
void vf_output_sources_finish(struct vf_output_sources *sources);

#endif
