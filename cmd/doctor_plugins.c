/* SPDX-License-Identifier: MIT */
/* doctor_plugins - the plugins that every run has, and whether they can be loaded. */
#include <stdlib.h>

#include "cmd/findings.h"
#include "cmd/plugins.h"
#include "engine/base/text.h"
#include "nodes/all_nodes.h"

struct examination {
    struct vf_findings *findings;
    size_t nodes; /* that plugins have brought so far */
    bool has_any;
};

/* Adds the names of the nodes that a plugin has brought, after those before it. */
static void list_nodes(struct vf_text *text, size_t begin)
{
    for (size_t i = begin; i < vf_added_nodes.count; i++)
        vf_text_print(text, "%s%s", i == begin ? ": " : ", ", vf_added_nodes.items[i]->name);
}

static void tell(void *context, const char *file, const char *problem)
{
    struct examination *examination = context;
    struct vf_text names = {0};
    examination->has_any = true;
    if (problem) {
        vf_findings_add(examination->findings, VF_FINDING_WARNING, "plugins",
                        "build it again against this vflow, or take it out of VFLOW_PLUGIN_PATH",
                        "%s: %s", file, problem);
        return;
    }
    list_nodes(&names, examination->nodes);
    vf_findings_add(examination->findings, VF_FINDING_OK, "plugins", NULL, "%s%s", file,
                    names.bytes ? names.bytes : ": loaded before");
    examination->nodes = vf_added_nodes.count;
    vf_text_finish(&names);
}

void vf_examine_plugins(struct vf_findings *findings)
{
    struct examination examination = {findings, vf_added_nodes.count, false};
    const char *path = getenv("VFLOW_PLUGIN_PATH");
    vf_plugins_load_path(tell, &examination);
    if (!examination.has_any)
        vf_findings_add(findings, VF_FINDING_OK, "plugins", NULL,
                        path && *path ? "VFLOW_PLUGIN_PATH, %s, has none"
                                      : "none: VFLOW_PLUGIN_PATH is not set%s",
                        path && *path ? path : "");
}
