/* SPDX-License-Identifier: MIT */
/* memory.h - a plan's memory, doorbells and edges, as the supervisor makes them before it
 * forks.
 *
 * Each task has an arena for its payloads and a page for what it reports; both are mapped writable
 * here, and stay so in one process only: a worker that enters replaces what belongs to its
 * neighbours by read-only mappings and lets go of all the rest. One more page only the supervisor
 * writes: how far each task has been asked to stop, and whether it is over. So neither needs a
 * socket or a file.
 */
#ifndef VF_ENGINE_RUN_MEMORY_H
#define VF_ENGINE_RUN_MEMORY_H

#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/edge/messenger.h"
#include "engine/flow/plan/plan.h"
#include "engine/journal/journal.h"
#include "engine/journal/notices.h"

struct vf_run_memory;

/* How far a run is from its natural course. */
enum vf_run_state { VF_RUN_STARTING, VF_RUN_RUNNING, VF_RUN_STOPPING };

/* "starting", "running", "stopping". */
const char *vf_run_state_name(enum vf_run_state state);

/* Borrows `plan` until the memory is destroyed. Logs what failed. */
VF_MUST_CHECK int vf_run_memory_create(struct vf_run_memory **run, const struct vf_plan *plan);
void vf_run_memory_destroy(struct vf_run_memory **run);

/* Makes what is missing for a plan that has more tasks and edges than that which was borrowed at
 * first; these have stayed as they were. The plan that is borrowed has to become this one before the
 * next process begins. Logs what failed; then nothing has been made. */
VF_MUST_CHECK int vf_run_memory_extend(struct vf_run_memory *run, const struct vf_plan *plan);

/* Returns how many descriptors a supervisor needs for a plan. */
size_t vf_run_memory_descriptors(const struct vf_plan *plan);

/* Lends the page of a task, what it did last, and the terms of an edge. */
const struct vf_task_page *vf_run_memory_page(const struct vf_run_memory *run, unsigned task);
const struct vf_trace_ring *vf_run_memory_trace(const struct vf_run_memory *run, unsigned task);
const struct vf_edge_terms *vf_run_memory_edge(const struct vf_run_memory *run, unsigned edge);

/* Lends the page that stands here for a task that runs on another host: for the supervisor. */
struct vf_task_page *vf_run_memory_foreign_page(const struct vf_run_memory *run, unsigned task);

/* Lends the supervisor's part of the journal; returns what it and all tasks have appended, as
 * vf_journal_load(). */
struct vf_journal *vf_run_memory_journal(struct vf_run_memory *run);
json_t *vf_run_memory_journal_load(const struct vf_run_memory *run, enum vf_journal_kind kind);

/* Lends what is told of the run. Where no task hears it, it is forgotten. */
const struct vf_notices *vf_run_memory_notices(const struct vf_run_memory *run);

/* Asks a task to stop, unless it has been asked for as much: also a worker that is still to come in
 * place of one that died. For the supervisor. */
void vf_run_memory_stop(const struct vf_run_memory *run, unsigned task, enum vf_stop_level level);

/* Asks process number `process` of a task to make way for the next. For the supervisor. */
void vf_run_memory_renew(const struct vf_run_memory *run, unsigned task, unsigned process);

/* Has a producer make nothing until it is to go on. Returns whether it has been asked so. The first is
 * for the supervisor. */
void vf_run_memory_pause(const struct vf_run_memory *run, unsigned task, bool is_paused);
bool vf_run_memory_is_paused(const struct vf_run_memory *run, unsigned task);

/* Lets somebody look at what a task sends (tap.h). Returns the descriptor of the file, which is
 * lent, or a negative errno. For the supervisor. */
VF_MUST_CHECK int vf_run_memory_tap(const struct vf_run_memory *run, unsigned task);

/* Says to a task's neighbours that no process of it is left. For the supervisor. */
void vf_run_memory_tell_over(const struct vf_run_memory *run, unsigned task);

/* The same of a task on a host that is lost: nothing of what it had is to be waited for. */
void vf_run_memory_tell_lost(const struct vf_run_memory *run, unsigned task);

/* Returns whether that has been said. */
bool vf_run_memory_is_lost(const struct vf_run_memory *run, unsigned task);

/* Says how far the run is, for all who look at it; returns what has been said, at first
 * VF_RUN_STARTING. */
void vf_run_memory_tell_state(const struct vf_run_memory *run, enum vf_run_state state);
enum vf_run_state vf_run_memory_state(const struct vf_run_memory *run);

/* Says which process a task has now (0: none), and how often it was started again; returns what has
 * been said. For all who look at a run: the supervisor's own records only it can read. */
void vf_run_memory_tell_process(const struct vf_run_memory *run, unsigned task, pid_t pid);
void vf_run_memory_tell_restarts(const struct vf_run_memory *run, unsigned task, unsigned restarts);
pid_t vf_run_memory_process(const struct vf_run_memory *run, unsigned task);
unsigned vf_run_memory_restarts(const struct vf_run_memory *run, unsigned task);

/* Returns whether either has been said, and how far a task has been asked to stop. */
bool vf_run_memory_is_over(const struct vf_run_memory *run, unsigned task);
enum vf_stop_level vf_run_memory_stop_level(const struct vf_run_memory *run, unsigned task);

/* Says that a process is about to begin on a task, of which no other has a process: from now on its
 * senders may send it what lies in the arenas of those before it in the plan. */
VF_MUST_CHECK int vf_run_memory_begin(struct vf_run_memory *run, unsigned task);

/* Makes all mappings of this process, which only looks at the run, read-only. */
VF_MUST_CHECK int vf_run_memory_look_only(struct vf_run_memory *run);

/* Reduces the mappings of this process, a worker, to what one task may use, and fills in its wires
 * but for the directory. They borrow the memory until vf_run_memory_leave(), which frees what they
 * have of it. */
VF_MUST_CHECK int vf_run_memory_enter(struct vf_run_memory *run, unsigned task,
                                      struct vf_task_wires *wires);
void vf_run_memory_leave(struct vf_run_memory *run, struct vf_task_wires *wires);

#endif
