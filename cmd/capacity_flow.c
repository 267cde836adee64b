/* SPDX-License-Identifier: MIT */
#include "cmd/capacity_flow.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/flow/file/print.h"
#include "nodes/all_nodes.h"

#define SEGMENTS "hls_segment_filename" /* an option of libav that names files, too */

/* How a producer is made to go on, to hurry, or to keep to a rate. */
struct source_kind {
    const char *type;
    const char *path;   /* option that names what it reads; NULL: it reads nothing */
    const char *frames; /* how many it sends */
    const char *first;  /* from which it counts, where `frames` is the last; NULL: it is a number */
    const char *loop;   /* set to -1; NULL: it has no end of its own */
    const char *pace;   /* switch for the speed of the clock; NULL: the rate does it alone */
    const char *rate;
    const char *other_rate; /* that `rate` takes the place of; NULL: there is none */
};

static const struct source_kind source_kinds[] = {
    {"video_reader", "path", "frames", NULL, "loop", "pace", "pace_fps", NULL},
    {"folder_reader", "path", "frames", NULL, "loop", "pace", "pace_fps", NULL},
    {"image_reader", "path", "frames", NULL, "loop", "pace", "fps", NULL},
    {"test_source", NULL, "frames", NULL, NULL, "live", "rate", NULL},
    {"int_source", NULL, "end", "start", NULL, NULL, "fps", "wait"},
};

static const char *text_of(const struct vf_tree *mapping, const char *key)
{
    const struct vf_tree *child = key ? vf_tree_find(mapping, key) : NULL;
    return child && child->kind == VF_TREE_TEXT ? child->text : NULL;
}

static const struct vf_node *type_of(const struct vf_tree *node)
{
    const char *name = text_of(node, "type");
    return name ? vf_node_find(&vf_all_nodes, name) : NULL;
}

static const struct source_kind *kind_of(const struct vf_tree *node)
{
    const char *name = text_of(node, "type");
    for (size_t i = 0; i < VF_COUNT(source_kinds) && name; i++) {
        if (strcmp(source_kinds[i].type, name) == 0)
            return &source_kinds[i];
    }
    return NULL;
}

static bool is_producer(const struct vf_tree *node)
{
    const struct vf_node *type = type_of(node);
    return type && type->kind == VF_PRODUCER;
}

static bool is_output(const struct vf_option *option)
{
    enum vf_option_role role = option->kind->role;
    return role == VF_ROLE_OUTPUT_FILE || role == VF_ROLE_SHARED_FILE ||
           role == VF_ROLE_OUTPUT_FILES;
}

/* Returns whether a path is the address of a stream. */
static bool is_address(const char *path)
{
    return strstr(path, "://") && strncmp(path, "file:", 5) != 0;
}

/* Returns whether a path is that of something which is read once, as it comes. */
static bool is_live_path(const char *path)
{
    struct stat status;
    if (is_address(path) || strcmp(path, "-") == 0)
        return true;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static bool refuse_live(const struct vf_tree *node)
{
    const struct source_kind *kind = kind_of(node);
    const char *path = kind ? text_of(node, kind->path) : NULL;
    if (kind && !(path && is_live_path(path)))
        return false;
    vf_log(VF_LOG_ERROR,
           "%s: a live source has a rate of its own, so nothing can be measured with it; give a "
           "recording in its place: --source %s=FILE",
           node->key, node->key);
    return true;
}

/* Returns whether the node gives what it gets to other programs or machines: of a consumer that is so
 * unless it only writes files or lines, or does nothing. */
static bool is_sender(const struct vf_tree *node, const struct vf_node *type)
{
    bool has_endpoint = false, has_files = false;
    for (size_t i = 0; i < type->options.count; i++) {
        const struct vf_option *option = &type->options.items[i];
        const char *path = is_output(option) ? text_of(node, option->name) : NULL;
        has_files = has_files || is_output(option);
        has_endpoint = has_endpoint || option->kind->role == VF_ROLE_ENDPOINT;
        if (path && is_address(path))
            return true;
    }
    bool is_silent = has_files || type->prints || !type->options.count;
    return has_endpoint || (type->kind == VF_CONSUMER && !is_silent);
}

static bool refuse_sender(const struct vf_tree *node)
{
    const struct vf_node *type = type_of(node);
    if (!type || !is_sender(node, type))
        return false;
    vf_log(VF_LOG_ERROR,
           "%s: it sends to another program or machine, once for each stream that is tried; --send "
           "allows that",
           node->key);
    return true;
}

static enum vf_exit_status refuse(const struct vf_tree *nodes, bool may_send)
{
    bool has_producer = false, is_refused = false;
    for (size_t i = 0; i < nodes->count; i++) {
        const struct vf_tree *node = &nodes->children[i];
        has_producer = has_producer || is_producer(node);
        is_refused |= is_producer(node) ? refuse_live(node) : !may_send && refuse_sender(node);
    }
    return is_refused || !has_producer ? VF_EXIT_INVALID_FLOW : VF_EXIT_OK;
}

/* Makes a source a reader of a file. What it was asked of its own file holds for this one. */
static int read_instead(struct vf_tree *node, const char *file)
{
    static const char *const of_live[] = {"format", "options", "reconnect", "timeout"};
    const struct vf_node *type = type_of(node);
    bool is_reader = type && strcmp(type->name, "video_reader") == 0;
    for (size_t i = 0; type && !is_reader && i < type->options.count; i++)
        vf_tree_drop(node, type->options.items[i].name);
    for (size_t i = 0; i < VF_COUNT(of_live); i++)
        vf_tree_drop(node, of_live[i]);
    int err = vf_tree_put(node, "type", "video_reader");
    return err ? err : vf_tree_put(node, "path", file);
}

static enum vf_exit_status replace_source(struct vf_tree *nodes, const char *word)
{
    const char *file = strchr(word, '=');
    char *name = file ? strndup(word, (size_t)(file - word)) : NULL;
    struct vf_tree *node = name ? vf_tree_find(nodes, name) : NULL;
    enum vf_exit_status status = VF_EXIT_USAGE;
    struct stat found;
    if (!file)
        vf_log(VF_LOG_ERROR, "--source needs NODE=FILE, not \"%s\"", word);
    else if (!node || !is_producer(node))
        vf_log(VF_LOG_ERROR, "--source: the flow has no source \"%s\"", name ? name : word);
    else if (stat(file + 1, &found) != 0)
        vf_log(VF_LOG_ERROR, "--source: %s: %s", file + 1, strerror(errno));
    else
        status = read_instead(node, file + 1) == VF_OK ? VF_EXIT_OK : VF_EXIT_INTERNAL;
    free(name);
    return status;
}

/* Loads the tree alone: the flow has been checked. */
static enum vf_exit_status load_tree(struct vf_capacity_flow *flow,
                                     const struct vf_capacity_request *request)
{
    struct vf_diagnostics diagnostics = {0};
    int err = vf_flow_arguments_load_tree(request->arguments, request->file, VF_FLOW_EXPANDED,
                                          &diagnostics, &flow->keeper, &flow->root);
    if (err)
        vf_flow_arguments_print(request->arguments, request->file, &diagnostics);
    enum vf_exit_status status = vf_flow_arguments_status(&diagnostics, err);
    vf_diagnostics_finish(&diagnostics);
    return status;
}

enum vf_exit_status vf_capacity_flow_open(struct vf_capacity_flow *flow,
                                          const struct vf_capacity_request *request)
{
    static const char *const unneeded[] = {"vars", "tests", "inputs", "outputs", "mode"};
    struct vf_flow *checked = NULL;
    enum vf_exit_status status =
        vf_flow_arguments_open(request->arguments, request->file, &checked);
    vf_flow_destroy(&checked);
    if (status == VF_EXIT_OK)
        status = load_tree(flow, request);
    struct vf_tree *nodes = vf_tree_find(&flow->root, "nodes");
    if (status == VF_EXIT_OK && (!nodes || nodes->kind != VF_TREE_MAPPING))
        status = VF_EXIT_INVALID_FLOW;
    for (size_t i = 0; status == VF_EXIT_OK && i < request->sources->count; i++)
        status = replace_source(nodes, request->sources->items[i]);
    if (status == VF_EXIT_OK)
        status = refuse(nodes, request->may_send);
    for (size_t i = 0; i < VF_COUNT(unneeded); i++)
        vf_tree_drop(&flow->root, unneeded[i]);
    return status;
}

static const struct vf_tree *find_node(const struct vf_capacity_flow *flow, const char *name)
{
    return vf_tree_find(vf_tree_find(&flow->root, "nodes"), name);
}

static double every_of(const struct vf_tree *node)
{
    const char *text = text_of(node, "every");
    double every = text ? strtod(text, NULL) : 1;
    return every > 1 ? every : 1;
}

double vf_capacity_flow_every(const struct vf_capacity_flow *flow, const char *source)
{
    return every_of(find_node(flow, source));
}

static uint64_t frames_of(const struct vf_tree *node, const struct vf_capacity_pace *pace)
{
    double frames = ceil(pace->fps / every_of(node) * pace->seconds);
    return frames > 2 ? (uint64_t)frames : 2;
}

uint64_t vf_capacity_flow_frames(const struct vf_capacity_flow *flow, const char *source,
                                 const struct vf_capacity_pace *pace)
{
    return frames_of(find_node(flow, source), pace);
}

static int put_number(struct vf_tree *node, const char *key, double number)
{
    char text[40];
    snprintf(text, sizeof(text), "%.10g", number);
    return vf_tree_put(node, key, text);
}

/* Says how many frames a source sends: all there are, or those of the time. */
static int limit_source(struct vf_tree *node, const struct source_kind *kind,
                        const struct vf_capacity_pace *pace)
{
    const char *first = text_of(node, kind->first);
    if (!pace->fps) {
        vf_tree_drop(node, kind->frames);
        return VF_OK;
    }
    char text[40];
    long long last = (first ? strtoll(first, NULL, 10) : 0) + (kind->first ? -1 : 0);
    snprintf(text, sizeof(text), "%lld", last + (long long)frames_of(node, pace));
    return vf_tree_put(node, kind->frames, text);
}

static int prepare_source(struct vf_tree *node, const struct vf_capacity_pace *pace)
{
    const struct source_kind *kind = kind_of(node);
    int err = limit_source(node, kind, pace);
    vf_tree_drop(node, "restart"); /* when it has sent all, it is over */
    if (!err && kind->loop)
        err = vf_tree_put(node, kind->loop, "-1");
    if (!err && kind->pace)
        err = vf_tree_put(node, kind->pace, pace->fps ? "true" : "false");
    if (kind->other_rate) {
        vf_tree_drop(node, kind->other_rate);
        vf_tree_drop(node, kind->rate);
    }
    if (!err && pace->fps)
        err = put_number(node, kind->rate, pace->fps / every_of(node));
    return err;
}

/* Returns what is kept of the path of an output: the name of the file, or, of a pattern, also the
 * folders that have fields. */
static const char *tail_of(const char *path)
{
    const char *field = strchr(path, '{');
    const char *tail = path;
    for (const char *slash = path; (slash = strchr(slash, '/')) && (!field || slash < field);)
        tail = ++slash;
    return tail;
}

/* Puts an output below `folder`. */
static int move_output(struct vf_tree *value, const char *folder)
{
    if (value->kind != VF_TREE_TEXT || !*value->text || strcmp(value->text, "-") == 0 ||
        is_address(value->text))
        return VF_OK;
    const char *tail = tail_of(value->text);
    char *path = vf_text_format("%s/%s", folder, *tail ? tail : "out");
    int err = path ? vf_tree_set_text(value, path) : -ENOMEM;
    free(path);
    return err;
}

static int move_outputs(struct vf_tree *node, const char *folder)
{
    const struct vf_node *type = type_of(node);
    struct vf_tree *segments = vf_tree_find(vf_tree_find(node, "options"), SEGMENTS);
    int err = segments ? move_output(segments, folder) : VF_OK;
    for (size_t i = 0; type && i < type->options.count && !err; i++) {
        struct vf_tree *value = is_output(&type->options.items[i])
                                    ? vf_tree_find(node, type->options.items[i].name)
                                    : NULL;
        err = value ? move_output(value, folder) : VF_OK;
    }
    return err;
}

/* Gives a node that writes files a folder for them. */
static int prepare_outputs(struct vf_tree *node, size_t number, const char *folder)
{
    char *own = vf_text_format("%s/%zu", folder, number);
    int err = own ? VF_OK : -ENOMEM;
    if (!err && mkdir(own, 0700) != 0)
        err = -errno;
    if (!err)
        err = move_outputs(node, own);
    free(own);
    return err;
}

static int write_tree(const struct vf_tree *root, const char *folder)
{
    char *path = vf_text_format("%s/flow.yaml", folder);
    FILE *stream = path ? fopen(path, "we") : NULL;
    int err = path ? (stream ? VF_OK : -errno) : -ENOMEM;
    free(path);
    if (err)
        return err;
    err = vf_flow_print_yaml(stream, root, true);
    return fclose(stream) == 0 || err ? err : -EIO;
}

int vf_capacity_flow_write(const struct vf_capacity_flow *flow, const char *folder,
                           const struct vf_capacity_pace *pace)
{
    struct vf_tree root;
    int err = vf_tree_copy(&root, &flow->root);
    if (err)
        return err;
    err = vf_tree_put(&root, "mode", pace->fps ? "realtime" : "batch");
    struct vf_tree *nodes = vf_tree_find(&root, "nodes");
    for (size_t i = 0; i < nodes->count && !err; i++) {
        struct vf_tree *node = &nodes->children[i];
        err = is_producer(node) ? prepare_source(node, pace) : prepare_outputs(node, i, folder);
    }
    if (!err)
        err = write_tree(&root, folder);
    vf_tree_finish(&root);
    return err;
}

void vf_capacity_flow_finish(struct vf_capacity_flow *flow)
{
    vf_tree_finish(&flow->root);
    vf_flow_destroy(&flow->keeper);
}
