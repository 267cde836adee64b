/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/endpoints.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/host.h"

#define MAX_NAME 4096

struct checker {
    const struct vf_flow *flow;
    const struct vf_wiring *wiring;
    void *const *values;
    struct vf_diagnostics *diagnostics;
};

/* Returns what follows the scheme, "tcp://" or "ipc://", in an endpoint of that kind; NULL: it is of
 * another. */
static const char *skip_scheme(const char *endpoint, const char *scheme)
{
    size_t length = strlen(scheme);
    return strncmp(endpoint, scheme, length) == 0 ? endpoint + length : NULL;
}

/* Copies a text up to the last `byte`, "" where there is none. Returns what is after that. */
static const char *cut(const char *text, char byte, char *before, size_t size)
{
    const char *at = strrchr(text, byte);
    snprintf(before, size, "%.*s", at ? (int)(at - text) : 0, text);
    return at ? at + 1 : text;
}

/* Copies the folder of a path. Returns the name in it. */
static const char *cut_folder(const char *path, char *folder, size_t size)
{
    const char *name = cut(path, '/', folder, size);
    if (!*folder)
        snprintf(folder, size, "%s", name == path ? "." : "/");
    return name;
}

/* Sockets to other programs have no keys: only those of this machine reach them unless more is
 * asked for. */
static void check_reach(struct checker *checker, size_t node, const struct vf_option *option,
                        const char *endpoint)
{
    char host[MAX_NAME];
    const char *place = skip_scheme(endpoint, "tcp://");
    if (!place || checker->flow->may_be_insecure)
        return;
    cut(place, ':', host, sizeof(host));
    if (vf_host_is_loopback(host))
        return;
    const struct vf_flow_node *described = &checker->flow->nodes[node];
    vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "insecure", described->place,
                       "%s of %s, \"%s\", is not only for this machine, and nothing guards "
                       "what goes through it; write 127.0.0.1, or give --insecure if you mean it",
                       option->name, described->name, endpoint);
}

/* Returns whether two sockets cannot both listen there. A port * is one that is free. */
static bool is_same_port(const char *one, const char *other)
{
    char host[MAX_NAME], other_host[MAX_NAME];
    const char *port = cut(one, ':', host, sizeof(host));
    const char *other_port = cut(other, ':', other_host, sizeof(other_host));
    return strcmp(port, "*") != 0 && strcmp(port, other_port) == 0 &&
           vf_host_overlaps(host, other_host);
}

static bool is_same_file(const char *one, const char *other)
{
    char folder[MAX_NAME], other_folder[MAX_NAME];
    struct stat status, other_status;
    const char *name = cut_folder(one, folder, sizeof(folder));
    const char *other_name = cut_folder(other, other_folder, sizeof(other_folder));
    if (strcmp(name, other_name) != 0)
        return false;
    if (strcmp(folder, other_folder) == 0)
        return true;
    return stat(folder, &status) == 0 && stat(other_folder, &other_status) == 0 &&
           status.st_dev == other_status.st_dev && status.st_ino == other_status.st_ino;
}

static bool is_same_endpoint(const char *one, const char *other)
{
    const char *port = skip_scheme(one, "tcp://"), *other_port = skip_scheme(other, "tcp://");
    const char *file = skip_scheme(one, "ipc://"), *other_file = skip_scheme(other, "ipc://");
    return (port && other_port && is_same_port(port, other_port)) ||
           (file && other_file && is_same_file(file, other_file));
}

/* Returns where a node listens; NULL: nowhere, or its options have mistakes. */
static const char *find_listener(const struct checker *checker, size_t node)
{
    const struct vf_node *type = checker->wiring->types[node];
    bool is_known = type && type->listens && checker->values[node];
    return is_known ? type->listens(checker->values[node]) : NULL;
}

/* Looks whether a node before this one listens at its endpoint. */
static void check_alone(struct checker *checker, size_t node, const struct vf_option *option,
                        const char *endpoint)
{
    const struct vf_flow_node *described = &checker->flow->nodes[node];
    const struct vf_flow_option *given = vf_flow_find_option(described, option->name);
    if (find_listener(checker, node) != endpoint)
        return;
    for (size_t i = 0; i < node; i++) {
        const char *other = find_listener(checker, i);
        if (!other || !is_same_endpoint(endpoint, other))
            continue;
        vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "same-endpoint",
                           given ? given->value_place : described->place,
                           "%s would listen at \"%s\", as %s does, and only one node can; give it "
                           "another %s, or mode: connect",
                           described->name, endpoint, checker->flow->nodes[i].name, option->name);
        return;
    }
}

void vf_flow_check_endpoints(const struct vf_flow *flow, const struct vf_wiring *wiring,
                             void *const *values, struct vf_diagnostics *diagnostics)
{
    struct checker checker = {flow, wiring, values, diagnostics};
    for (size_t node = 0; node < flow->node_count; node++) {
        const struct vf_node *type = wiring->types[node];
        for (size_t i = 0; type && values[node] && i < type->options.count; i++) {
            const struct vf_option *option = &type->options.items[i];
            const char *endpoint = option->kind->role == VF_ROLE_ENDPOINT
                                       ? vf_option_path(option, values[node])
                                       : NULL;
            if (!endpoint)
                continue;
            check_reach(&checker, node, option, endpoint);
            check_alone(&checker, node, option, endpoint);
        }
    }
}
