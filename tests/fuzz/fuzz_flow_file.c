/* SPDX-License-Identifier: MIT */
/* Loads an arbitrary flow file, and plans it when nothing is wrong with it. The first line may
 * be a comment with a setting: "# -s nodes.small.width=320". */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/file/load.h"
#include "engine/flow/plan/plan.h"
#include "nodes/all_nodes.h"

#define SETTING "# -s "

static char *read_setting(const char *data, size_t size)
{
    const char *end = memchr(data, '\n', size);
    size_t length = strlen(SETTING);
    if (!end || size < length || memcmp(data, SETTING, length) != 0)
        return NULL;
    return strndup(data + length, (size_t)(end - data) - length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow *flow = NULL;
    struct vf_plan *plan = NULL;
    char *setting = read_setting((const char *)data, size);
    struct vf_flow_request request = {
        .file = "fuzz.yaml",
        .settings = (const char *const *)&setting,
        .setting_count = setting ? 1 : 0,
        .variables = (const char *const *)&setting,
        .variable_count = setting ? 1 : 0,
    };
    int err =
        vf_flow_load_text(&request, (const char *)data, size, &vf_all_nodes, &diagnostics, &flow);
    if ((err == VF_OK) != (flow != NULL) || (err == -EINVAL && !diagnostics.count))
        abort();
    if (flow && vf_plan_create(&plan, flow, &vf_all_nodes) == -EINVAL)
        abort(); /* a checked flow can be planned */
    vf_plan_destroy(&plan);
    vf_flow_destroy(&flow);
    vf_diagnostics_finish(&diagnostics);
    free(setting);
    return 0;
}
