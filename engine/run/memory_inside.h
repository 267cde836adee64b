/* SPDX-License-Identifier: MIT */
/* memory_inside.h - a run's memory as those see it that make it up: memory.c, which makes it and has
 * what the supervisor does with it, and entry.c, by which a process becomes one of its workers, or looks
 * on. Nobody else includes it. */
#ifndef VF_ENGINE_RUN_MEMORY_INSIDE_H
#define VF_ENGINE_RUN_MEMORY_INSIDE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/message/shared_memory.h"
#include "engine/run/memory.h"

struct task_memory {
    struct vf_shared_memory arena, page;
    size_t trace_offset; /* in the page */
    int doorbell, tap, journal;
    bool *sees; /* the arenas that its present process can read, by task id below `sees_count` */
    size_t sees_count;
};

/* The records of an edge that was added while the flow ran; zeroed where they are in the pages of
 * its tasks. */
struct edge_memory {
    struct vf_shared_memory outbox, inbox;
};

/* What the supervisor says of a task; at [0], of the run. */
struct task_words {
    _Atomic uint32_t stop_level; /* enum vf_stop_level that it is asked for */
    _Atomic uint32_t is_over;    /* enum vf_over */
    _Atomic uint32_t taps;       /* how often somebody has wanted to look at what it sends */
    _Atomic uint32_t give_way; /* number of the process that is to make way for the next; 0: none */
    _Atomic uint32_t pid;      /* of its present process; 0: it has none */
    _Atomic uint32_t restarts; /* so far */
    _Atomic uint32_t is_paused; /* a producer that is to make nothing for now */
    _Atomic uint32_t state;     /* of the run: enum vf_run_state */
};

struct vf_run_memory {
    const struct vf_plan *plan;
    struct task_memory *tasks; /* task id i at [i - 1] */
    size_t task_count, edge_count;
    struct vf_shared_memory
        words; /* struct task_words, by task id, and before them that of the run */
    struct vf_edge_terms *edges; /* by edge id */
    struct vf_notices notices;
    struct edge_memory *own; /* by edge id */
    /* Of the worker that this process has become. */
    uint8_t **arena_bytes; /* by task id */
    size_t *arena_sizes;
    int *arena_files; /* of a task that hands them on; else all -1 */
    struct vf_edge_end *ends;
    const struct vf_task_page **producers; /* of those before it */
    size_t producer_count;
    struct vf_trace trace;
    struct vf_tap tap;
    struct vf_journal journal;
};

/* What the supervisor says of a task, and what that did last. */
struct task_words *vf_run_memory_words(const struct vf_run_memory *run, unsigned task);
struct vf_trace_ring *vf_run_memory_ring(const struct vf_run_memory *run, unsigned task);

/* In the page of its sender: the copy of the receiver's record of an edge whose ends share no
 * memory, and which is no later than the run. */
struct vf_inbox_page *vf_run_memory_copy(const struct vf_run_memory *run,
                                         const struct vf_plan_edge *edge);

/* Marks, by id, the tasks whose payloads may reach this one: those of all its ancestors, since any
 * task may forward what it received; and itself. */
void vf_run_memory_mark_ancestors(const struct vf_plan *plan, unsigned task, bool *is_ancestor);

/* Lets go of the records of an edge; and of a descriptor, if it is one. */
void vf_run_memory_finish_edge(struct edge_memory *own);
void vf_run_memory_close(int *fd);

#endif
