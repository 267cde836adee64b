/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/command_line.h"
#include "engine/flow/flow.h"
#include "engine/node/keys.h"
#include "engine/node/reference/reference.h"
#include "nodes/all_nodes.h"

/* What every flow has, whatever its nodes are. */
static const char head[] =
    "{\n"
    "\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
    "\"title\": \"vflow flow\",\n"
    "\"description\": \"A graph of tasks for vflow; see vflow-flow(5).\",\n"
    "\"type\": \"object\",\n"
    "\"required\": [\"vflow\", \"nodes\"],\n"
    "\"additionalProperties\": false,\n"
    "\"patternProperties\": {\"^x-\": true},\n"
    "\"properties\": {\n"
    "  \"vflow\": {\"description\": \"Version of the format\", \"const\": 1},\n"
    "  \"mode\": {\"description\": \"Whether senders wait or drop\",\n"
    "    \"default\": \"batch\", \"anyOf\": [{\"enum\": [\"batch\", \"realtime\"]},\n"
    "      {\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}]},\n"
    "  \"vars\": {\"description\": \"Variables and their defaults\", \"type\": \"object\",\n"
    "    \"additionalProperties\": {\"type\": [\"string\", \"number\", \"boolean\", \"null\"]}},\n"
    "  \"transport\": {\"description\": \"How messages travel between tasks\",\n"
    "    \"default\": \"shm\", \"anyOf\": [{\"enum\": [\"shm\", \"ipc\", \"tcp\"]},\n"
    "      {\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"},\n"
    "      {\"type\": \"object\", \"required\": [\"tcp\"], \"additionalProperties\": false,\n"
    "        \"patternProperties\": {\"^x-\": true},\n"
    "        \"properties\": {\"tcp\": {\"type\": [\"object\", \"null\"],\n"
    "          \"patternProperties\": {\"^x-\": true}, \"additionalProperties\": false,\n"
    "          \"properties\": {\"host\": {\"type\": \"string\", \"default\": \"127.0.0.1\"},\n"
    "            \"base\": {\"type\": [\"integer\", \"string\"], \"default\": 5000}}}}}]},\n"
    "  \"security\": {\"description\": \"Who can take part over TCP\",\n"
    "    \"default\": \"curve\", \"anyOf\": [{\"enum\": [\"curve\", \"none\"]},\n"
    "      {\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}]},\n"
    "  \"memory\": {\"description\": \"What its frames may take together\",\n"
    "    \"type\": [\"string\", \"integer\"]},\n"
    "  \"defaults\": {\"description\": \"What holds for every edge and node\",\n"
    "    \"type\": \"object\",\n"
    "    \"patternProperties\": {\"^x-\": true}, \"additionalProperties\": false,\n"
    "    \"properties\": {\"queue\": {\"$ref\": \"#/$defs/flow-queue\"},\n"
    "      \"drop\": {\"$ref\": \"#/$defs/flow-drop\"},\n";

static const char tail[] =
    "}},\n"
    "  \"nodes\": {\"description\": \"The tasks, by name\", \"type\": \"object\",\n"
    "    \"patternProperties\": {\"^x-\": true},\n"
    "    \"additionalProperties\": {\"$ref\": \"#/$defs/flow-node\"}}\n"
    "},\n"
    "\"$defs\": {\n";

static const char edge_format[] =
    "\"flow-queue\": {\"description\": \"Messages that may wait\", \"anyOf\": [\n"
    "  {\"type\": \"integer\", \"minimum\": 1, \"maximum\": %d},\n"
    "  {\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}]},\n";

static const char edges[] =
    "\"flow-drop\": {\"description\": \"What goes when there is no room\", \"anyOf\": [\n"
    "  {\"enum\": [\"never\", \"newest\", \"oldest\"]},\n"
    "  {\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"}]},\n"
    "\"flow-source\": {\"anyOf\": [\n"
    "  {\"description\": \"NODE or NODE.PORT\", \"type\": \"string\"},\n"
    "  {\"type\": \"object\", \"required\": [\"from\"], \"additionalProperties\": false,\n"
    "    \"patternProperties\": {\"^x-\": true},\n"
    "    \"properties\": {\"from\": {\"description\": \"NODE or NODE.PORT\", "
    "\"type\": \"string\"},\n"
    "      \"queue\": {\"$ref\": \"#/$defs/flow-queue\"},\n"
    "      \"drop\": {\"$ref\": \"#/$defs/flow-drop\"}}}]},\n"
    "\"flow-sources\": {\"anyOf\": [{\"$ref\": \"#/$defs/flow-source\"},\n"
    "  {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/flow-source\"}}]},\n"
    "\"flow-inputs\": {\"description\": \"Where messages come from\", \"anyOf\": [\n"
    "  {\"$ref\": \"#/$defs/flow-sources\"},\n"
    "  {\"type\": \"object\", \"not\": {\"required\": [\"from\"]},\n"
    "    \"additionalProperties\": {\"$ref\": \"#/$defs/flow-sources\"}}]},\n";

/* A key that every node has. How inputs are put together may also be a mapping. */
static void print_key(const struct vf_option *key, bool is_join)
{
    fputs("  ", stdout);
    if (!is_join) {
        vf_reference_schema_option(stdout, key);
        fputs(",\n", stdout);
        return;
    }
    printf("\"%s\": {\"description\": \"%s\", \"anyOf\": [\n    {\"enum\": [", key->name,
           key->help);
    for (size_t i = 0; i < key->choices.count; i++)
        printf("%s\"%s\"", i ? ", " : "", key->choices.items[i].name);
    fputs("]}, {\"type\": \"string\", \"pattern\": \"\\\\$\\\\{\"},\n"
          "    {\"type\": \"object\", \"required\": [\"by\"], \"additionalProperties\": false,\n"
          "      \"patternProperties\": {\"^x-\": true}, \"properties\": {\n",
          stdout);
    for (size_t i = 0; i < vf_join_key_options.count; i++) {
        fputs(i ? ",\n        " : "        ", stdout);
        vf_reference_schema_option(stdout, &vf_join_key_options.items[i]);
    }
    fputs("}}]},\n", stdout);
}

/* What is said of failures: the same of all nodes as of one. */
static void print_recovery(void)
{
    for (size_t i = 0; i < vf_recovery_key_options.count; i++) {
        fputs(i ? ",\n      " : "      ", stdout);
        vf_reference_schema_option(stdout, &vf_recovery_key_options.items[i]);
    }
}

/* A task: its type, its inputs, and whatever the type then asks for. */
static void print_node(void)
{
    fputs("\"flow-node\": {\"type\": \"object\", \"required\": [\"type\"], \"properties\": {\n"
          "  \"inputs\": {\"$ref\": \"#/$defs/flow-inputs\"},\n",
          stdout);
    for (size_t i = 0; i < vf_node_key_options.count; i++)
        print_key(&vf_node_key_options.items[i], i == VF_KEY_JOIN);
    fputs("  \"type\": {\"description\": \"What the task does\", \"enum\": [", stdout);
    for (size_t i = 0; i < vf_all_nodes.count; i++)
        printf("%s\"%s\"", i ? ", " : "", vf_node_name_at(&vf_all_nodes, i));
    fputs("]}},\n  \"allOf\": [", stdout);
    for (size_t i = 0; i < vf_all_nodes.count; i++) {
        const char *name = vf_node_name_at(&vf_all_nodes, i);
        printf("%s\n    {\"if\": {\"properties\": {\"type\": {\"const\": \"%s\"}}},\n"
               "     \"then\": {\"$ref\": \"#/$defs/%s\"}}",
               i ? "," : "", name, name);
    }
    fputs("]}", stdout);
}

static int schema(int argc, char **argv)
{
    struct vf_operands operands;
    int err = vf_command_line_parse(&vf_command_schema, argc, argv, NULL, &operands);
    if (err)
        return (int)vf_command_line_status(err);
    if (vf_node_bring_all(&vf_all_nodes) < 0)
        return VF_EXIT_INTERNAL;
    fputs(head, stdout);
    print_recovery();
    fputs(tail, stdout);
    printf(edge_format, VF_MAX_QUEUE);
    fputs(edges, stdout);
    print_node();
    for (size_t i = 0; i < vf_all_nodes.count; i++) {
        fputs(",\n", stdout);
        vf_reference_schema(stdout, vf_node_at(&vf_all_nodes, i));
    }
    fputs("\n}\n}\n", stdout);
    return VF_EXIT_OK;
}

const struct vf_command vf_command_schema = {
    .name = "schema",
    .summary = "Print the JSON schema of flow files, for editors.",
    .run = schema,
};
