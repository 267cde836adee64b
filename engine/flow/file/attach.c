/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/file/keys.h"
#include "engine/flow/hint.h"

static struct vf_diagnostics *diagnostics_of(const struct vf_attachment *attachment)
{
    return attachment->flow->diagnostics;
}

/* Says of a source, and of all in it, whose nodes it names, and through what it has come. */
static void mark(struct vf_tree *source, unsigned level, const char *note)
{
    source->level = source->level ? source->level : level;
    if (!source->place.note)
        source->place.note = note;
    for (size_t i = 0; i < source->count; i++)
        mark(&source->children[i], level, note);
}

/* Makes a value a list of what it was, if it is none. */
static int make_list(struct vf_tree *tree)
{
    struct vf_tree list = {
        .kind = VF_TREE_LIST, .key = tree->key, .key_place = tree->key_place, .place = tree->place};
    if (tree->kind == VF_TREE_LIST)
        return VF_OK;
    tree->key = NULL;
    int err = tree->kind == VF_TREE_NOTHING ? VF_OK : vf_tree_append(&list, tree);
    if (err) {
        tree->key = list.key;
        return err;
    }
    *tree = list;
    return VF_OK;
}

/* Adds a source, or each of a list of them, to those that a value names. Takes *source. */
static int add_to(struct vf_tree *value, struct vf_tree *source)
{
    int err = make_list(value);
    if (source->kind != VF_TREE_LIST)
        return err ? err : vf_tree_append(value, source);
    for (size_t i = 0; i < source->count && !err; i++)
        err = vf_tree_append(value, &source->children[i]);
    return err;
}

/* Adds `key: value` to a mapping. Takes *value. */
static int add_pair(struct vf_tree *mapping, const char *key, struct vf_tree *value)
{
    free(value->key);
    value->key = strdup(key);
    value->key_place = value->place;
    return value->key ? vf_tree_append(mapping, value) : -ENOMEM;
}

static bool is_by_port(const struct vf_tree *inputs)
{
    return inputs->kind == VF_TREE_MAPPING && !vf_tree_find(inputs, "from");
}

/* Connects a node to a source, which is taken; `port` NULL: the first input that is free. */
static int connect_node(const struct vf_attachment *attachment, struct vf_tree *node,
                        const char *port, struct vf_tree *source, struct vf_place place)
{
    struct vf_tree *inputs = vf_tree_find(node, "inputs"), made = {0};
    if (!inputs && !port)
        return add_pair(node, "inputs", source);
    if (!inputs) {
        made = (struct vf_tree){.kind = VF_TREE_MAPPING, .place = source->place};
        int err = add_pair(&made, port, source);
        if (!err)
            err = add_pair(node, "inputs", &made);
        vf_tree_finish(&made);
        return err;
    }
    if (is_by_port(inputs) && port) {
        struct vf_tree *there = vf_tree_find(inputs, port);
        return there ? add_to(there, source) : add_pair(inputs, port, source);
    }
    if (!is_by_port(inputs) && !port)
        return add_to(inputs, source);
    vf_diagnostics_add(diagnostics_of(attachment), VF_GRAVITY_FLOW, "bad-source", place,
                       port ? "%s has inputs without names, so this cannot name one; write %s"
                            : "%s has inputs by name, so this must name one, too: %s.INPUT",
                       node->key, node->key);
    return VF_OK;
}

/* Connects what one text names: NODE or NODE.INPUT. Takes nothing of `source`. */
static int connect_target(const struct vf_attachment *attachment, const struct vf_tree *target,
                          const struct vf_tree *source, struct vf_tree *nodes)
{
    struct vf_tree copy = {0};
    struct vf_hint hint = {0};
    if (!vf_flow_keys_is_kind(target, VF_TREE_TEXT, "a NODE or NODE.INPUT",
                              diagnostics_of(attachment)))
        return VF_OK;
    const char *dot = strchr(target->text, '.');
    char *name = strndup(target->text, dot ? (size_t)(dot - target->text) : strlen(target->text));
    if (!name)
        return -ENOMEM;
    struct vf_tree *node = vf_tree_find(nodes, name);
    int err = node ? vf_tree_copy(&copy, source) : VF_OK;
    free(copy.key);
    copy.key = NULL;
    hint.nearest.wanted = name;
    for (size_t i = 0; i < nodes->count; i++)
        vf_hint_consider(&hint, nodes->children[i].key);
    if (!node)
        vf_diagnostics_add(diagnostics_of(attachment), VF_GRAVITY_FLOW, "unknown-node",
                           target->place, "there is no node \"%s\"%s", name,
                           vf_hint_text(&hint, "the nodes are"));
    else if (!err)
        err = connect_node(attachment, node, dot ? dot + 1 : NULL, &copy, target->place);
    vf_hint_finish(&hint);
    vf_tree_finish(&copy);
    free(name);
    return err;
}

/* Connects one input of the file to a source. */
static int connect_input(const struct vf_attachment *attachment, const struct vf_tree *input,
                         const struct vf_tree *given, struct vf_tree *nodes)
{
    struct vf_tree source = {0};
    char *note = vf_text_format("input \"%s\" of %s, %s:%u", input->key, attachment->name,
                                attachment->file, input->key_place.line);
    const char *kept = vf_flow_keep(attachment->flow->flow, &note);
    int err = kept ? vf_tree_copy(&source, given) : -ENOMEM;
    if (!err)
        err = vf_variables_expand(attachment->variables, &source);
    mark(&source, attachment->level, kept);
    bool is_list = input->kind == VF_TREE_LIST;
    for (size_t i = 0; is_list && i < input->count && !err; i++)
        err = connect_target(attachment, &input->children[i], &source, nodes);
    if (!is_list && !err)
        err = connect_target(attachment, input, &source, nodes);
    vf_tree_finish(&source);
    return err;
}

static void report_surplus(const struct vf_attachment *attachment, struct vf_place place,
                           size_t number)
{
    vf_diagnostics_add(diagnostics_of(attachment), VF_GRAVITY_FLOW, "surplus-input", place,
                       "this is input number %zu of %s; %s has %zu", number, attachment->name,
                       attachment->file, attachment->declared->count);
}

static void report_unknown(const struct vf_attachment *attachment, const struct vf_tree *given)
{
    struct vf_hint hint = {.nearest.wanted = given->key};
    for (size_t i = 0; i < attachment->declared->count; i++)
        vf_hint_consider(&hint, attachment->declared->children[i].key);
    vf_diagnostics_add(diagnostics_of(attachment), VF_GRAVITY_FLOW, "unknown-port",
                       given->key_place, "%s has no input \"%s\"%s", attachment->name, given->key,
                       vf_hint_text(&hint, "it has"));
    vf_hint_finish(&hint);
}

/* Connects the sources in the order of the file's inputs, or a single one. */
static int connect_by_order(const struct vf_attachment *attachment, const struct vf_tree *inputs,
                            struct vf_tree *nodes)
{
    const struct vf_tree *declared = attachment->declared;
    int err = VF_OK;
    if (inputs->kind != VF_TREE_LIST)
        return connect_input(attachment, &declared->children[0], inputs, nodes);
    for (size_t i = 0; i < inputs->count && !err; i++) {
        if (i >= declared->count)
            report_surplus(attachment, inputs->children[i].place, i + 1);
        else
            err = connect_input(attachment, &declared->children[i], &inputs->children[i], nodes);
    }
    return err;
}

int vf_attach(const struct vf_attachment *attachment, struct vf_tree *nodes)
{
    const struct vf_tree *inputs = vf_tree_find(attachment->entry, "inputs");
    const struct vf_tree *declared = attachment->declared;
    int err = VF_OK;
    if (!inputs || inputs->kind == VF_TREE_NOTHING || inputs->kind == VF_TREE_BROKEN)
        return VF_OK;
    if (declared && declared->kind != VF_TREE_NOTHING &&
        !vf_flow_keys_is_kind(declared, VF_TREE_MAPPING,
                              "a mapping of names to nodes: {frames: small}",
                              diagnostics_of(attachment)))
        return VF_OK;
    if (!declared || !declared->count) {
        vf_diagnostics_add(diagnostics_of(attachment), VF_GRAVITY_FLOW, "surplus-input",
                           inputs->key_place,
                           "%s has no inputs; add inputs: {NAME: NODE} to it, or leave these out",
                           attachment->file);
        return VF_OK;
    }
    if (!is_by_port(inputs))
        return connect_by_order(attachment, inputs, nodes);
    for (size_t i = 0; i < inputs->count && !err; i++) {
        const struct vf_tree *input = vf_tree_find(declared, inputs->children[i].key);
        if (!input)
            report_unknown(attachment, &inputs->children[i]);
        else
            err = connect_input(attachment, input, &inputs->children[i], nodes);
    }
    return err;
}

int vf_attach_nothing(const struct vf_tree *declared, struct vf_tree *nodes,
                      const struct vf_variables_flow *flow)
{
    const struct vf_tree source = {.kind = VF_TREE_BROKEN};
    const struct vf_attachment attachment = {.flow = flow};
    int err = VF_OK;
    if (!nodes || nodes->kind != VF_TREE_MAPPING ||
        !vf_flow_keys_is_kind(declared, VF_TREE_MAPPING,
                              "a mapping of names to nodes: {frames: small}", flow->diagnostics))
        return VF_OK;
    for (size_t i = 0; i < declared->count && !err; i++) {
        const struct vf_tree *input = &declared->children[i];
        bool is_list = input->kind == VF_TREE_LIST;
        for (size_t j = 0; is_list && j < input->count && !err; j++)
            err = connect_target(&attachment, &input->children[j], &source, nodes);
        if (!is_list)
            err = connect_target(&attachment, input, &source, nodes);
    }
    return err;
}
