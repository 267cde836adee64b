/* SPDX-License-Identifier: MIT */
#include "cmd/untrusted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/plugins.h"
#include "engine/base/display.h"
#include "engine/base/file_place.h"
#include "engine/base/text.h"
#include "engine/flow/graph/options.h"
#include "engine/flow/graph/wiring.h"
#include "engine/node/reach.h"
#include "nodes/all_nodes.h"

/* One node, while what it does is listed. */
struct listing {
    json_t *deeds;
    const char *node, *option; /* NULL: it is the flow itself; it is no option */
    const struct vf_node *type;
    bool failed;
};

static void add(struct listing *listing, const char *does, const char *name, bool is_unsafe)
{
    char *shown = vf_display_utf8(name);
    if (shown)
        vf_display_clean(shown);
    json_t *deed =
        shown ? json_pack("{ss ss so so sb}", "does", does, "name", shown, "node",
                          listing->node ? json_string(listing->node) : json_null(), "option",
                          listing->option ? json_string(listing->option) : json_null(),
                          "needs_allow_unsafe", is_unsafe)
              : NULL;
    if (!deed || json_array_append_new(listing->deeds, deed) != 0)
        listing->failed = true;
    free(shown);
}

/* What a node says beside its options. Of one that has `unsafe`, all but reading needs that. */
static void add_reach(void *context, enum vf_reach_kind kind, const char *what)
{
    static const char *const verbs[VF_REACH_COUNT] = {
        [VF_REACH_READ] = "reads",
        [VF_REACH_READ_BELOW] = "reads files below",
        [VF_REACH_WRITE] = "writes",
        [VF_REACH_WRITE_BELOW] = "writes files below",
        [VF_REACH_CONNECT] = "connects to",
        [VF_REACH_LISTEN] = "listens on",
        [VF_REACH_RUN] = "runs",
        [VF_REACH_LOAD] = "loads code from",
        [VF_REACH_DEVICE] = "opens device",
        [VF_REACH_GPU] = "uses a GPU for",
        [VF_REACH_FONTS] = "reads fonts",
    };
    struct listing *listing = context;
    bool is_reading = kind == VF_REACH_READ || kind == VF_REACH_READ_BELOW ||
                      kind == VF_REACH_FONTS || kind == VF_REACH_GPU;
    bool is_unsafe = !is_reading && vf_option_find(&listing->type->options, "unsafe");
    add(listing, verbs[kind], what, is_unsafe);
}

static bool is_number_set(const struct vf_node *type, const void *values, const char *name)
{
    const struct vf_option *option = vf_option_find(&type->options, name);
    const char *field = option ? (const char *)values + option->offset : NULL;
    if (!field)
        return false;
    return option->kind == &vf_kind_integer ? *(const int *)(const void *)field != 0
                                            : *(const int64_t *)(const void *)field != 0;
}

/* Returns whether files that fit the name of an output are removed: those of earlier runs, too. */
static bool does_remove(const struct vf_node *type, const void *values)
{
    return is_number_set(type, values, "keep") || is_number_set(type, values, "keep_for") ||
           is_number_set(type, values, "keep_size") || is_number_set(type, values, "min_free");
}

static void add_input(struct listing *listing, const char *path, bool is_folder)
{
    size_t scheme = vf_file_place_scheme(path);
    bool is_file = !scheme || strncmp(path, "file:", strlen("file:")) == 0;
    if (strcmp(path, "-") == 0)
        add(listing, "reads", "standard input", false);
    else if (!is_file)
        add(listing, "connects to", path, false);
    else
        add(listing, is_folder ? "reads files below" : "reads", path, false);
}

static void add_output(struct listing *listing, const char *path)
{
    size_t scheme = vf_file_place_scheme(path);
    bool is_address = scheme && strncmp(path + scheme, "://", 3) == 0;
    if (strcmp(path, "-") == 0)
        add(listing, "writes", "standard output", false);
    else
        add(listing, is_address ? "connects to" : "writes", path, false);
}

static void add_option(struct listing *listing, const struct vf_option *option, const void *values)
{
    const char *text = option->kind->role == VF_ROLE_NONE ? NULL : vf_option_path(option, values);
    const struct vf_node *type = listing->type;
    if (!text || !*text)
        return;
    listing->option = option->name;
    switch (option->kind->role) {
    case VF_ROLE_INPUT_FILE:
    case VF_ROLE_INPUT_FILES:
        add_input(listing, text, false);
        break;
    case VF_ROLE_INPUT_FOLDER:
        add_input(listing, text, true);
        break;
    case VF_ROLE_OUTPUT_FILES:
    case VF_ROLE_OUTPUT_FILE:
        if (does_remove(type, values))
            add(listing, "removes files named", text, false);
        add_output(listing, text);
        break;
    case VF_ROLE_SHARED_FILE:
        add_output(listing, text);
        break;
    case VF_ROLE_ENDPOINT:
        add(listing, type->listens && type->listens(values) ? "listens on" : "connects to", text,
            false);
        break;
    default:
        break;
    }
    listing->option = NULL;
}

/* Of most options of libav's nobody knows whether they name something. */
static void add_map(struct listing *listing, const struct vf_option *option, const void *values)
{
    const struct vf_map *map = (const void *)((const char *)values + option->offset);
    listing->option = option->name;
    for (size_t i = 0; i < map->count; i++) {
        char *setting = vf_text_format("%s=%s", map->items[i].key, map->items[i].text);
        add(listing, "gives libav the option", setting ? setting : map->items[i].key, false);
        free(setting);
    }
    listing->option = NULL;
}

/* Options that name code, of whichever node. */
static void add_code(struct listing *listing, const void *values)
{
    static const struct {
        const char *option, *does, *what; /* NULL: the value */
    } codes[] = {
        {"call", "runs Python code", NULL},
        {"code", "runs Python code", "in the flow"},
        {"runtime", "loads code from", NULL},
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        const struct vf_option *option = vf_option_find(&listing->type->options, codes[i].option);
        bool is_text = option && option->kind == &vf_kind_text;
        const char *value =
            is_text ? *(char *const *)(const void *)((const char *)values + option->offset) : NULL;
        listing->option = codes[i].option;
        if (value && *value)
            add(listing, codes[i].does, codes[i].what ? codes[i].what : value, false);
    }
    listing->option = NULL;
}

static void add_node(struct listing *listing, const void *values)
{
    const struct vf_node *type = listing->type;
    const struct vf_reach reach = {add_reach, listing};
    for (size_t i = 0; i < type->options.count; i++)
        add_option(listing, &type->options.items[i], values);
    const struct vf_option *map = vf_option_find(&type->options, "options");
    if (map && map->kind == &vf_kind_map)
        add_map(listing, map, values);
    add_code(listing, values);
    if (type->reach)
        type->reach(values, &reach);
    if (vf_plugin_of_node(type))
        add(listing, "runs code of the plugin", vf_plugin_of_node(type), false);
}

/* What is of the flow as a whole. */
static void add_flow(struct listing *listing, const struct vf_flow *flow)
{
    for (size_t i = 0; i < flow->part_count; i++)
        add(listing, "includes", flow->parts[i], false);
    for (size_t i = 0; i < flow->source_count; i++)
        add(listing,
            flow->sources[i].kind == VF_FLOW_SOURCE_PLUGIN ? "loads code from"
                                                           : "reads the variable",
            flow->sources[i].name, false);
    if (flow->http)
        add(listing, "shows the run to browsers at", flow->http, false);
    if (flow->transport.kind == VF_TRANSPORT_TCP && !flow->host_count) {
        char *address =
            vf_text_format("tcp://%s, from port %u on", flow->transport.host, flow->transport.base);
        add(listing, "listens on", address ? address : "tcp", false);
        free(address);
    }
    for (unsigned i = 0; i < flow->host_count; i++) {
        char *address = vf_text_format("tcp://%s, from port %u on", flow->hosts[i].address,
                                       flow->hosts[i].base);
        add(listing, "connects to or listens on", address ? address : "tcp", false);
        free(address);
    }
}

static const char *text_of(const json_t *deed, const char *key)
{
    const char *text = json_string_value(json_object_get(deed, key));
    return text ? text : "";
}

static int compare(const void *one, const void *other)
{
    static const char *const keys[] = {"does", "name", "node", "option"};
    const json_t *const *a = one, *const *b = other;
    int order = 0;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !order; i++)
        order = strcmp(text_of(*a, keys[i]), text_of(*b, keys[i]));
    return order;
}

/* Sorts, and leaves each thing once. */
static json_t *sort(const json_t *deeds)
{
    size_t count = json_array_size(deeds);
    json_t *sorted = json_array(), **items = calloc(count + 1, sizeof(*items));
    for (size_t i = 0; items && i < count; i++)
        items[i] = json_array_get(deeds, i);
    if (items && count)
        qsort(items, count, sizeof(*items), compare);
    for (size_t i = 0; items && sorted && i < count; i++) {
        if (i && json_equal(items[i], items[i - 1]))
            continue;
        if (json_array_append(sorted, items[i]) != 0) {
            json_decref(sorted);
            sorted = NULL;
        }
    }
    if (!items) {
        json_decref(sorted);
        sorted = NULL;
    }
    free(items);
    return sorted;
}

static int list_nodes(struct listing *listing, const struct vf_flow *flow)
{
    struct vf_diagnostics known = {0}; /* what is wrong has been reported by the check */
    struct vf_wiring *wiring;
    vf_diagnostics_begin(&known, flow->file);
    int err = vf_wiring_create(&wiring, flow, &vf_all_nodes, &known);
    for (size_t i = 0; i < flow->node_count && !err; i++) {
        void *values = NULL;
        listing->node = flow->nodes[i].name;
        listing->type = wiring->types[i];
        if (!listing->type) {
            add(listing, "does whatever the code of a plugin does", flow->nodes[i].type, false);
            continue;
        }
        err = vf_flow_options_create(&values, &flow->nodes[i], listing->type, &known);
        if (!err)
            add_node(listing, values);
        vf_flow_options_destroy(&values, listing->type);
        err = err == -EINVAL ? VF_OK : err;
    }
    if (wiring)
        vf_wiring_destroy(&wiring);
    vf_diagnostics_finish(&known);
    return err;
}

int vf_untrusted_list(const struct vf_flow *flow, json_t **deeds)
{
    struct listing listing = {.deeds = json_array()};
    if (!listing.deeds)
        return -ENOMEM;
    add_flow(&listing, flow);
    int err = list_nodes(&listing, flow);
    *deeds = err || listing.failed ? NULL : sort(listing.deeds);
    json_decref(listing.deeds);
    return err ? err : *deeds ? VF_OK : -ENOMEM;
}

void vf_untrusted_print(const json_t *deeds)
{
    size_t i;
    const json_t *deed;
    json_array_foreach(deeds, i, deed)
    {
        const char *node = text_of(deed, "node"), *option = text_of(deed, "option");
        bool is_unsafe = json_is_true(json_object_get(deed, "needs_allow_unsafe"));
        printf("%s %s", text_of(deed, "does"), text_of(deed, "name"));
        if (*node)
            printf(" (%s%s%s%s)", node, *option ? ": " : "", option,
                   is_unsafe ? "; only with --allow-unsafe" : "");
        putchar('\n');
    }
}
