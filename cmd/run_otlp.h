/* SPDX-License-Identifier: MIT */
/* run_otlp.h - the flags of `vflow run` that say to which collector of OpenTelemetry it sends how it goes,
 * and what the environment says of that. */
#ifndef VF_CMD_RUN_OTLP_H
#define VF_CMD_RUN_OTLP_H

#include <stdint.h>

#include "cmd/command_line.h"
#include "engine/base/exit_status.h"
#include "engine/otlp/otlp.h"

/* Filled in by the flags. */
struct vf_otlp_arguments {
    char *url;
    int64_t interval_ns, frames;
};

#define VF_OTLP_FLAGS(type, field)                                                             \
    VF_FLAG(0, "otlp", "URL", "Send metrics and traces to a collector of OpenTelemetry",       \
            VF_TEXT(type, field.url)),                                                         \
        VF_FLAG(0, "otlp-interval", "SECONDS", "How often they are sent",                      \
                VF_DURATION(type, field.interval_ns), VF_RANGE(0.1, 86400), .fallback = "10"), \
        VF_FLAG(0, "otlp-frames", "N", "Trace the way of one frame in N; 0: of none",          \
                VF_INTEGER64(type, field.frames), VF_RANGE(0, 1e15), .fallback = "100")

/* Fills in the settings, which borrow from the arguments and the environment; without a URL theirs is
 * NULL. Logs what is wrong: VF_EXIT_USAGE. */
enum vf_exit_status vf_run_otlp_settle(const struct vf_otlp_arguments *arguments,
                                       struct vf_otlp_settings *settings);

#endif
