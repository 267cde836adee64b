/* SPDX-License-Identifier: MIT */
/* findings.h - what `vflow doctor` has found out about this machine. */
#ifndef VF_CMD_FINDINGS_H
#define VF_CMD_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "engine/base/result.h"

enum vf_finding_level {
    VF_FINDING_OK,
    VF_FINDING_WARNING, /* something will not work, or not well */
    VF_FINDING_PROBLEM, /* no flow can run */
};

struct vf_findings {
    json_t *list; /* of {level, topic, text, advice} */
    size_t counts[VF_FINDING_PROBLEM + 1];
};

/* Adds one: what was found, as printf's text, and what to do about it; NULL: nothing. */
void vf_findings_add(struct vf_findings *findings, enum vf_finding_level level, const char *topic,
                     const char *advice, const char *format, ...) VF_PRINTF(5, 6);

/* Prints all for people. */
void vf_findings_print(const struct vf_findings *findings, FILE *out);

/* The parts of the examination; each adds what it finds. */
void vf_examine_libraries(struct vf_findings *findings); /* libraries, codecs, devices, fonts */
void vf_examine_plugins(struct vf_findings *findings);   /* those of VFLOW_PLUGIN_PATH */
void vf_examine_machine(struct vf_findings *findings);   /* memory, limits, clock, GPUs, cameras */
void vf_examine_place(struct vf_findings *findings);     /* terminal, locale, folders, ports */
void vf_examine_run(struct vf_findings *findings);       /* a flow that is really run */

#endif
