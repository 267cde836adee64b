/* SPDX-License-Identifier: MIT */
/* hosts.h - the other hosts of a run, as the supervisor of one part deals with them.
 *
 * Every host runs its part of the flow with a supervisor of its own, and plans all of it: ids are the
 * same everywhere. The parts may be started in any order, and wait for each other; they begin
 * together, stop together, and none ends with 0 unless all have ended well. A liaison
 * (engine/hosts/liaison.h) keeps in touch. Of a host that is lost all tasks are over, as if each had
 * been given up: `on_error` says what ends with them.
 *
 * Where a run has no other hosts, none of these functions does anything.
 */
#ifndef VF_ENGINE_PROCESS_HOSTS_H
#define VF_ENGINE_PROCESS_HOSTS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/exit_status.h"
#include "engine/base/result.h"
#include "engine/hosts/board.h"
#include "engine/process/observer.h"
#include "engine/wire/wire.h"

struct vf_engine;

/* Starts as {.bell_fd = -1}. */
struct vf_hosts {
    struct vf_host_board *board; /* NULL: there are no other hosts */
    struct vf_observers liaison; /* one, while it runs */
    int bell_fd;                 /* readable: there is news */
    struct vf_wire_peer *peers;  /* by host */
    char **addresses;            /* by host, as they were looked up */
    char *listen;                /* where this one listens; NULL: at its address */
    const struct vf_wire_peer **by_task;
    char (*callers)[VF_KEY_SIZE]; /* by host */
    const char *key_directory;    /* NULL: there are no keys */
    uint64_t **rows;              /* by host, as they were seen last */
    enum vf_host_phase phase;
    uint64_t lost, ended; /* bits of hosts */
    bool has_left_key;
    bool is_cut_off; /* the liaison died */
};

/* Makes the keys and the address of this host, and starts the liaison. Logs what failed. -ENOKEY: the
 * keys have no folder, or one that is not safe. */
VF_MUST_CHECK int vf_hosts_begin(struct vf_engine *engine);

/* Waits until all hosts have come, or a stop is asked for, and takes their keys. -EHOSTUNREACH: some
 * have not come in time, which is logged. */
VF_MUST_CHECK int vf_hosts_meet(struct vf_engine *engine);

/* Says that all tasks of this host are ready; returns whether those of all hosts are. */
bool vf_hosts_are_ready(struct vf_engine *engine);

/* Tells the others how this part is, and does what follows from how theirs are. */
void vf_hosts_look(struct vf_engine *engine);

/* Returns whether the tasks of all other hosts are over, or lost. */
bool vf_hosts_are_over(const struct vf_engine *engine);

/* Returns whether all that a task of another host has counted is final. */
bool vf_hosts_is_whole(const struct vf_engine *engine, const struct vf_plan_task *task);

/* Says with what status this part is over, waits until the others have said so, and returns that of
 * the run: none is 0 unless all are. */
enum vf_exit_status vf_hosts_conclude(struct vf_engine *engine, enum vf_exit_status status);

/* Ends the liaison, which has its last word first, and frees what the hosts have. */
void vf_hosts_end(struct vf_engine *engine, enum vf_exit_status status);

#endif
