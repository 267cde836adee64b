/* SPDX-License-Identifier: MIT */
/* load.h - from a file name and what the command line adds to it to a checked flow.
 *
 * `vflow check`, `vflow run` and every other command read flows by this one function.
 */
#ifndef VF_ENGINE_FLOW_FILE_LOAD_H
#define VF_ENGINE_FLOW_FILE_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/tree.h"
#include "engine/flow/flow.h"
#include "engine/node/node.h"

struct vf_flow_request {
    const char *file;             /* "-": standard input */
    const char *const *variables; /* "name=value", each overrides the file's `vars` */
    size_t variable_count;
    const char *const *settings; /* "nodes.small.width=320" */
    size_t setting_count;
    const char *const *plugins; /* files that the flow names beside its own */
    size_t plugin_count;
    /* Loads a plugin, unless it is loaded already, so that its nodes are among those of the list.
     * Returns a negative errno with one line in `problem`. NULL: none can be loaded. */
    int (*plug)(const char *file, char *problem, size_t problem_size);
    const char *memory;            /* "2GB", instead of what the file says; NULL: as it says */
    const char *dead_letter;       /* folder for what is put aside; NULL: none */
    const char *report;            /* what the run writes beside its nodes; NULL: nothing */
    const char *report_page;       /* likewise */
    const char *trace;             /* likewise */
    const enum vf_flow_mode *mode; /* NULL: as the file says */
    const enum vf_transport_kind *transport; /* NULL: as the file says; host and base do anyway */
    const char *host;  /* whose part of the flow this is; VF_ALL_HOSTS: all are; NULL: nobody has
                             said, and the flow is only looked at */
    const char *hosts; /* file with what takes the place of the flow's `hosts`; NULL: none */
    enum vf_sandbox_wish sandbox; /* VF_SANDBOX_BY_FLOW: as the file says; VF_SANDBOX_OFF: of all
                                     nodes, whatever they say */
    bool may_be_insecure;         /* sockets without keys may be reached from other machines */
    const struct vf_tree
        *replacements; /* nodes that go in place of those of their names, a mapping;
                                           NULL: none */
    const struct vf_tree
        *inputs; /* of a flow that is a part: nodes for them to read, by their names;
                                     NULL: none */
    bool are_variables_optional; /* what has a variable without a value is left out unreported */
    bool may_be_part;            /* a flow that needs the inputs of another one is no mistake */
};

/* Reads, fills in and checks the flow, and adds what is wrong with it to `diagnostics`, sorted.
 * Gives *flow to the caller (vf_flow_destroy) when nothing worse than warnings was found, so
 * that vf_plan_create() accepts it. Otherwise *flow is NULL and the result -EINVAL: the gravest
 * diagnostic says what kind of mistake it was. -ENOMEM when out of memory. */
VF_MUST_CHECK int vf_flow_load(const struct vf_flow_request *request,
                               const struct vf_node_list *nodes, struct vf_diagnostics *diagnostics,
                               struct vf_flow **flow);

/* The same with the text of the file in memory; `request->file` only names it. */
VF_MUST_CHECK int vf_flow_load_text(const struct vf_flow_request *request, const char *bytes,
                                    size_t length, const struct vf_node_list *nodes,
                                    struct vf_diagnostics *diagnostics, struct vf_flow **flow);

/* The same with the tree of the file, which is read and changed; `request->file` only names it. */
VF_MUST_CHECK int vf_flow_load_made(const struct vf_flow_request *request, struct vf_tree *root,
                                    const struct vf_node_list *nodes,
                                    struct vf_diagnostics *diagnostics, struct vf_flow **flow);

enum vf_flow_stage {
    VF_FLOW_WRITTEN, /* with what it includes, and settings; variables, loops and so on as written */
    VF_FLOW_EXPANDED, /* nodes only, all variables replaced */
};

/* Makes the tree of a flow up to a stage, without checking nodes. Gives the caller *root
 * (vf_tree_finish()), which is {0}, or the tree of a chain, which is taken instead of a file, and *keeper (vf_flow_destroy()), an empty flow that keeps what
 * the places in it lend. Returns as vf_flow_load(). */
VF_MUST_CHECK int vf_flow_load_tree(const struct vf_flow_request *request, enum vf_flow_stage stage,
                                    struct vf_diagnostics *diagnostics, struct vf_flow **keeper,
                                    struct vf_tree *root);

#endif
