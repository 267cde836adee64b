/* SPDX-License-Identifier: MIT */
#include "nodes/program/ports.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

#define MOST_OUTPUTS 24 /* what a task counts one by one */
#define NAME_START "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define NAME_REST NAME_START "0123456789"
#define NUMBERED_SIZE 16 /* bytes of "in24" */

static const struct {
    const char *word;
    enum vf_port_type type;
} types[] = {
    {"video", VF_PORT_VIDEO}, {"audio", VF_PORT_AUDIO}, {"packet", VF_PORT_PACKET},
    {"array", VF_PORT_ARRAY}, {"value", VF_PORT_VALUE}, {"any", VF_PORT_ANY},
    {"frame", VF_PORT_VIDEO}, /* as people say */
};

static bool find_type(const char *word, enum vf_port_type *type)
{
    for (size_t i = 0; i < VF_COUNT(types); i++) {
        *type = types[i].type;
        if (strcmp(types[i].word, word) == 0)
            return true;
    }
    *type = VF_PORT_ANY;
    return false;
}

static bool is_name(const char *name)
{
    return *name && strchr(NAME_START, *name) && strspn(name, NAME_REST) == strlen(name);
}

int vf_program_ports_check(const struct vf_map *outputs, char *problem, size_t problem_size)
{
    enum vf_port_type type;
    if (outputs->count > MOST_OUTPUTS) {
        snprintf(problem, problem_size, "outputs: %zu are named; there can be %d", outputs->count,
                 MOST_OUTPUTS);
        return -EINVAL;
    }
    for (size_t i = 0; i < outputs->count; i++) {
        const struct vf_map_entry *output = &outputs->items[i];
        if (!is_name(output->key))
            snprintf(problem, problem_size,
                     "outputs.%s: this cannot name an output; use letters, digits and \"_\"",
                     output->key);
        else if (!find_type(output->text, &type))
            snprintf(problem, problem_size,
                     "outputs.%s: \"%s\" is no type; the types are video, audio, packet, array, "
                     "value and any",
                     output->key, output->text);
        if (problem[0])
            return -EINVAL;
    }
    return VF_OK;
}

/* What a node has as `declared`: the ports, and the texts that they lend. */
struct declared {
    struct vf_port *inputs, *outputs;
    size_t input_count, output_count;
    char *text; /* what is left for texts */
};

static size_t count_text(const struct vf_named_inputs *inputs, const struct vf_map *outputs)
{
    size_t size = inputs->count * NUMBERED_SIZE;
    for (size_t i = 0; i < inputs->count; i++)
        size += inputs->ports[i] ? strlen(inputs->ports[i]) + 1 : 0;
    for (size_t i = 0; i < outputs->count; i++)
        size += strlen(outputs->items[i].key) + 1;
    return size;
}

static const char *keep_text(struct declared *declared, const char *text)
{
    size_t size = strlen(text) + 1;
    char *kept = declared->text;
    memcpy(kept, text, size);
    declared->text += size;
    return kept;
}

/* Returns whether another source of a port that is there already. */
static bool is_repeated(struct declared *declared, const char *name)
{
    for (size_t i = 0; i < declared->input_count; i++) {
        if (strcmp(declared->inputs[i].name, name) == 0) {
            declared->inputs[i].is_repeated = true;
            return true;
        }
    }
    return false;
}

static void declare_inputs(struct declared *declared, const struct vf_named_inputs *inputs)
{
    char numbered[NUMBERED_SIZE];
    for (size_t i = 0; i < inputs->count; i++) {
        const char *name = inputs->ports[i];
        snprintf(numbered, sizeof(numbered), i ? "in%zu" : "in", i + 1);
        if (name && is_repeated(declared, name))
            continue;
        declared->inputs[declared->input_count++] =
            (struct vf_port){.name = keep_text(declared, name ? name : numbered),
                             .type = VF_PORT_ANY,
                             .help = "As the flow names it"};
    }
}

static void declare_outputs(struct declared *declared, const struct vf_map *outputs)
{
    for (size_t i = 0; i < outputs->count; i++) {
        enum vf_port_type type;
        (void)find_type(outputs->items[i].text, &type); /* what is none has been reported */
        declared->outputs[declared->output_count++] =
            (struct vf_port){.name = keep_text(declared, outputs->items[i].key),
                             .type = type,
                             .help = "As the flow declares it"};
    }
}

int vf_program_ports_declare(struct vf_node *copy, const struct vf_named_inputs *inputs,
                             const struct vf_map *outputs)
{
    size_t ports = inputs->count + outputs->count + 1;
    bool has_inputs = inputs->count || inputs->is_incomplete;
    char *block = calloc(1, ports * sizeof(struct vf_port) + count_text(inputs, outputs));
    if (!block)
        return -ENOMEM;
    copy->declared = block;
    struct declared declared = {.inputs = (struct vf_port *)(void *)block,
                                .text = block + ports * sizeof(struct vf_port)};
    declared.outputs = declared.inputs + inputs->count;
    declare_inputs(&declared, inputs);
    declare_outputs(&declared, outputs);
    copy->kind = !has_inputs ? VF_PRODUCER : outputs->count ? VF_PROCESSOR : VF_CONSUMER;
    if (inputs->count || !has_inputs)
        copy->inputs = (struct vf_port_list){declared.inputs, declared.input_count};
    if (outputs->count || has_inputs)
        copy->outputs = (struct vf_port_list){declared.outputs, declared.output_count};
    return VF_OK;
}

static json_t *describe_inputs(const struct vf_node_run *run)
{
    json_t *inputs = json_array();
    for (unsigned i = 0; i < run->input_count; i++) {
        const struct vf_port *port = &run->node->inputs.items[run->input_ports[i]];
        json_array_append_new(inputs, json_pack("{s:s, s:s?}", "name", port->name, "source",
                                                run->input_names ? run->input_names[i] : NULL));
    }
    return inputs;
}

static json_t *describe_outputs(const struct vf_node_run *run)
{
    json_t *outputs = json_array();
    for (unsigned i = 0; i < run->node->outputs.count; i++) {
        const struct vf_port *port = &run->node->outputs.items[i];
        json_array_append_new(outputs, json_pack("{s:s, s:s, s:b}", "name", port->name, "type",
                                                 vf_port_type_name(port->type), "is_read",
                                                 (int)vf_node_is_read(run, i)));
    }
    return outputs;
}

char *vf_program_ports_describe(const struct vf_node_run *run, const char *options)
{
    json_t *description = json_pack("{s:s, s:o*, s:o, s:o}", "task", run->name, "options",
                                    json_loads(options, 0, NULL), "inputs", describe_inputs(run),
                                    "outputs", describe_outputs(run));
    char *text = description ? json_dumps(description, JSON_COMPACT) : NULL;
    json_decref(description);
    return text;
}
