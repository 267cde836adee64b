/* SPDX-License-Identifier: MIT */
/* client_answer.h - does what a message of the program says. For client.c. */
#ifndef VF_NODES_PROGRAM_CLIENT_ANSWER_H
#define VF_NODES_PROGRAM_CLIENT_ANSWER_H

#include "nodes/program/client.h"

/* Heeds a message that vf_client_check() has found good. Returns VF_OK, VF_END when nobody takes
 * what is sent on any more, or an error, after it has logged it. */
VF_MUST_CHECK int vf_client_heed(struct vf_client *client, const union vf_client_message *message);

#endif
