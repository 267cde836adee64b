/* SPDX-License-Identifier: MIT */
/* capacity_output.h - what vflow capacity has found out, for people and for programs. */
#ifndef VF_CMD_CAPACITY_OUTPUT_H
#define VF_CMD_CAPACITY_OUTPUT_H

#include <jansson.h>
#include <stddef.h>

#include "cmd/capacity_report.h"

/* All that was found out. What it names is the owner's. */
struct vf_capacity_result {
    const char *file;
    struct vf_capacity_pace pace;
    struct vf_capacity_machine machine;
    struct vf_capacity_measure measure;
    struct vf_capacity_forecast forecast;
    struct vf_capacity_search search;
    struct vf_capacity_verdict *tries;
    size_t try_count;
};

/* Prints on standard error how a try ended. */
void vf_capacity_print_try(const struct vf_capacity_verdict *verdict, double fps);

/* Prints a result on standard output. */
void vf_capacity_print(const struct vf_capacity_result *result);
VF_MUST_CHECK int vf_capacity_print_json(const struct vf_capacity_result *result);

#endif
