/* SPDX-License-Identifier: MIT */
/* otlp.h - sends the figures of a run, and the way of some of its frames, to a collector of
 * OpenTelemetry: OTLP over HTTP, as JSON (opentelemetry.io/docs/specs/otlp).
 *
 * For a process of its own (engine/process/exporter.h): whatever the collector does, nobody but this
 * process waits for it.
 */
#ifndef VF_ENGINE_OTLP_OTLP_H
#define VF_ENGINE_OTLP_OTLP_H

#include <stdint.h>

#include "engine/account/figures.h"
#include "engine/base/result.h"

#define VF_OTLP_PATIENCE_NS (5 * VF_NS_PER_S) /* with the collector, when the run is over */

struct vf_otlp_settings {
    const char *url;        /* of the collector, without "/v1/metrics" and "/v1/traces" */
    const char *headers;    /* "name=value,name=value", as in OTEL_EXPORTER_OTLP_HEADERS; or NULL */
    const char *service;    /* "service.name"; NULL: as `attributes` say, or "vflow" */
    const char *attributes; /* of the resource, as in OTEL_RESOURCE_ATTRIBUTES; or NULL */
    int64_t interval_ns;    /* how often something is sent */
    int64_t timeout_ns;     /* of one request */
    uint64_t frames;        /* one in so many is traced; 0: none */
};

struct vf_otlp;

/* Prepares for it; connects to nobody. What tasks did before `since_ns`, another process has told; 0:
 * there was none. Borrows both until it is destroyed. Logs what failed. */
VF_MUST_CHECK int vf_otlp_create(struct vf_otlp **otlp, const struct vf_otlp_settings *settings,
                                 const struct vf_figures *figures, int64_t since_ns);
void vf_otlp_destroy(struct vf_otlp **otlp);

/* Sends until `stop_fd` becomes readable, and then what is left, for VF_OTLP_PATIENCE_NS at most. Where a
 * time (int64_t, nanoseconds) can be read from it, another process tells what comes from then on. What
 * cannot be sent is a warning, said once. */
void vf_otlp_run(struct vf_otlp *otlp, int stop_fd);

#endif
