/* SPDX-License-Identifier: MIT */
/* sandbox.h - what the process of one task is let do: what its node reaches (engine/node/reach.h), and
 * what every process needs (rules.h). All else is taken from it before the node opens anything.
 *
 * Files, TCP and signals are Landlock's business (landlock.h), system calls that of filters (calls.h).
 * Where the kernel lacks one of them, as much is taken as it offers, and the state says so.
 */
#ifndef VF_ENGINE_SANDBOX_SANDBOX_H
#define VF_ENGINE_SANDBOX_SANDBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/node/keys.h"
#include "engine/node/node.h"

/* How the messages of a task travel. */
enum vf_sandbox_wires { VF_SANDBOX_MEMORY, VF_SANDBOX_PATHS, VF_SANDBOX_TCP };

struct vf_sandbox_spec {
    const struct vf_node *node; /* NULL: the process is that of no task */
    const void *options;
    enum vf_sandbox_wish wish; /* never VF_SANDBOX_BY_FLOW */
    bool has_network;          /* `network: true` */
    bool is_client;            /* it connects to other machines, and none to it */
    const char *const *paths;  /* `paths:`, to be read and written */
    size_t path_count;
    bool has_gpu;
    enum vf_sandbox_wires wires;
    const char *folder;      /* of the run, with its sockets; NULL: it has none */
    const char *dead_letter; /* folder for what is put aside; NULL: none */
    uint64_t memory;         /* bytes that its process may have of its own; 0: any number */
};

struct vf_sandbox;

/* Finds out what a task is let do, by what there is now. Opens nothing that the flow names. Returns
 * -ENOMEM when memory was short. */
VF_MUST_CHECK int vf_sandbox_create(struct vf_sandbox **sandbox,
                                    const struct vf_sandbox_spec *spec);
void vf_sandbox_destroy(struct vf_sandbox **sandbox);

/* Returns whether anything is taken from the task. */
bool vf_sandbox_is_on(const struct vf_sandbox *sandbox);

/* Takes files, TCP and signals from this process, which has no other threads yet; and the other system
 * calls from all threads that it has. A call that ends the process is left in *refused: its number
 * and 1. Each returns VF_OK where there is nothing to take it with, or a negative errno. */
VF_MUST_CHECK int vf_sandbox_enter_places(const struct vf_sandbox *sandbox);
VF_MUST_CHECK int vf_sandbox_enter_calls(const struct vf_sandbox *sandbox,
                                         _Atomic uint32_t *refused);

enum vf_sandbox_level { VF_SANDBOX_NOT, VF_SANDBOX_PARTLY, VF_SANDBOX_ENFORCED };

/* How far a task is kept from each of these. */
enum vf_sandbox_kind {
    VF_SANDBOX_FILES,
    VF_SANDBOX_NETWORK,
    VF_SANDBOX_CALLS,
    VF_SANDBOX_SIGNALS,
    VF_SANDBOX_KINDS,
};

struct vf_sandbox_state {
    enum vf_sandbox_level levels[VF_SANDBOX_KINDS];
    const char *reasons[VF_SANDBOX_KINDS]; /* why it is less than enforced; NULL: it is not */
};

void vf_sandbox_describe(const struct vf_sandbox *sandbox, struct vf_sandbox_state *state);

/* "files", "network", "syscalls", "signals"; "enforced", "partly", "not". */
const char *vf_sandbox_kind_name(enum vf_sandbox_kind kind);
const char *vf_sandbox_level_name(enum vf_sandbox_level level);

/* Returns whether all is enforced that `sandbox: require` asks for; if not, adds to `why` what is
 * missing, in one line. */
bool vf_sandbox_is_whole(const struct vf_sandbox *sandbox, struct vf_text *why);

/* Adds what a task may reach, for people and without passwords: "read /data/in.mp4, write below out". */
void vf_sandbox_print_reach(const struct vf_sandbox *sandbox, struct vf_text *text);

#endif
