/* SPDX-License-Identifier: MIT */
/* refusal.h - why a task may have failed that is kept from what it does not need.
 *
 * What a node may not reach it says, by the error of the system; that its sandbox is the reason, only who
 * has put it there knows.
 */
#ifndef VF_ENGINE_TASK_REFUSAL_H
#define VF_ENGINE_TASK_REFUSAL_H

/* Logs what to do where `err`, which a node has returned, or what it has complained of (NULL: nothing) is
 * such a refusal: a program of the node's says so in words alone. */
void vf_refusal_explain(const char *task, int err, const char *complaint, const char *details);

#endif
