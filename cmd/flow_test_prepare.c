/* SPDX-License-Identifier: MIT */
/* flow_test_prepare - the flow of a test: changed, with taps, and independent of where it runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/flow_arguments.h"
#include "cmd/flow_test.h"
#include "cmd/plugins.h"
#include "engine/flow/file/load.h"
#include "engine/flow/file/print.h"
#include "nodes/all_nodes.h"

/* Texts that a request lends. */
struct texts {
    char **items;
    size_t count;
};

static int add_text(struct texts *texts, char *text)
{
    char **items = text ? realloc(texts->items, (texts->count + 1) * sizeof(*items)) : NULL;
    if (!items) {
        free(text);
        return -ENOMEM;
    }
    texts->items = items;
    items[texts->count++] = text;
    return VF_OK;
}

static void finish_texts(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
}

/* Adds KEY=VALUE; what is no text, as YAML on one line. */
static int add_pair(struct texts *texts, const struct vf_tree *pair)
{
    if (pair->kind == VF_TREE_TEXT || pair->kind == VF_TREE_NOTHING)
        return add_text(texts, vf_text_format("%s=%s", pair->key, pair->text ? pair->text : ""));
    json_t *json = vf_flow_to_json(pair, false);
    char *yaml = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL;
    json_decref(json);
    int err = yaml ? add_text(texts, vf_text_format("%s=%s", pair->key, yaml)) : -ENOMEM;
    free(yaml);
    return err;
}

/* Adds what a mapping has, or a list of KEY=VALUE. */
static int add_all(struct texts *texts, const struct vf_tree *tree)
{
    int err = VF_OK;
    for (size_t i = 0; tree && i < tree->count && !err; i++) {
        const struct vf_tree *child = &tree->children[i];
        if (child->key)
            err = add_pair(texts, child);
        else if (child->kind == VF_TREE_TEXT)
            err = add_text(texts, strdup(child->text));
    }
    return err;
}

/* Adds a consumer that writes down what comes out of a port. */
static int add_tap(struct vf_tree *nodes, const char *name, const char *port, const char *file,
                   const char *const *options)
{
    struct vf_tree node = {.kind = VF_TREE_MAPPING, .key = strdup(name)};
    int err = node.key ? vf_tree_put(&node, "inputs", port) : -ENOMEM;
    if (!err)
        err = vf_tree_put(&node, "path", file);
    for (; *options && !err; options += 2)
        err = vf_tree_put(&node, options[0], options[1]);
    if (!err)
        err = vf_tree_append(nodes, &node);
    vf_tree_finish(&node);
    return err;
}

/* Returns whether a port is one of sound, decoded or in packets. */
static bool is_sound(const struct vf_tree *nodes, const char *port)
{
    size_t length = strcspn(port, ".");
    for (size_t i = 0; i < nodes->count; i++) {
        const struct vf_tree *node = &nodes->children[i], *name = vf_tree_find(node, "type");
        bool is_it = strlen(node->key) == length && strncmp(node->key, port, length) == 0;
        const struct vf_node *type = is_it && name && name->kind == VF_TREE_TEXT
                                         ? vf_node_find(&vf_all_nodes, name->text)
                                         : NULL;
        for (size_t j = 0; type && j < type->outputs.count; j++) {
            const struct vf_port *output = &type->outputs.items[j];
            if (port[length] ? strcmp(output->name, port + length + 1) == 0 : j == 0)
                return output->type == VF_PORT_AUDIO || strncmp(output->name, "audio", 5) == 0;
        }
    }
    return false;
}

/* Reads sound instead of pictures. */
static int take_sound(struct vf_tree *nodes)
{
    struct vf_tree *node = &nodes->children[nodes->count - 1];
    struct vf_tree *inputs = vf_tree_find(node, "inputs"), source = {0};
    int err = vf_tree_copy(&source, inputs);
    if (!err) {
        free(source.key);
        source.key = strdup("audio");
        free(inputs->text);
        inputs->text = NULL;
        inputs->kind = VF_TREE_MAPPING;
        err = source.key ? vf_tree_append(inputs, &source) : -ENOMEM;
    }
    vf_tree_finish(&source);
    return err ? err : vf_tree_put(node, "audio", "pcm_s16le");
}

/* Adds one for each port that values or frames are expected of; there the file is called as the
 * node. */
static int add_taps(struct vf_tree *nodes, const struct vf_tree *expect, const char *key)
{
    static const char *const values[] = {"type", "file_append", "format", "jsonl", NULL};
    static const char *const frames[] = {"type",     "video_writer", "format", "framemd5", "codec",
                                         "rawvideo", "fit",          "none",   NULL};
    static const char *const all[] = {"type",     "video_writer", "format", "md5", "codec",
                                      "rawvideo", "fit",          "none",   NULL};
    const struct vf_tree *ports = vf_tree_find(expect, key);
    bool are_values = strcmp(key, "values") == 0;
    int err = VF_OK;
    for (size_t i = 0; ports && i < ports->count && ports->children[i].key && !err; i++) {
        char *name = vf_flow_test_tap(key, i);
        char *sum = name ? vf_text_format("%s-sum", name) : NULL;
        err = name && sum
                  ? add_tap(nodes, name, ports->children[i].key, name, are_values ? values : frames)
                  : -ENOMEM;
        bool has_sound = !are_values && is_sound(nodes, ports->children[i].key);
        if (!err && has_sound)
            err = take_sound(nodes);
        if (!err && !are_values)
            err = add_tap(nodes, sum, ports->children[i].key, sum, all);
        if (!err && has_sound)
            err = take_sound(nodes);
        free(name);
        free(sum);
    }
    return err;
}

static bool is_relative(const char *path)
{
    return *path && *path != '/' && strcmp(path, "-") != 0 && !strstr(path, "://");
}

/* Makes a path start from the folder of the flow, whose real name is `folder`. */
static int anchor(struct vf_tree *value, const char *folder)
{
    if (value->kind != VF_TREE_TEXT || !is_relative(value->text))
        return VF_OK;
    char *path = vf_text_format("%s/%s", folder, value->text);
    int err = path ? vf_tree_set_text(value, path) : -ENOMEM;
    free(path);
    return err;
}

/* Makes what nodes read independent of the folder that they run in. */
static int anchor_inputs(struct vf_tree *nodes, const char *folder)
{
    int err = VF_OK;
    for (size_t i = 0; nodes && i < nodes->count && !err; i++) {
        struct vf_tree *node = &nodes->children[i];
        const struct vf_tree *name = vf_tree_find(node, "type");
        const struct vf_node *type =
            name && name->kind == VF_TREE_TEXT ? vf_node_find(&vf_all_nodes, name->text) : NULL;
        for (size_t j = 0; type && j < type->options.count && !err; j++) {
            enum vf_option_role role = type->options.items[j].kind->role;
            struct vf_tree *value = vf_tree_find(node, type->options.items[j].name);
            bool is_input = role == VF_ROLE_INPUT_FILE || role == VF_ROLE_INPUT_FILES ||
                            role == VF_ROLE_INPUT_FOLDER;
            if (value && is_input)
                err = anchor(value, folder);
        }
    }
    return err;
}

/* Returns the real name of the folder of a file, the caller's; NULL: there is none. */
static char *folder_of(const char *file)
{
    char *real = realpath(file, NULL);
    char *slash = real ? strrchr(real, '/') : NULL;
    if (slash)
        slash[slash == real] = '\0';
    return real;
}

static int write_flow(const struct vf_tree *root, const char *folder)
{
    char *path = vf_text_format("%s/flow.yaml", folder);
    FILE *stream = path ? fopen(path, "we") : NULL;
    free(path);
    if (!stream)
        return errno ? -errno : -ENOMEM;
    int err = vf_flow_print_yaml(stream, root, true);
    return fclose(stream) == 0 || err ? err : -EIO;
}

/* Finishes the tree of the flow as the test wants it. */
static int complete(const struct vf_flow_test *test, struct vf_tree *root)
{
    const struct vf_tree *expect = vf_tree_find(test->tree, "expect");
    const struct vf_tree *mode = vf_tree_find(test->tree, "mode");
    char *folder = folder_of(test->file);
    int err = folder ? VF_OK : -ENOENT;
    vf_tree_drop(root, "vars");
    vf_tree_drop(root, "tests");
    vf_tree_drop(root, "inputs"); /* they are connected */
    vf_tree_drop(root, "outputs");
    if (!err && mode && mode->kind == VF_TREE_TEXT) {
        vf_tree_drop(root, "mode");
        err = vf_tree_put(root, "mode", mode->text);
    }
    struct vf_tree *nodes = vf_tree_find(root, "nodes");
    if (!err)
        err = anchor_inputs(nodes, folder);
    if (!err && nodes && nodes->kind == VF_TREE_MAPPING)
        err = add_taps(nodes, expect, "values");
    if (!err && nodes && nodes->kind == VF_TREE_MAPPING)
        err = add_taps(nodes, expect, "frames");
    free(folder);
    return err;
}

static int print_refusal(const struct vf_diagnostics *diagnostics, struct vf_text *log)
{
    char *bytes = NULL;
    size_t size;
    FILE *stream = open_memstream(&bytes, &size);
    if (!stream)
        return -ENOMEM;
    vf_diagnostics_print(diagnostics, stream);
    int err = fclose(stream) == 0 && bytes ? VF_OK : -ENOMEM;
    if (!err)
        vf_text_print(log, "%s", bytes);
    free(bytes);
    return err;
}

int vf_flow_test_prepare(const struct vf_flow_test *test, const char *folder, struct vf_text *log)
{
    struct texts variables = {0}, settings = {0};
    struct vf_diagnostics diagnostics = {0};
    struct vf_tree root = {0};
    struct vf_flow *keeper = NULL;
    int err = add_all(&variables, vf_tree_find(test->tree, "vars"));
    if (!err)
        err = add_all(&settings, vf_tree_find(test->tree, "set"));
    size_t plugin_count;
    const char *const *plugins = vf_plugins_of_flags(&plugin_count);
    const struct vf_flow_request request = {
        .file = test->file,
        .variables = (const char *const *)variables.items,
        .variable_count = variables.count,
        .settings = (const char *const *)settings.items,
        .setting_count = settings.count,
        .plugins = plugins,
        .plugin_count = plugin_count,
        .plug = vf_plugin_load,
        .replacements = vf_tree_find(test->tree, "replace"),
        .inputs = vf_tree_find(test->tree, "inputs"),
    };
    if (!err)
        err = vf_flow_load_tree(&request, VF_FLOW_EXPANDED, &diagnostics, &keeper, &root);
    int status = err == -EINVAL ? (int)vf_flow_arguments_status(&diagnostics, err) : err;
    if (err == -EINVAL && print_refusal(&diagnostics, log) != VF_OK)
        status = -ENOMEM;
    if (!err)
        err = status = complete(test, &root);
    if (!err)
        status = write_flow(&root, folder);
    vf_tree_finish(&root);
    vf_flow_destroy(&keeper);
    vf_diagnostics_finish(&diagnostics);
    finish_texts(&variables);
    finish_texts(&settings);
    return status;
}
