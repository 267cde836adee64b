/* SPDX-License-Identifier: MIT */
/* ask.h - the programs of Slurm, which are asked and answer in a moment. */
#ifndef VF_CMD_SUBMIT_ASK_H
#define VF_CMD_SUBMIT_ASK_H

#include "engine/base/result.h"
#include "engine/base/text.h"

/* Runs a program, whose words end with NULL, and takes what it prints: *said on standard output,
 * *complained on standard error. A Ctrl-C does not reach it. Returns its exit status, 128 and the
 * number of the signal that has ended it, or a negative errno: -ENOENT where it is not there. */
VF_MUST_CHECK int vf_submit_ask(const char *const *words, struct vf_text *said,
                                struct vf_text *complained);

#endif
