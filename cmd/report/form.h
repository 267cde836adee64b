/* SPDX-License-Identifier: MIT */
/* form.h - whether a file is the report of a run: it is held against the schema of reports
 * (engine/account/report_schema.h). */
#ifndef VF_CMD_REPORT_FORM_H
#define VF_CMD_REPORT_FORM_H

#include <jansson.h>

#include "engine/base/result.h"

/* Reads a report from a file; "-" is standard input. Logs what is wrong with it, and where. Returns
 * -EINVAL for what is no report, or the error of reading. Keys that a later vflow has added are let
 * pass. */
VF_MUST_CHECK int vf_report_form_load(json_t **report, const char *path);

#endif
