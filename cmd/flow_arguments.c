/* SPDX-License-Identifier: MIT */
#include "cmd/flow_arguments.h"

#include <errno.h>
#include <string.h>

#include "engine/base/log.h"
#include "nodes/all_nodes.h"

int vf_flow_arguments_load(const struct vf_flow_arguments *arguments, const char *file,
                           struct vf_diagnostics *diagnostics, struct vf_flow **flow)
{
    enum vf_flow_mode mode = arguments->is_realtime ? VF_MODE_REALTIME : VF_MODE_BATCH;
    static const enum vf_transport_kind kinds[] = {
        [VF_ASKED_SHM] = VF_TRANSPORT_SHM,
        [VF_ASKED_IPC] = VF_TRANSPORT_IPC,
        [VF_ASKED_TCP] = VF_TRANSPORT_TCP,
    };
    struct vf_flow_request request = {
        .file = file,
        .variables = arguments->variables.items,
        .variable_count = arguments->variables.count,
        .settings = arguments->settings.items,
        .setting_count = arguments->settings.count,
        .memory = arguments->memory,
        .report = arguments->report,
        .dead_letter = arguments->dead_letter,
        .may_be_insecure = arguments->may_be_insecure,
        .mode = arguments->is_batch || arguments->is_realtime ? &mode : NULL,
        .transport = arguments->transport ? &kinds[arguments->transport] : NULL,
    };
    return vf_flow_load(&request, &vf_all_nodes, diagnostics, flow);
}

enum vf_exit_status vf_flow_arguments_status(const struct vf_diagnostics *diagnostics, int err)
{
    if (!err)
        return VF_EXIT_OK;
    if (err != -EINVAL)
        return VF_EXIT_INTERNAL;
    switch (vf_diagnostics_gravest(diagnostics, 0)) {
    case VF_GRAVITY_SOURCE:
        return VF_EXIT_NO_SOURCE;
    case VF_GRAVITY_OUTPUT:
        return VF_EXIT_CANNOT_CREATE;
    case VF_GRAVITY_NONE:
    case VF_GRAVITY_WARNING:
    case VF_GRAVITY_FLOW:
        break;
    }
    return VF_EXIT_INVALID_FLOW;
}

enum vf_exit_status vf_flow_arguments_open(const struct vf_flow_arguments *arguments,
                                           const char *file, struct vf_flow **flow)
{
    *flow = NULL;
    if (arguments->is_batch && arguments->is_realtime) {
        vf_log(VF_LOG_ERROR, "--batch and --realtime exclude each other");
        return VF_EXIT_USAGE;
    }
    struct vf_diagnostics diagnostics = {0};
    int err = vf_flow_arguments_load(arguments, file, &diagnostics, flow);
    vf_diagnostics_print(&diagnostics, stderr);
    enum vf_exit_status status = vf_flow_arguments_status(&diagnostics, err);
    if (status == VF_EXIT_INTERNAL)
        vf_log(VF_LOG_ERROR, "the flow could not be loaded: %s", strerror(-err));
    vf_diagnostics_finish(&diagnostics);
    return status;
}
