/* SPDX-License-Identifier: MIT */
/* charts.h - a run over time, as charts: what each task did with its time, rates and ages.
 *
 * A chart is as wide as its place on the page; its text stands beside it, so that it stays readable.
 */
#ifndef VF_CMD_REPORT_CHARTS_H
#define VF_CMD_REPORT_CHARTS_H

#include "cmd/report/outline.h"
#include "engine/base/text.h"

/* Add what there is of a run whose history was kept: what each task did when; how fast the run and
 * its tasks were, and how old the frames. */
void vf_charts_add_states(struct vf_text *page, const struct vf_outline *outline);
void vf_charts_add_rates(struct vf_text *page, const struct vf_outline *outline);

#endif
