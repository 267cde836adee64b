/* SPDX-License-Identifier: MIT */
#include "engine/flow/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"

int vf_flow_create(struct vf_flow **flow, const char *file)
{
    struct vf_flow *created = calloc(1, sizeof(*created));
    if (!created)
        return -ENOMEM;
    created->file = strdup(file);
    created->recovery = vf_node_keys_default.recovery;
    created->transport =
        (struct vf_transport){.host = strdup(VF_DEFAULT_HOST), .base = VF_DEFAULT_BASE};
    created->here = -1;
    created->peer_timeout_ns = VF_DEFAULT_PEER_TIMEOUT * VF_NS_PER_S;
    *flow = created;
    if (!created->file || !created->transport.host) {
        vf_flow_destroy(flow);
        return -ENOMEM;
    }
    return VF_OK;
}

static void finish_options(struct vf_flow_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(options[i].name);
        free(options[i].text);
        free(options[i].json);
        finish_options(options[i].pairs, options[i].pair_count);
    }
    free(options);
}

static void finish_node(struct vf_flow_node *node)
{
    for (size_t i = 0; i < node->input_count; i++) {
        free(node->inputs[i].port);
        free(node->inputs[i].node);
        free(node->inputs[i].source_port);
    }
    free(node->inputs);
    finish_options(node->options, node->option_count);
    vf_option_release(&vf_node_key_options, &node->keys);
    free(node->name);
    free(node->type);
}

void vf_flow_destroy(struct vf_flow **flow)
{
    struct vf_flow *dead = *flow;
    if (!dead)
        return;
    for (size_t i = 0; i < dead->node_count; i++)
        finish_node(&dead->nodes[i]);
    for (size_t i = 0; i < dead->text_count; i++)
        free(dead->texts[i]);
    free(dead->nodes);
    free(dead->texts);
    free(dead->parts);
    free(dead->sources);
    free(dead->wants);
    free(dead->has);
    free(dead->transport.host);
    for (unsigned i = 0; i < dead->host_count; i++) {
        free(dead->hosts[i].name);
        free(dead->hosts[i].address);
    }
    free(dead->hosts);
    free(dead->file);
    free(dead);
    *flow = NULL;
}

const char *vf_flow_keep(struct vf_flow *flow, char **text)
{
    char *kept = *text;
    char **texts = kept ? realloc(flow->texts, (flow->text_count + 1) * sizeof(*texts)) : NULL;
    *text = NULL;
    if (!texts) {
        free(kept);
        return NULL;
    }
    flow->texts = texts;
    texts[flow->text_count++] = kept;
    return kept;
}

int vf_flow_note_source(struct vf_flow *flow, unsigned kind, const char *name)
{
    for (size_t i = 0; i < flow->source_count; i++) {
        if ((unsigned)flow->sources[i].kind == kind && strcmp(flow->sources[i].name, name) == 0)
            return VF_OK;
    }
    struct vf_flow_source *sources =
        realloc(flow->sources, (flow->source_count + 1) * sizeof(*sources));
    if (!sources)
        return -ENOMEM;
    flow->sources = sources;
    char *copy = strdup(name);
    const char *kept = copy ? vf_flow_keep(flow, &copy) : NULL;
    if (!kept)
        return -ENOMEM;
    sources[flow->source_count++] = (struct vf_flow_source){.kind = kind, .name = kept};
    return VF_OK;
}

int vf_flow_add_node(struct vf_flow *flow, const char *name, const char *type,
                     struct vf_flow_node **node)
{
    struct vf_flow_node *nodes = realloc(flow->nodes, (flow->node_count + 1) * sizeof(*nodes));
    if (!nodes)
        return -ENOMEM;
    flow->nodes = nodes;
    struct vf_flow_node *added = &nodes[flow->node_count];
    *added = (struct vf_flow_node){
        .name = strdup(name), .type = type ? strdup(type) : NULL, .keys = vf_node_keys_default};
    added->keys.recovery = flow->recovery;
    added->keys.recovery.restart = VF_RESTART_BY_NODE;
    if (!added->name || (type && !added->type)) {
        finish_node(added);
        return -ENOMEM;
    }
    flow->node_count++;
    if (node)
        *node = added;
    return VF_OK;
}

static int append_option(struct vf_flow_option **options, size_t *count, const char *name,
                         struct vf_flow_option **option)
{
    struct vf_flow_option *grown = realloc(*options, (*count + 1) * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    *options = grown;
    *option = &grown[*count];
    **option = (struct vf_flow_option){.name = strdup(name)};
    if (!(*option)->name)
        return -ENOMEM;
    (*count)++;
    return VF_OK;
}

static int set_option(struct vf_flow_option **options, size_t *count, const char *name,
                      const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        return -ENOMEM;
    struct vf_flow_option *option = NULL;
    for (size_t i = 0; i < *count && !option; i++)
        option = strcmp((*options)[i].name, name) == 0 ? &(*options)[i] : NULL;
    if (!option && append_option(options, count, name, &option) != 0) {
        free(copy);
        return -ENOMEM;
    }
    free(option->text);
    free(option->json);
    finish_options(option->pairs, option->pair_count);
    *option = (struct vf_flow_option){.name = option->name, .text = copy};
    return VF_OK;
}

const struct vf_flow_option *vf_flow_find_option(const struct vf_flow_node *node, const char *name)
{
    for (size_t i = 0; i < node->option_count; i++) {
        if (strcmp(node->options[i].name, name) == 0)
            return &node->options[i];
    }
    return NULL;
}

int vf_flow_set_option(struct vf_flow_node *node, const char *name, const char *text)
{
    return set_option(&node->options, &node->option_count, name, text);
}

int vf_flow_set_pair(struct vf_flow_option *option, const char *key, const char *text)
{
    free(option->text);
    option->text = NULL;
    option->is_mapping = true;
    return set_option(&option->pairs, &option->pair_count, key, text);
}

int vf_flow_set_group(struct vf_flow_node *node, const char *group)
{
    char *copy = group ? strdup(group) : NULL;
    if (group && !copy)
        return -ENOMEM;
    free(node->keys.group);
    node->keys.group = copy;
    return VF_OK;
}

int vf_flow_add_input(struct vf_flow_node *node, const char *port, const char *source,
                      struct vf_flow_input **input)
{
    struct vf_flow_input *inputs = realloc(node->inputs, (node->input_count + 1) * sizeof(*inputs));
    if (!inputs)
        return -ENOMEM;
    node->inputs = inputs;
    const char *dot = strchr(source, '.');
    struct vf_flow_input *added = &inputs[node->input_count++];
    *added = (struct vf_flow_input){
        .port = port ? strdup(port) : NULL,
        .node = dot ? strndup(source, (size_t)(dot - source)) : strdup(source),
        .source_port = dot ? strdup(dot + 1) : NULL,
    };
    if (!added->node || (port && !added->port) || (dot && !added->source_port))
        return -ENOMEM;
    if (input)
        *input = added;
    return VF_OK;
}
