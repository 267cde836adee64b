/* SPDX-License-Identifier: MIT */
/* liaison.h - the process beside a supervisor that keeps in touch with the other hosts of a run.
 *
 * It listens at socket number 5000, which no task has, and connects to that of each other host. All
 * send each other their rows of the board (board.h), when something has changed there, and as a sign
 * of life all the time. The rest is silence: who has shown none for the peer timeout is lost.
 *
 * Each host has keys of its own for a run. It leaves the public half as a certificate in a folder
 * that nobody but the user can enter, and lets in those whose certificates are there.
 */
#ifndef VF_ENGINE_HOSTS_LIAISON_H
#define VF_ENGINE_HOSTS_LIAISON_H

#include <stdbool.h>

#include "engine/base/result.h"
#include "engine/hosts/board.h"
#include "engine/wire/wire.h"

struct vf_liaison_order {
    const struct vf_host_board *board;
    const struct vf_address *address; /* of this host */
    struct vf_wire_peer *peers;       /* by host; their keys are the liaison's to find */
    const char *key_directory;        /* NULL: there are no keys */
    int bell_fd;                      /* eventfd that wakes the supervisor */
    int stop_fd;                      /* readable: that is all */
};

/* Keeps in touch until that is all. Logs what failed. */
VF_MUST_CHECK int vf_liaison_run(const struct vf_liaison_order *order);

/* Makes the folder of the keys, unless it is there, and leaves the public key of this host in it.
 * Refuses one that others can enter, or that is another user's: -ENOKEY. Logs what is wrong. */
VF_MUST_CHECK int vf_liaison_publish_key(const char *directory, const char *host,
                                         const struct vf_wire_keys *keys);

/* Takes it away again; and the folder, if `is_own` and it is empty. */
void vf_liaison_withdraw_key(const char *directory, const char *host, bool is_own);

/* Returns whether the key of a host is in the folder. */
bool vf_liaison_has_key(const char *directory, const char *host);

#endif
