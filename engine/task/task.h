/* SPDX-License-Identifier: MIT */
/* task.h - what one worker does all day: it runs a node between a messenger's two sides.
 *
 * The executor opens the node, feeds it until the end of the stream, a termination or a failure,
 * tells the next tasks, and closes it.
 */
#ifndef VF_ENGINE_TASK_TASK_H
#define VF_ENGINE_TASK_TASK_H

#include <stdbool.h>

#include "engine/base/exit_status.h"
#include "engine/base/result.h"
#include "engine/edge/messenger.h"
#include "engine/node/node.h"

struct vf_task_settings {
    const struct vf_node *node;
    const void *options;            /* of the node, filled */
    const char *name;               /* of the task */
    const bool *is_connected;       /* for each input */
    const unsigned *input_ports;    /* for each input: see struct vf_node_run */
    const char *const *input_names; /* for each input: see struct vf_node_run */
    unsigned threads, keeps;
    struct vf_run_part part;
    const struct vf_wish *wishes; /* of the producer: see struct vf_node_run */
    unsigned wish_count;
    bool is_realtime, may_lack, must_not_replace;
    bool accepts_partial;    /* what is interrupted counts as whole */
    bool is_confined;        /* its process may reach only what it needs */
    bool may_die;            /* when the node fails, a new process may try again */
    bool starts_over;        /* a producer that has come to its end begins again... */
    int64_t start_over_ns;   /* ...after this time */
    bool skips;              /* an input on which the node fails is put aside */
    uint64_t failed_round;   /* in which the process before died; 0: there was none */
    uint64_t skipped_round;  /* whose input is put aside unseen; 0: none */
    const char *skip_cause;  /* why, in words */
    const char *dead_letter; /* folder for what is put aside; NULL: none */
};

/* Runs the node to its end. Borrows everything. Returns the exit status of the worker: VF_EXIT_OK
 * unless the node failed; the cause has been logged. */
VF_MUST_CHECK enum vf_exit_status vf_task_execute(const struct vf_task_settings *settings,
                                                  const struct vf_task_wires *wires,
                                                  struct vf_messenger *messenger);

/* Closes the edges of a task whose node cannot go on, in place of the process that has died: the
 * neighbours hear that it has failed, unless it had ended. Returns VF_EXIT_FAILED, VF_EXIT_OK when
 * only the closing was left, or VF_EXIT_INTERNAL when they could not be sent. */
VF_MUST_CHECK enum vf_exit_status vf_task_close_out(const struct vf_task_wires *wires,
                                                    struct vf_messenger *messenger);

#endif
