/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/connected.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "engine/flow/graph/options.h"

#define MAX_PROBLEM 512

int vf_flow_check_connected(const struct vf_flow *flow, const struct vf_wiring *wiring, size_t node,
                            const void *values, struct vf_diagnostics *diagnostics)
{
    const struct vf_node *type = wiring->types[node];
    char problem[MAX_PROBLEM] = "";
    if (!type->check_connected)
        return VF_OK;
    bool *is_connected = calloc(type->inputs.count + 1, sizeof(*is_connected));
    if (!is_connected)
        return -ENOMEM;
    for (size_t i = wiring->first_links[node]; i < wiring->first_links[node + 1]; i++)
        is_connected[wiring->links[i].port] = true;
    if (type->check_connected(values, is_connected, problem, sizeof(problem)))
        vf_flow_options_report(&flow->nodes[node], type, problem, diagnostics);
    free(is_connected);
    return VF_OK;
}
