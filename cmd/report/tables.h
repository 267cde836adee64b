/* SPDX-License-Identifier: MIT */
/* tables.h - the numbers of a report, as tables of a page. */
#ifndef VF_CMD_REPORT_TABLES_H
#define VF_CMD_REPORT_TABLES_H

#include "cmd/report/outline.h"
#include "engine/base/text.h"

/* Add what the tasks have done, and what became of the messages on each edge. */
void vf_tables_add_tasks(struct vf_text *page, const struct vf_outline *outline);
void vf_tables_add_ledger(struct vf_text *page, const struct vf_outline *outline);

/* Add what was read, or written; what went wrong; what is wrong with a flow that was not started; and
 * the versions of what ran. */
void vf_tables_add_media(struct vf_text *page, const json_t *media, const char *caption);
void vf_tables_add_errors(struct vf_text *page, const json_t *errors);
void vf_tables_add_mistakes(struct vf_text *page, const json_t *mistakes);
void vf_tables_add_versions(struct vf_text *page, const json_t *versions);

#endif
