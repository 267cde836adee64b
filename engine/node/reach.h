/* SPDX-License-Identifier: MIT */
/* reach.h - what a node touches outside of the flow with the options that it has: files, addresses,
 * programs, devices.
 *
 * What an option's kind says of its role (option/option.h) need not be said again; a node adds what
 * else there is by its callback `reach`. Who asks is told the same things that the process of the
 * task is then let do, and nothing is opened to find out: files are looked at by name only.
 */
#ifndef VF_ENGINE_NODE_REACH_H
#define VF_ENGINE_NODE_REACH_H

#include "engine/base/result.h"
#include "engine/node/node.h"

enum vf_reach_kind {
    VF_REACH_READ,        /* a file, or a device or pipe with a name */
    VF_REACH_READ_BELOW,  /* a folder, and all that is in it and below */
    VF_REACH_WRITE,       /* something that has a name, is no file, and is written to as it is */
    VF_REACH_WRITE_BELOW, /* a folder in which files are made, replaced and removed; it may have to
                             be made first */
    VF_REACH_CONNECT,     /* an address: a URL, or what the node takes for one */
    VF_REACH_LISTEN,      /* an address at which others connect */
    VF_REACH_RUN,         /* a program, as its command line is written */
    VF_REACH_LOAD,        /* a library, loaded into the process */
    VF_REACH_DEVICE,      /* a camera, a screen or a sound card, by its name */
    VF_REACH_GPU,         /* hardware that decodes, encodes or computes; named by what for */
    VF_REACH_FONTS,       /* installed fonts; named by the one that is wanted */
    VF_REACH_COUNT,
};

/* Who is told. What it is told is the caller's. */
struct vf_reach {
    void (*add)(void *context, enum vf_reach_kind kind, const char *what);
    void *context;
};

/* Names all that a node reaches with these options, which have been checked. One thing may come more
 * than once. */
void vf_node_reach(const struct vf_node *node, const void *options, const struct vf_reach *reach);

/* Returns the word for a kind: "read", "write", "connect". */
const char *vf_reach_word(enum vf_reach_kind kind);

/* For the callbacks of nodes: adds one thing; the file or the addresses that a text stands for which
 * libav opens as input or output ("file:a.mkv", "rtsp://camera/1"); and the folder that a file is in.
 * Empty text, and "-", stand for nothing. */
void vf_reach_add(const struct vf_reach *reach, enum vf_reach_kind kind, const char *what);
void vf_reach_add_input(const struct vf_reach *reach, const char *path);
void vf_reach_add_output(const struct vf_reach *reach, const char *path);
void vf_reach_add_folder_of(const struct vf_reach *reach, enum vf_reach_kind kind,
                            const char *path);

#endif
