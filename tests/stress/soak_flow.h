/* SPDX-License-Identifier: MIT */
/* soak_flow.h - the flow that runs for a long time.
 *
 *     film ── tint ─┬─ left.1, left.2 ─┬─ blend ── warm, bright ── screen
 *                   └────── right ─────┘           (one group)
 *
 * Frames are grey pictures of several sizes, each word of which follows from the frame's number.
 * The screen works out what has to be in them, and fails at the first that is wrong, missing or
 * too much. In realtime the film goes on by the clock, faster than `blend` and the screen can
 * follow.
 */
#ifndef VF_TESTS_STRESS_SOAK_FLOW_H
#define VF_TESTS_STRESS_SOAK_FLOW_H

#include <stdint.h>

#include "engine/base/text.h"
#include "engine/flow/flow.h"
#include "engine/node/node.h"

/* film, tint, blend, screen, and `identity` of the program. */
extern const struct vf_node_list soak_nodes;

/* Prints it as a flow file. */
void soak_flow_print(struct vf_text *text, enum vf_flow_mode mode, uint64_t frames);

#endif
