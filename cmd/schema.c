/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "engine/base/log.h"
#include "engine/flow/schema.h"
#include "nodes/all_nodes.h"

static int schema(int argc, char **argv)
{
    struct vf_operands operands;
    int err = vf_command_line_parse(&vf_command_schema, argc, argv, NULL, &operands);
    if (err)
        return (int)vf_command_line_status(err);
    if (vf_node_bring_all(&vf_all_nodes) < 0)
        return VF_EXIT_INTERNAL;
    json_t *document = vf_flow_schema(&vf_all_nodes);
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

const struct vf_command vf_command_schema = {
    .name = "schema",
    .summary = "Print the JSON schema of flow files, for editors.",
    .run = schema,
};
