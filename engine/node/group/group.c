/* SPDX-License-Identifier: MIT */
#include "engine/node/group/group.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/node/group/parts.h"

#define SPARE_PAYLOADS 2 /* of each member: the one it makes, and the one that is handed over */

int vf_module_create(struct vf_module **module, const char *name)
{
    *module = calloc(1, sizeof(**module));
    if (!*module)
        return -ENOMEM;
    (*module)->name = strdup(name);
    if (!(*module)->name) {
        vf_module_destroy(module);
        return -ENOMEM;
    }
    return VF_OK;
}

static void finish_member(struct vf_module_member *member)
{
    if (member->options)
        vf_option_release(&member->node->options, member->options);
    free(member->options);
    free(member->name);
    free(member->sources);
    free(member->is_connected);
}

void vf_module_destroy(struct vf_module **module)
{
    struct vf_module *dead = *module;
    if (!dead)
        return;
    for (size_t i = 0; i < dead->member_count; i++)
        finish_member(&dead->members[i]);
    for (size_t i = 0; i < dead->port_count; i++)
        free(dead->port_names[i]);
    free(dead->members);
    free(dead->outputs);
    free(dead->input_ports);
    free(dead->output_ports);
    free(dead->port_names);
    free(dead->name);
    free(dead);
    *module = NULL;
}

static int init_member(struct vf_module_member *member, const char *name,
                       const struct vf_module_source *sources, size_t count)
{
    member->source_count = count;
    member->name = strdup(name);
    member->sources = calloc(count + 1, sizeof(*member->sources));
    member->is_connected = calloc(count + 1, sizeof(*member->is_connected));
    if (!member->name || !member->sources || !member->is_connected)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        member->sources[i] = sources[i];
        member->is_connected[i] = sources[i].from != VF_MODULE_NOTHING;
        member->has_inner |= sources[i].from == VF_MODULE_MEMBER;
        member->has_outer |= sources[i].from == VF_MODULE_OUTSIDE;
    }
    return VF_OK;
}

int vf_module_add(struct vf_module *module, const struct vf_node *node, const char *name,
                  void **options, const struct vf_module_source *sources, size_t count)
{
    size_t size = (module->member_count + 1) * sizeof(*module->members);
    struct vf_module_member added = {.node = node};
    struct vf_module_member *members = realloc(module->members, size);
    if (!members)
        return -ENOMEM;
    module->members = members;
    if (init_member(&added, name, sources, count) != VF_OK) {
        finish_member(&added);
        return -ENOMEM;
    }
    added.options = *options;
    *options = NULL;
    members[module->member_count++] = added;
    return VF_OK;
}

int vf_module_add_output(struct vf_module *module, size_t member, unsigned port)
{
    size_t size = (module->output_count + 1) * sizeof(*module->outputs);
    struct vf_module_output *outputs = realloc(module->outputs, size);
    if (!outputs)
        return -ENOMEM;
    module->outputs = outputs;
    outputs[module->output_count++] = (struct vf_module_output){member, port};
    return VF_OK;
}

/* The elements beyond the last port are more sources of that port. */
static const struct vf_port *find_input(const struct vf_node *node, size_t element)
{
    size_t last = node->inputs.count - 1;
    return &node->inputs.items[element < last ? element : last];
}

/* Makes a port of the module of one of a member: "member.port". */
static int name_port(struct vf_module *module, struct vf_port *port,
                     const struct vf_module_member *member, const struct vf_port *inner)
{
    char *name = vf_text_format("%s.%s", member->name, inner->name);
    if (!name)
        return -ENOMEM;
    module->port_names[module->port_count++] = name;
    *port = (struct vf_port){.name = name, .type = inner->type, .help = inner->help};
    return VF_OK;
}

/* Names an input after the first member's that takes it. */
static int name_inputs(struct vf_module *module)
{
    struct vf_port *ports = module->input_ports;
    for (size_t i = 0; i < module->member_count; i++) {
        const struct vf_module_member *member = &module->members[i];
        for (size_t j = 0; j < member->source_count; j++) {
            const struct vf_module_source *source = &member->sources[j];
            if (source->from != VF_MODULE_OUTSIDE || ports[source->port].name)
                continue;
            int err = name_port(module, &ports[source->port], member, find_input(member->node, j));
            if (err)
                return err;
        }
    }
    return VF_OK;
}

static int name_outputs(struct vf_module *module)
{
    int err = VF_OK;
    for (size_t i = 0; i < module->output_count && !err; i++) {
        const struct vf_module_member *member = &module->members[module->outputs[i].member];
        err = name_port(module, &module->output_ports[i], member,
                        &member->node->outputs.items[module->outputs[i].port]);
    }
    return err;
}

static size_t count_inputs(const struct vf_module *module)
{
    size_t count = 0;
    for (size_t i = 0; i < module->member_count; i++) {
        for (size_t j = 0; j < module->members[i].source_count; j++) {
            const struct vf_module_source *source = &module->members[i].sources[j];
            if (source->from == VF_MODULE_OUTSIDE && source->port >= count)
                count = source->port + 1;
        }
    }
    return count;
}

/* What the members are, the module is. */
static void sum_up(struct vf_module *module, struct vf_node *node)
{
    node->is_reading_only_heads = true;
    for (size_t i = 0; i < module->member_count; i++) {
        const struct vf_node *member = module->members[i].node;
        node->is_stateful |= member->is_stateful;
        node->may_split |= member->may_split;
        node->is_reading_only_heads &= member->is_reading_only_heads;
        node->holds += member->holds;
        node->keeps += member->keeps + member->holds + SPARE_PAYLOADS;
    }
}

int vf_module_complete(struct vf_module *module)
{
    size_t inputs = count_inputs(module), outputs = module->output_count;
    module->input_ports = calloc(inputs + 1, sizeof(*module->input_ports));
    module->output_ports = calloc(outputs + 1, sizeof(*module->output_ports));
    module->port_names = calloc(inputs + outputs + 1, sizeof(char *));
    if (!module->input_ports || !module->output_ports || !module->port_names)
        return -ENOMEM;
    int err = name_inputs(module);
    if (!err)
        err = name_outputs(module);
    if (err)
        return err;
    struct vf_node node = {
        .name = "module",
        .summary = "Run several processors in one task.",
        .kind = VF_PROCESSOR,
        .inputs = {.items = module->input_ports, .count = inputs},
        .outputs = {.items = module->output_ports, .count = outputs},
        .state_size = sizeof(struct vf_module_run),
        .open = vf_module_open,
        .process = vf_module_process,
        .flush = vf_module_flush,
        .close = vf_module_close,
    };
    sum_up(module, &node);
    memcpy(&module->node, &node, sizeof(node));
    return VF_OK;
}

const struct vf_node *vf_module_node(const struct vf_module *module)
{
    return &module->node;
}

size_t vf_module_member_count(const struct vf_module *module)
{
    return module->member_count;
}

const struct vf_node *vf_module_member_node(const struct vf_module *module, size_t member)
{
    return module->members[member].node;
}

const char *vf_module_member_name(const struct vf_module *module, size_t member)
{
    return module->members[member].name;
}
