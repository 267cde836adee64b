/* SPDX-License-Identifier: MIT */
/* page.h - the report of a run as one page to look at: HTML with pictures and style in it, and nothing
 * from elsewhere. It has no script, and lets none run. */
#ifndef VF_CMD_REPORT_PAGE_H
#define VF_CMD_REPORT_PAGE_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/base/result.h"

/* Returns whether a page can be written to `path`; logs why not. */
VF_MUST_CHECK int vf_report_page_check(const char *path);

/* Writes the page of a report, which has its form (form.h), to `path`: whole or not at all; "-" is
 * standard output. Logs what failed. */
VF_MUST_CHECK int vf_report_page_write(const char *path, const json_t *report);

/* Returns whether a file may be replaced though the flow, which may read or write it, is not known: it
 * is no file on a disk, is empty, or is such a page. Logs that it may not. */
bool vf_report_page_may_replace(const char *path);

#endif
