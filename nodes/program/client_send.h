/* SPDX-License-Identifier: MIT */
/* client_send.h - what the worker says to the program of its task. For client.c and
 * client_answer.c. */
#ifndef VF_NODES_PROGRAM_CLIENT_SEND_H
#define VF_NODES_PROGRAM_CLIENT_SEND_H

#include "nodes/program/client.h"

/* Logs and says why the program is lost, after its name. Returns -EPIPE. */
int vf_client_fail(struct vf_client *client, const char *format, ...) VF_PRINTF(2, 3);

VF_MUST_CHECK int vf_client_send_welcome(struct vf_client *client);

/* Sends a round: one input of each port, in which the program gets a lease; if there `is_more`,
 * another round follows at once. */
VF_MUST_CHECK int vf_client_send_inputs(struct vf_client *client, struct vf_message *const *inputs,
                                        bool is_more);

/* Returns how much room behind its own bytes an output of this round may need for what an input has
 * beside them. */
size_t vf_client_extras_room(const struct vf_client *client);
#define VF_CLIENT_EXTRAS_ALIGNMENT 8

/* Gives it a place for an output; NULL: there is none, as `flags` says. */
VF_MUST_CHECK int vf_client_send_slot(struct vf_client *client, const struct vf_payload *payload,
                                      unsigned flags);

VF_MUST_CHECK int vf_client_send_flush(struct vf_client *client);
VF_MUST_CHECK int vf_client_send_bye(struct vf_client *client);

/* Waits until something can be read, whatever stop comes. */
bool vf_client_can_read(const struct vf_client *client, int64_t deadline_ns);

#endif
