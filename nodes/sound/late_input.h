/* SPDX-License-Identifier: MIT */
/* late_input.h - which of several sounds is so far behind that too much of the others waits for it.
 *
 * All functions are pure. A sound that has ended is not waited for.
 */
#ifndef VF_NODES_SOUND_LATE_INPUT_H
#define VF_NODES_SOUND_LATE_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/media/filter/text.h"

/* Of one sound that waits for another. */
#define VF_MOST_WAITING_BYTES ((size_t)256 << 20)

/* Starts as {.count}: of the inputs. */
struct vf_late_inputs {
    unsigned count;
    double seconds[VF_FILTER_INPUTS]; /* that have come */
    bool has_ended[VF_FILTER_INPUTS];
};

/* Notes that so much has come of an input. Returns the input that is too far behind it; `count`:
 * none is. */
unsigned vf_late_inputs_note(struct vf_late_inputs *inputs, unsigned input, double seconds,
                             size_t bytes);

#endif
