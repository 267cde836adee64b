/* SPDX-License-Identifier: MIT */
/* tap_request.h - lets another program look at what flows (engine/edge/page/tap.h). */
#ifndef VF_ENGINE_PROCESS_TAP_REQUEST_H
#define VF_ENGINE_PROCESS_TAP_REQUEST_H

#include "engine/process/control/control.h"

struct vf_engine;

/* Answers a request for what a task, or a node with all its replicas, sends out of a port, or gets
 * at an input: `place` is "task", for its first port, or "task.port". The answer has `taps`, an
 * array of objects with `task` and `port` (its number), and for each a descriptor; `name` and
 * `type` of the port; and `version` and `size` of the description of a message, which the reader
 * must know. */
void vf_tap_request(const struct vf_engine *engine, const char *place,
                    struct vf_control_answer *answer);

#endif
