/* SPDX-License-Identifier: MIT */
#include "cmd/complete_flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/flow_library.h"
#include "cmd/plugins.h"
#include "engine/base/text.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/files.h"
#include "engine/flow/file/yaml.h"
#include "engine/flow/flow.h"
#include "engine/flow/vocabulary.h"
#include "nodes/all_nodes.h"

void vf_offer(const struct vf_offers *offers, const char *lead, const char *word,
              const char *meaning)
{
    struct vf_text whole = {0};
    vf_text_print(&whole, "%s%s", lead, word);
    bool fits = whole.bytes && strncmp(whole.bytes, offers->begun, strlen(offers->begun)) == 0;
    if (fits && whole.length >= offers->strip)
        printf("%s\t%s\n", whole.bytes + offers->strip, meaning);
    vf_text_finish(&whole);
}

void vf_offer_nodes(const struct vf_offers *offers, const char *lead)
{
    for (size_t i = 0; i < vf_node_total(&vf_all_nodes); i++) {
        const struct vf_node *node = vf_node_at(&vf_all_nodes, i);
        if (node)
            vf_offer(offers, lead, node->name, node->summary);
    }
}

void vf_offer_flows(const struct vf_offers *offers, const char *lead)
{
    struct vf_flow_library library = {0};
    int err = vf_flow_library_read(&library);
    for (size_t i = 0; i < library.count && !err; i++) {
        struct vf_flow_description description = {0};
        if (vf_flow_description_read(&description, library.items[i].path) == VF_OK)
            vf_offer(offers, lead, library.items[i].name, description.summary);
        vf_flow_description_finish(&description);
    }
    vf_flow_library_finish(&library);
}

/* Returns the file of a flow, in fresh memory; NULL: it is not known. */
static char *find_file(const char *flow)
{
    struct vf_flow_library library = {0};
    if (!flow || strcmp(flow, "-") == 0)
        return NULL;
    if (flow[0] != '@')
        return strdup(flow);
    const struct vf_library_flow *found =
        vf_flow_library_read(&library) == VF_OK ? vf_flow_library_find(&library, flow + 1) : NULL;
    char *path = found ? strdup(found->path) : NULL;
    vf_flow_library_finish(&library);
    return path;
}

void vf_offer_variables(const struct vf_offers *offers, const char *lead, const char *flow)
{
    struct vf_flow_description description = {0};
    char *path = find_file(flow);
    if (path && vf_flow_description_read(&description, path) == VF_OK) {
        for (size_t i = 0; i < description.wanted.count; i++) {
            const struct vf_wanted_variable *variable = &description.wanted.items[i];
            char *word = vf_text_format("%s=", variable->name);
            if (word)
                vf_offer(offers, lead, word,
                         variable->fallback  ? variable->fallback
                         : variable->message ? variable->message
                                             : "");
            free(word);
        }
    }
    free(path);
    vf_flow_description_finish(&description);
}

/* Offers KEY= for each option, or after "KEY=" its choices. `lead` ends before the key. */
static void offer_options(const struct vf_offers *offers, const char *lead,
                          const struct vf_option_list *options)
{
    const char *begun = offers->begun + strlen(lead);
    const char *equals = strchr(begun, '=');
    for (size_t i = 0; i < options->count; i++) {
        const struct vf_option *option = &options->items[i];
        char *word = vf_text_format("%s=", option->name);
        char *whole = word ? vf_text_format("%s%s", lead, word) : NULL;
        bool is_it = whole && equals && strncmp(begun, word, strlen(word)) == 0;
        if (whole && !equals)
            vf_offer(offers, lead, word, option->help);
        for (size_t c = 0; is_it && c < option->choices.count; c++)
            vf_offer(offers, whole, option->choices.items[c].name, option->choices.items[c].help);
        if (is_it && option->kind == &vf_kind_boolean) {
            vf_offer(offers, whole, "true", option->help);
            vf_offer(offers, whole, "false", "");
        }
        free(whole);
        free(word);
    }
}

/* Offers the nodes of a flow as "nodes.NAME.", or what can be said of the one that is named. */
static void offer_of_tree(const struct vf_offers *offers, const char *lead,
                          const struct vf_tree *root)
{
    static const char prefix[] = "nodes.";
    const struct vf_tree *nodes = vf_tree_find(root, "nodes");
    const char *begun = offers->begun + strlen(lead);
    for (size_t i = 0; nodes && i < nodes->count; i++) {
        const struct vf_tree *node = &nodes->children[i];
        const struct vf_tree *type = vf_tree_find(node, "type");
        const struct vf_node *known =
            type && type->text ? vf_node_find(&vf_all_nodes, type->text) : NULL;
        char *path = vf_text_format("%s%s.", prefix, node->key);
        char *whole = path ? vf_text_format("%s%s", lead, path) : NULL;
        bool is_it = whole && strncmp(begun, path, strlen(path)) == 0;
        if (whole && !is_it)
            vf_offer(offers, lead, path, known ? known->summary : "");
        if (is_it && known)
            offer_options(offers, whole, &known->options);
        if (is_it)
            offer_options(offers, whole, &vf_node_key_options);
        free(whole);
        free(path);
    }
}

/* Loads the plugins that a flow names. */
static void load_plugins(const char *path, struct vf_diagnostics *ignored, struct vf_tree *root)
{
    struct vf_flow *keeper;
    if (vf_flow_create(&keeper, path) < 0)
        return;
    struct vf_flow_files files = {
        .flow = keeper, .diagnostics = ignored, .first = path, .plug = vf_plugin_accept_of_flow};
    (void)!vf_flow_files_plug(&files, root);
    vf_flow_files_finish(&files);
    vf_flow_destroy(&keeper);
}

void vf_offer_settings(const struct vf_offers *offers, const char *lead, const char *flow)
{
    struct vf_diagnostics ignored = {0};
    struct vf_tree root = {0};
    char *bytes = NULL;
    size_t length;
    char *path = find_file(flow);
    vf_diagnostics_begin(&ignored, "flow");
    int err =
        path ? vf_flow_file_read(path, &ignored, (struct vf_place){0}, &bytes, &length) : VF_END;
    if (!err)
        err = vf_flow_file_parse(bytes, length, NULL, &ignored, &root);
    if (!err)
        load_plugins(path, &ignored, &root);
    if (!err)
        offer_of_tree(offers, lead, &root);
    offer_options(offers, lead,
                  &(struct vf_option_list){&vf_flow_key_options.items[VF_FLOW_MODE], 1});
    free(bytes);
    free(path);
    vf_tree_finish(&root);
    vf_diagnostics_finish(&ignored);
}

void vf_offer_chain(const struct vf_offers *offers, const char *lead)
{
    const char *chain = offers->begun + strlen(lead);
    const char *last = chain, *type = NULL;
    size_t type_length = 0;
    /* The type of the node is the first word after "!" or ";" that names none. */
    for (const char *at = chain; *at;) {
        size_t length = strcspn(at, " ;\n");
        bool is_mark = (length == 1 && *at == '!') || *at == ';';
        bool is_name = length && (at[length - 1] == ':' || at[length - 1] == '.');
        bool is_complete = at[length] != '\0';
        if (is_mark) {
            type = NULL;
        } else if (length && !type && !is_name && is_complete) {
            type = at;
            type_length = length;
        }
        if (!is_complete)
            break;
        at += length + 1;
        last = at;
    }
    char *before = strndup(offers->begun, (size_t)(last - offers->begun));
    char *name = type ? strndup(type, type_length) : NULL;
    const struct vf_node *node =
        name && vf_node_exists(&vf_all_nodes, name) ? vf_node_find(&vf_all_nodes, name) : NULL;
    if (before && node)
        offer_options(offers, before, &node->options);
    if (before && node)
        vf_offer(offers, before, "!", "The next node");
    if (before && !type)
        vf_offer_nodes(offers, before);
    free(before);
    free(name);
}
