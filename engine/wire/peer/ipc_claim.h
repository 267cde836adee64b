/* SPDX-License-Identifier: MIT */
/* ipc_claim.h - the right to listen at a socket file, so that nobody's endpoint is taken away.
 *
 * ZeroMQ removes whatever has the name of an ipc endpoint before it binds. A claim is a lock on the
 * file NAME.lock beside it, which the kernel gives up with its process: what a dead process has
 * left is taken over, what another listens at is not, whether it is a vflow or any other program.
 */
#ifndef VF_ENGINE_WIRE_PEER_IPC_CLAIM_H
#define VF_ENGINE_WIRE_PEER_IPC_CLAIM_H

#include "engine/base/result.h"

struct vf_ipc_claim;

/* Claims the socket file of `endpoint`. *claim becomes NULL for an endpoint that has no file.
 * Returns -EADDRINUSE when another process listens there, -EEXIST when there is a file that is no
 * socket, or another error of the lock's file. */
VF_MUST_CHECK int vf_ipc_claim_create(struct vf_ipc_claim **claim, const char *endpoint);

/* Removes the socket file and gives the claim up. Call it when nothing listens any more. Sets
 * *claim to NULL. Does nothing when it is NULL already. */
void vf_ipc_claim_destroy(struct vf_ipc_claim **claim);

#endif
