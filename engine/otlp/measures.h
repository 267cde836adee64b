/* SPDX-License-Identifier: MIT */
/* measures.h - the figures of a run as OTLP has metrics: sums and histograms from the start of the run
 * on ("cumulative"), and gauges. */
#ifndef VF_ENGINE_OTLP_MEASURES_H
#define VF_ENGINE_OTLP_MEASURES_H

#include <jansson.h>
#include <stdint.h>

#include "engine/account/figures.h"

/* Returns an array of metrics, those that have no points left out; the caller's. NULL: out of memory. */
json_t *vf_otlp_measures(const struct vf_figures *figures, int64_t now_1970_ns);

#endif
