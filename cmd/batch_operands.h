/* SPDX-License-Identifier: MIT */
/* batch_operands.h - what the words behind vflow batch are: a flow, variables of it, and inputs. */
#ifndef VF_CMD_BATCH_OPERANDS_H
#define VF_CMD_BATCH_OPERANDS_H

#include "cmd/command_line.h"
#include "cmd/flow_arguments.h"

/* Resolves the flow, which stands before the inputs, unless there is a chain, and gives `file`. Moves
 * each NAME=VALUE where the flow has a variable of that name to the variables; what is left are inputs.
 * Says what is wrong, and returns the exit status. */
VF_MUST_CHECK enum vf_exit_status vf_batch_operands_resolve(struct vf_flow_arguments *arguments,
                                                            struct vf_operands *operands,
                                                            const char **file);

#endif
