/* SPDX-License-Identifier: MIT */
#include "engine/flow/chain/streams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

#define ENCODED_SOUND "audio" /* the ports of readers that hold a medium as packets */
#define ENCODED_PICTURE "packets"

/* Returns what a port is for; VF_CHAIN_MEDIA: neither picture nor sound. */
static enum vf_chain_medium medium_of(const struct vf_port *port)
{
    if (port->type == VF_PORT_VIDEO)
        return VF_CHAIN_VIDEO;
    if (port->type == VF_PORT_AUDIO)
        return VF_CHAIN_AUDIO;
    if (port->type != VF_PORT_PACKET)
        return VF_CHAIN_MEDIA;
    if (strncmp(port->name, ENCODED_SOUND, strlen(ENCODED_SOUND)) == 0)
        return VF_CHAIN_AUDIO;
    bool is_picture = strcmp(port->name, ENCODED_PICTURE) == 0 || strcmp(port->name, "video") == 0;
    return is_picture ? VF_CHAIN_VIDEO : VF_CHAIN_MEDIA;
}

static bool takes(const struct vf_port *input, const struct vf_port *output)
{
    return output->type == VF_PORT_ANY || input->type == VF_PORT_ANY ||
           input->type == output->type || (input->also && input->also == output->type);
}

static const struct vf_port *find_port(const struct vf_node *type, const char *name)
{
    for (size_t i = 0; name && i < type->outputs.count; i++) {
        if (strcmp(type->outputs.items[i].name, name) == 0)
            return &type->outputs.items[i];
    }
    return NULL;
}

/* Returns the first output of a node that an input takes, of the same medium; NULL: there is
 * none. */
static const struct vf_port *fitting_port(const struct vf_node *type, const struct vf_port *input)
{
    enum vf_chain_medium medium = medium_of(input);
    for (size_t i = 0; i < type->outputs.count; i++) {
        const struct vf_port *output = &type->outputs.items[i];
        bool is_alike = output->type == VF_PORT_ANY || medium_of(output) == medium;
        if (is_alike && takes(input, output))
            return output;
    }
    return NULL;
}

/* Returns the text by which an input names a source, to be freed: the port that the chain names, if
 * the input takes it, else the first that fits. NULL when there is none, or out of memory. */
static char *source_text(const struct vf_chain_source *source, const char *port,
                         const struct vf_port *input)
{
    const struct vf_port *named = find_port(source->type, port);
    const struct vf_port *chosen = named && takes(input, named) ? named : NULL;
    if (!chosen && medium_of(input) != VF_CHAIN_MEDIA)
        chosen = fitting_port(source->type, input);
    if (!chosen && port && !named)
        return vf_text_format("%s.%s", source->name, port); /* reported by who knows all ports */
    if (!chosen && medium_of(input) != VF_CHAIN_MEDIA)
        return NULL;
    if (!chosen || chosen == &source->type->outputs.items[0])
        return vf_text_format("%s", source->name);
    return vf_text_format("%s.%s", source->name, chosen->name);
}

int vf_chain_tree_add(struct vf_tree *mapping, const char *key, const char *text,
                      struct vf_place place)
{
    struct vf_tree child = {.key = key ? strdup(key) : NULL, .key_place = place, .place = place};
    int err = key && !child.key ? -ENOMEM : vf_tree_set_text(&child, text);
    if (!err)
        err = vf_tree_append(mapping, &child);
    vf_tree_finish(&child);
    return err;
}

/* Adds what one input takes to *inputs, a mapping; nothing when there is nothing for it. */
static int take_one(const struct vf_chain_streams *streams, const struct vf_port *input,
                    bool *is_taken, struct vf_tree *inputs)
{
    enum vf_chain_medium medium = medium_of(input);
    bool is_any =
        input->type == VF_PORT_ANY || input->type == VF_PORT_VALUE || input->type == VF_PORT_ARRAY;
    const struct vf_chain_source *source =
        medium != VF_CHAIN_MEDIA ? &streams->media[medium] : &streams->last;
    if (!source->type || is_taken[medium] || (medium == VF_CHAIN_MEDIA && !is_any))
        return VF_OK;
    bool is_named = streams->port && source->type == streams->last.type;
    char *text = source_text(source, is_named ? streams->port : NULL, input);
    if (!text)
        return VF_OK;
    is_taken[medium] = true;
    int err = vf_chain_tree_add(inputs, input->name, text, inputs->place);
    free(text);
    return err;
}

static int take_by_port(const struct vf_chain_streams *streams, const struct vf_node *type,
                        struct vf_tree *inputs)
{
    bool is_taken[VF_CHAIN_MEDIA + 1] = {0};
    int err = VF_OK;
    for (size_t i = 0; i < type->inputs.count && !err; i++) {
        const struct vf_port *input = &type->inputs.items[i];
        bool is_first = i == 0;
        if (is_first || medium_of(input) != VF_CHAIN_MEDIA)
            err = take_one(streams, input, is_taken, inputs);
    }
    return err;
}

/* Makes a mapping with the first input alone a single value: inputs: reader. */
static int shorten(const struct vf_node *type, struct vf_tree *inputs)
{
    const struct vf_tree *only = inputs->count == 1 ? &inputs->children[0] : NULL;
    if (!only || strcmp(only->key, type->inputs.items[0].name) != 0)
        return VF_OK;
    char *text = strdup(only->text);
    int err = text ? vf_tree_set_text(inputs, text) : -ENOMEM;
    free(text);
    return err;
}

static int take_by_position(const struct vf_chain_streams *sources, size_t count,
                            const struct vf_node *type, struct vf_tree *inputs)
{
    int err = VF_OK;
    for (size_t i = 0; i < count && !err; i++) {
        size_t last = type->inputs.count - 1;
        const struct vf_port *input = &type->inputs.items[i < last ? i : last];
        char *text = source_text(&sources[i].last, sources[i].port, input);
        err = vf_chain_tree_add(inputs, NULL, text ? text : sources[i].last.name, inputs->place);
        free(text);
    }
    return err;
}

int vf_chain_streams_take(const struct vf_chain_streams *streams,
                          const struct vf_chain_streams *others, size_t other_count,
                          const struct vf_node *type, struct vf_tree *tree, bool *took)
{
    struct vf_tree inputs = {
        .kind = other_count ? VF_TREE_LIST : VF_TREE_MAPPING,
        .key = strdup("inputs"),
        .place = tree->place,
        .key_place = tree->place,
    };
    int err = inputs.key ? VF_OK : -ENOMEM;
    if (!err && other_count) {
        err = take_by_position(others, other_count, type, &inputs);
    } else if (!err) {
        err = take_by_port(streams, type, &inputs);
        err = err ? err : shorten(type, &inputs);
    }
    *took = inputs.count || inputs.kind == VF_TREE_TEXT;
    if (!err && *took)
        err = vf_tree_append(tree, &inputs);
    vf_tree_finish(&inputs);
    return err;
}

/* Returns the medium of what was made last. */
static enum vf_chain_medium last_medium(const struct vf_chain_streams *streams)
{
    for (unsigned medium = 0; medium < VF_CHAIN_MEDIA; medium++) {
        const struct vf_chain_source *source = &streams->media[medium];
        if (source->type && source->name == streams->last.name)
            return medium;
    }
    return VF_CHAIN_MEDIA;
}

void vf_chain_streams_pass(struct vf_chain_streams *streams, const struct vf_chain_source *source)
{
    const struct vf_node *type = source->type;
    enum vf_chain_medium passed = last_medium(streams);
    bool keeps_others = type->kind == VF_PROCESSOR && !type->changes_time;
    if (!keeps_others)
        *streams = (struct vf_chain_streams){0};
    streams->last = *source;
    streams->port = NULL;
    for (size_t i = 0; i < type->outputs.count; i++) {
        const struct vf_port *output = &type->outputs.items[i];
        enum vf_chain_medium medium = output->type == VF_PORT_ANY ? passed : medium_of(output);
        if (medium != VF_CHAIN_MEDIA)
            streams->media[medium] = *source;
    }
}

void vf_chain_streams_choose(struct vf_chain_streams *streams, const struct vf_chain_source *source,
                             const char *port)
{
    const struct vf_port *named = find_port(source->type, port);
    *streams = (struct vf_chain_streams){.last = *source, .port = port};
    if (named && medium_of(named) != VF_CHAIN_MEDIA)
        streams->media[medium_of(named)] = *source;
}
