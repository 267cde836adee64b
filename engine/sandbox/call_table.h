/* SPDX-License-Identifier: MIT */
/* call_table.h - which system calls tasks make, and what for. */
#ifndef VF_ENGINE_SANDBOX_CALL_TABLE_H
#define VF_ENGINE_SANDBOX_CALL_TABLE_H

#include <stddef.h>

/* A call that stands in no row ends the process. */
struct vf_call_row {
    const char *name;
    unsigned needs; /* of enum vf_calls: one of them has to be allowed; 0: everybody makes it */
    int error;      /* that it fails with where they are not; 0: it ends the process */
};

extern const struct vf_call_row vf_call_rows[];
extern const size_t vf_call_row_count;

/* Calls that end programs as well, which may make all others. */
extern const char *const vf_call_fatal[];
extern const size_t vf_call_fatal_count;

#endif
