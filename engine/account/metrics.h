/* SPDX-License-Identifier: MIT */
/* metrics.h - the figures of a run as Prometheus reads them: its text exposition format 0.0.4.
 *
 * prometheus.io/docs/instrumenting/exposition_formats. Each figure has its HELP and TYPE, and then a
 * line for each of its values. The buckets of a histogram are cumulative; its sum and count are of all
 * that was measured.
 */
#ifndef VF_ENGINE_ACCOUNT_METRICS_H
#define VF_ENGINE_ACCOUNT_METRICS_H

#include "engine/account/figures.h"
#include "engine/base/result.h"
#include "engine/base/text.h"

/* The type of it, for HTTP. */
#define VF_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Adds all figures. Returns -ENOMEM when *out has failed. */
VF_MUST_CHECK int vf_metrics_print(struct vf_text *out, const struct vf_figures *figures);

#endif
