/* SPDX-License-Identifier: MIT */
#include "engine/node/reach.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "engine/base/file_place.h"

static const char *const words[VF_REACH_COUNT] = {
    [VF_REACH_READ] = "read",       [VF_REACH_READ_BELOW] = "read below",
    [VF_REACH_WRITE] = "write",     [VF_REACH_WRITE_BELOW] = "write below",
    [VF_REACH_CONNECT] = "connect", [VF_REACH_LISTEN] = "listen",
    [VF_REACH_RUN] = "run",         [VF_REACH_LOAD] = "load",
    [VF_REACH_DEVICE] = "device",   [VF_REACH_GPU] = "gpu",
    [VF_REACH_FONTS] = "fonts",
};

/* Files that name others, which stand beside them. */
static const char *const lists[] = {".m3u8", ".m3u", ".mpd", ".ffconcat", ".concat",
                                    ".idx",  ".sub", ".ism", ".cue",      ".xml"};

/* Protocols that wait for what comes to an address of this machine, or have to take one. */
static const char *const binding[] = {"udp", "udplite", "rtp",  "srtp", "rtsp",
                                      "srt", "rist",    "sctp", "sap"};

/* Protocols around another: what follows is its path, or its address. */
static const char *const wrapping[] = {"async", "cache", "crypto", "hls", "subfile"};

const char *vf_reach_word(enum vf_reach_kind kind)
{
    return words[kind];
}

void vf_reach_add(const struct vf_reach *reach, enum vf_reach_kind kind, const char *what)
{
    if (*what)
        reach->add(reach->context, kind, what);
}

/* Of a file that is not in a folder: of the present one. */
void vf_reach_add_folder_of(const struct vf_reach *reach, enum vf_reach_kind kind, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = !slash          ? strdup(".")
                   : slash == path ? strdup("/")
                                   : strndup(path, (size_t)(slash - path));
    vf_reach_add(reach, kind, folder ? folder : ".");
    free(folder);
}

static bool is_among(const char *const *names, size_t count, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(names[i], name, length) == 0 && !names[i][length])
            return true;
    }
    return false;
}

static bool is_list(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < VF_COUNT(lists); i++) {
        if (strcasecmp(dot, lists[i]) == 0)
            return true;
    }
    return false;
}

/* Of a pattern such as "a/shot-%04d.png", or "a/{date}/b.mp4": the folder that all names begin with. */
static void add_folder_of_pattern(const struct vf_reach *reach, enum vf_reach_kind kind,
                                  const char *pattern, const char *signs)
{
    char *start = strndup(pattern, strcspn(pattern, signs));
    vf_reach_add_folder_of(reach, kind, start ? start : pattern);
    free(start);
}

static void add_file(const struct vf_reach *reach, const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        vf_reach_add(reach, VF_REACH_READ_BELOW, path);
    else if (stat(path, &status) != 0 && path[strcspn(path, "*?[%")])
        add_folder_of_pattern(reach, VF_REACH_READ_BELOW, path, "*?[%");
    else if (is_list(path))
        vf_reach_add_folder_of(reach, VF_REACH_READ_BELOW, path);
    else
        vf_reach_add(reach, VF_REACH_READ, path);
}

/* "concat:a.ts|b.ts" */
static void add_each(const struct vf_reach *reach, const char *paths)
{
    for (size_t length; *paths; paths += length + (paths[length] == '|')) {
        length = strcspn(paths, "|");
        char *path = strndup(paths, length);
        if (path)
            vf_reach_add_input(reach, path);
        free(path);
    }
}

static void add_address(const struct vf_reach *reach, const char *url, size_t scheme)
{
    bool listens = is_among(binding, VF_COUNT(binding), url, scheme) || strstr(url, "listen");
    vf_reach_add(reach, VF_REACH_CONNECT, url);
    if (listens)
        vf_reach_add(reach, VF_REACH_LISTEN, url);
}

/* "pipe:3" */
static void add_descriptor(const struct vf_reach *reach, const char *number)
{
    char path[32];
    snprintf(path, sizeof(path), "/dev/fd/%.12s", number);
    if (*number)
        vf_reach_add(reach, VF_REACH_READ, path);
}

void vf_reach_add_input(const struct vf_reach *reach, const char *path)
{
    size_t scheme = vf_file_place_scheme(path);
    const char *rest = path + scheme + strcspn(path + scheme, ":");
    bool is_nothing = scheme && (strncmp(path, "pipe:", 5) == 0 || strncmp(path, "fd:", 3) == 0 ||
                                 strncmp(path, "data:", 5) == 0);
    if (is_nothing && rest[1 + strspn(rest + 1, "0123456789")] == '\0' && rest[1])
        add_descriptor(reach, rest + 1);
    if (strcmp(path, "-") == 0 || is_nothing)
        return;
    if (!scheme || strncmp(path, "file:", 5) == 0)
        add_file(reach, scheme ? vf_file_place_path(path) : path);
    else if (strncmp(path, "concat:", 7) == 0)
        add_each(reach, path + 7);
    else if (is_among(wrapping, VF_COUNT(wrapping), path, strcspn(path, ":+,")) && *rest)
        vf_reach_add_input(reach, rest + 1);
    else
        add_address(reach, path, scheme);
}

void vf_reach_add_output(const struct vf_reach *reach, const char *path)
{
    struct stat status;
    size_t scheme = vf_file_place_scheme(path);
    bool is_file = strncmp(path, "file:", strlen("file:")) == 0;
    bool is_pipe = strncmp(path, "pipe:", strlen("pipe:")) == 0 &&
                   !path[strlen("pipe:") + strspn(path + strlen("pipe:"), "0123456789")];
    if (strcmp(path, "-") == 0)
        return;
    if (is_pipe) {
        add_descriptor(reach, path + strlen("pipe:"));
        return;
    }
    if (!is_file && scheme && strncmp(path + scheme, "://", 3) == 0) {
        add_address(reach, path, scheme);
        return;
    }
    if (is_file)
        path = vf_file_place_path(path);
    bool is_there = stat(path, &status) == 0;
    if (is_there && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        vf_reach_add(reach, VF_REACH_WRITE, path);
        return;
    }
    bool is_link = lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
    char *target = is_link ? realpath(path, NULL) : NULL; /* there it is written */
    add_folder_of_pattern(reach, VF_REACH_WRITE_BELOW, path, "{%");
    if (target)
        vf_reach_add_folder_of(reach, VF_REACH_WRITE_BELOW, target);
    free(target);
}

/* The files of a folder may be links to others. */
static void add_linked(void *context, const char *path)
{
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode))
        vf_reach_add(context, VF_REACH_READ, path);
}

static void add_endpoint(const struct vf_node *node, const void *options, const char *endpoint,
                         const struct vf_reach *reach)
{
    bool listens = node->listens && node->listens(options);
    vf_reach_add(reach, listens ? VF_REACH_LISTEN : VF_REACH_CONNECT, endpoint);
    if (listens && strncmp(endpoint, "ipc://", strlen("ipc://")) == 0)
        vf_reach_add_folder_of(reach, VF_REACH_WRITE_BELOW, endpoint + strlen("ipc://"));
}

static void add_option(const struct vf_node *node, const void *options,
                       const struct vf_option *option, const struct vf_reach *reach)
{
    char problem[256];
    struct vf_reach lent = *reach;
    const struct vf_path_visitor visitor = {.visit = add_linked, .context = &lent};
    const char *text = option->kind->role == VF_ROLE_NONE ? NULL : vf_option_path(option, options);
    if (!text || !*text)
        return;
    switch (option->kind->role) {
    case VF_ROLE_INPUT_FOLDER:
    case VF_ROLE_INPUT_FILES:
        add_file(reach, text);
        if (node->list && node->list(options, &visitor, problem, sizeof(problem)) < 0)
            break; /* there are none yet */
        break;
    case VF_ROLE_OUTPUT_FILE:
    case VF_ROLE_SHARED_FILE:
    case VF_ROLE_OUTPUT_FILES:
        vf_reach_add_output(reach, text);
        break;
    case VF_ROLE_ENDPOINT:
        add_endpoint(node, options, text, reach);
        break;
    case VF_ROLE_INPUT_FILE:
        vf_reach_add_input(reach, text);
        break;
    default:
        break;
    }
}

void vf_node_reach(const struct vf_node *node, const void *options, const struct vf_reach *reach)
{
    for (size_t i = 0; i < node->options.count; i++)
        add_option(node, options, &node->options.items[i], reach);
    if (node->reach)
        node->reach(options, reach);
}
