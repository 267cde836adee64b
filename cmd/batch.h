/* SPDX-License-Identifier: MIT */
/* batch.h - what a batch is going to do, for a command that has others run it. */
#ifndef VF_CMD_BATCH_H
#define VF_CMD_BATCH_H

#include <stdbool.h>

#include "cmd/batch/display.h"
#include "cmd/batch/inputs.h"
#include "cmd/batch/job.h"
#include "engine/base/exit_status.h"
#include "engine/base/result.h"

/* Starts as {0}. */
struct vf_batch_outlook {
    struct vf_batch_inputs inputs;
    struct vf_batch_jobs jobs; /* planned */
    unsigned side_by_side;     /* that --jobs asks for; 0: it does not say */
    bool resumes, retries_failed;
    bool is_split;           /* inputs are made in parts, which are jobs of their own */
    enum vf_batch_form form; /* of what is told of its progress */
};

/* Reads the command line of a batch, collects its inputs and plans the run of each, as the batch itself
 * does. Says what is wrong, and returns the exit status. Finish *outlook in any case. */
VF_MUST_CHECK enum vf_exit_status vf_batch_look_ahead(int argc, char **argv,
                                                      struct vf_batch_outlook *outlook);

void vf_batch_outlook_finish(struct vf_batch_outlook *outlook);

#endif
