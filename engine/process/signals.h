/* SPDX-License-Identifier: MIT */
/* signals.h - the signals that a supervisor hears while it runs a flow.
 *
 * They are blocked and read from a descriptor, so that they wait their turn. A stop signal that was
 * ignored when the program was started stays ignored, as nohup(1) wants it. But a shell without job
 * control ignores SIGINT and SIGQUIT in all that it puts in the background, which is only to keep
 * the terminal's interrupts away: a SIGINT that somebody sends to such a process is heard.
 */
#ifndef VF_ENGINE_PROCESS_SIGNALS_H
#define VF_ENGINE_PROCESS_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"

/* Starts as {.fd = -1}. */
struct vf_signals {
    int fd; /* readable when one has come; -1: none is heard */
    bool is_taken;
    bool has_blocked;         /* some, and `old_mask` is what was blocked before */
    bool is_terminal_unheard; /* SIGINT counts only when a process has sent it */
    sigset_t old_mask;
    struct sigaction old_child, old_pipe, old_size, old_state;
    int64_t last_stop_ns; /* when the last stop signal had been dealt with; 0: there was none */
};

/* Sees to it that children can be waited for, and that no write kills this process. With
 * `is_heard`, the stop signals (SIGINT, SIGTERM, SIGHUP), SIGUSR1, SIGWINCH and SIGCHLD come to `fd` as
 * well. */
VF_MUST_CHECK int vf_signals_take(struct vf_signals *signals, bool is_heard);

/* Restores what was before vf_signals_take(). Does nothing when that is the case already. */
void vf_signals_give_back(struct vf_signals *signals);

/* Returns the next signal that has come, a stop signal, SIGUSR1 or SIGWINCH, or 0 when there is
 * none. */
int vf_signals_next(const struct vf_signals *signals);

/* Returns whether a stop signal that comes at `now_ns` belongs to the one before: service managers,
 * timeout(1) and terminals tell a process, and then its group, and mean one stop. */
bool vf_signals_is_echo(const struct vf_signals *signals, int64_t now_ns);

/* Says that a stop signal has been dealt with. */
void vf_signals_note_stop(struct vf_signals *signals, int64_t now_ns);

/* Leaves the signals that end or show a run to its supervisor, in a process that it has forked:
 * interrupts of the terminal and of a service manager go to the whole group. */
void vf_signals_leave(void);

#endif
