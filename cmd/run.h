/* SPDX-License-Identifier: MIT */
/* run.h - what others have to know of the flags of vflow run. */
#ifndef VF_CMD_RUN_H
#define VF_CMD_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

/* Checks the words of a command line that vflow run is going to get, argv[0] being its name, and moves
 * the word that names the flow to argv[1]. *grace_ns becomes what --grace says, and *flow the path
 * of the flow file, the caller's. Returns as vf_command_line_parse(). */
VF_MUST_CHECK int vf_run_check(int argc, char **argv, int64_t *grace_ns, char **flow);

/* Looks whether vflow run takes these words as flags, and they can have these values; says what is wrong.
 * Returns -EINVAL or -ENOMEM then. */
VF_MUST_CHECK int vf_run_check_flags(const char *const *given, size_t count);

#endif
