/* SPDX-License-Identifier: MIT */
/* board.h - what the parts of a run on several hosts know of each other.
 *
 * Each host runs its part of the flow under a supervisor of its own, and beside it one process, the
 * liaison (liaison.h), that tells the others how this part is and hears how theirs are. The board is
 * the memory between the two: for each host a row of words. The supervisor writes the row of its own
 * host, and the liaison those of the others, as they came.
 *
 * A row has the words of enum vf_host_word; how far each task has been asked to stop, by the host
 * whose row it is; and then, for what is on that host, the facts of each task, and of each end of an
 * edge. What facts there are is the supervisor's business: it fills them in from the
 * pages of its tasks and puts those of others into the pages that stand for theirs.
 */
#ifndef VF_ENGINE_HOSTS_BOARD_H
#define VF_ENGINE_HOSTS_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/flow/plan/plan.h"
#include "engine/wire/guard/guard.h"

enum vf_host_word {
    VF_HOST_PHASE,  /* enum vf_host_phase */
    VF_HOST_COURSE, /* how far the run is from its natural course; 0: not at all */
    VF_HOST_SIGNAL, /* that stopped it there; 0: none did */
    VF_HOST_ABORTS, /* 1: what is written is not all */
    VF_HOST_STATUS, /* once it is over: enum vf_exit_status */
    VF_HOST_LOST,   /* bits of hosts that it has lost */
    VF_HOST_ENDED,  /* bits of hosts whose end it knows of */
    VF_HOST_WORDS,
};

enum vf_host_phase {
    VF_HOST_ABSENT,   /* it has not come yet */
    VF_HOST_STARTING, /* it prepares its tasks */
    VF_HOST_READY,    /* all its tasks are ready */
    VF_HOST_RUNNING,
    VF_HOST_OVER, /* its part is over, with a status */
};

/* What the liaison says of another host. */
struct vf_host_sight {
    _Atomic uint32_t version;  /* of its row; odd while that is written */
    _Atomic uint32_t is_met;   /* it has been heard, by the keys that stand here */
    _Atomic uint32_t is_lost;  /* enum vf_host_loss */
    _Atomic uint32_t is_other; /* 1: somebody there runs another flow */
    char key[VF_KEY_SIZE];     /* its public one; written before `is_met` */
};

enum vf_host_loss {
    VF_HOST_NOT_LOST,
    VF_HOST_SILENT,  /* it showed no life for the peer timeout */
    VF_HOST_FORSAKE, /* it has lost this host */
};

struct vf_host_board {
    const struct vf_plan *plan;
    unsigned here;
    uint64_t digest;     /* of what all have to plan alike */
    size_t task_facts;   /* words for each */
    size_t edge_facts;   /* likewise, for each end */
    size_t *task_at;     /* by task id: where its facts are in the row of its host */
    size_t *sender_at;   /* by edge id, in the row of the sender's host */
    size_t *receiver_at; /* by edge id, in that of the receiver's */
    size_t *row_at;      /* by host: where its row is; and one more */
    /* Shared by the supervisor and the liaison: */
    struct vf_host_sight *sights; /* by host */
    _Atomic uint64_t *words;
    _Atomic uint32_t *refused; /* times that somebody came without the keys */
    void *shared;
    size_t shared_size;
};

/* Makes a board for a plan that runs in part here. Borrows the plan. */
VF_MUST_CHECK int vf_host_board_create(struct vf_host_board **board, const struct vf_plan *plan,
                                       size_t task_facts, size_t edge_facts);
void vf_host_board_destroy(struct vf_host_board **board);

/* Keeps the memory from processes that are forked from now on. */
void vf_host_board_hide(const struct vf_host_board *board);

/* Returns how many words the row of a host has. */
size_t vf_host_board_row_size(const struct vf_host_board *board, unsigned host);

/* Writes the row of a host, and reads it: then false is returned when it is just being written, and
 * `words` may be anything. */
void vf_host_board_put(const struct vf_host_board *board, unsigned host, const uint64_t *words);
bool vf_host_board_get(const struct vf_host_board *board, unsigned host, uint64_t *words);

#endif
