/* SPDX-License-Identifier: MIT */
/* call_table.h - which system calls tasks make, and what for; and confined processes. */
#ifndef VF_ENGINE_SANDBOX_CALL_TABLE_H
#define VF_ENGINE_SANDBOX_CALL_TABLE_H

#include <stddef.h>

/* Whether a process that only answers a question (confine_child.h) makes a call. */
enum vf_call_confined {
    VF_CONFINED_NEVER,      /* or not with any arguments: those are in confine_child.c */
    VF_CONFINED_CALCULATES, /* it takes memory, locks, clocks, descriptors that are there, an end */
    VF_CONFINED_LOOKS,      /* where it may read some files: beside opening them */
};

/* A call that stands in no row ends the process of a task. */
struct vf_call_row {
    const char *name;
    unsigned needs; /* of enum vf_calls: one of them has to be allowed; 0: everybody makes it */
    int error;      /* that it fails with where they are not; 0: it ends the process */
    enum vf_call_confined confined; /* in which all others fail with EACCES */
};

extern const struct vf_call_row vf_call_rows[];
extern const size_t vf_call_row_count;

/* Calls that end programs as well, which may make all others. */
extern const char *const vf_call_fatal[];
extern const size_t vf_call_fatal_count;

#endif
