/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/plugins.h"
#include "engine/account/report_schema.h"
#include "engine/base/log.h"
#include "engine/flow/schema.h"
#include "engine/receipt/schema.h"
#include "nodes/all_nodes.h"

struct schema_values {
    bool is_of_report, is_of_receipt;
    struct vf_words plugins;
};

static const struct vf_flag flags[] = {
    VF_FLAG(0, "report", NULL, "Print the schema of what run --report writes instead",
            VF_BOOLEAN(struct schema_values, is_of_report)),
    VF_FLAG(0, "receipt", NULL, "Print the schema of receipts instead",
            VF_BOOLEAN(struct schema_values, is_of_receipt)),
    VF_PLUGIN_FLAG(struct schema_values, plugins),
};

/* Returns the schema of flows; NULL: out of memory, or a module is missing, which is logged. */
static json_t *schema_of_flows(void)
{
    return vf_node_bring_all(&vf_all_nodes) < 0 ? NULL : vf_flow_schema(&vf_all_nodes);
}

static enum vf_exit_status print(const struct schema_values *values)
{
    json_t *document = values->is_of_report    ? vf_report_schema()
                       : values->is_of_receipt ? vf_receipt_schema()
                                               : schema_of_flows();
    char *text = document ? json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(16)) : NULL;
    json_decref(document);
    if (!text) {
        vf_log(VF_LOG_ERROR, "the schema cannot be printed: out of memory");
        return VF_EXIT_INTERNAL;
    }
    puts(text);
    free(text);
    return VF_EXIT_OK;
}

static int schema(int argc, char **argv)
{
    struct schema_values values = {0};
    struct vf_operands operands;
    int err = vf_command_line_parse(&vf_command_schema, argc, argv, &values, &operands);
    if (err)
        return (int)vf_command_line_status(err);
    enum vf_exit_status status = vf_plugins_load(&values.plugins);
    if (status == VF_EXIT_OK)
        status = print(&values);
    vf_command_line_release(&vf_command_schema, &values);
    return (int)status;
}

const struct vf_command vf_command_schema = {
    .name = "schema",
    .summary = "Print the JSON schema of flow files, for editors.",
    .flags = VF_LIST(flags),
    .run = schema,
};
