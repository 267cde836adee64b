/* SPDX-License-Identifier: MIT */
/* export.h - a flow as another program starts it: what all scripts and manifests are printed from. */
#ifndef VF_CMD_EXPORT_EXPORT_H
#define VF_CMD_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/export/mounts.h"
#include "cmd/export/needs.h"
#include "engine/run/card.h"

#define VF_EXPORT_LABEL_SIZE 56 /* of a name that Kubernetes takes: 63 less what is put behind it */
#define VF_EXPORT_FLOW "/flow/flow.yaml" /* where a container finds the flow */
#define VF_EXPORT_START_SECONDS 120      /* that a run may take to open what it reads */

/* Words of a command line; borrowed. */
struct vf_export_words {
    const char *const *items;
    size_t count;
};

struct vf_export {
    const char *name;                 /* of the runs */
    char label[VF_EXPORT_LABEL_SIZE]; /* the same as Kubernetes and Docker take it */
    bool is_service;                  /* it is started again, else it is done once */
    struct vf_export_words words;     /* flags for vflow run and vflow batch, settled */
    struct vf_export_words inputs;    /* of a batch; none: it is a run */
    unsigned shards, replicas, jobs;  /* at least 1 */
    bool has_shards;                  /* they were asked for */
    int64_t grace_ns;
    struct vf_export_needs needs;
    /* On this machine, from the root: */
    const char *program, *folder, *flow;
    bool is_limited; /* cores or memory were said, not planned */
    bool is_user;    /* for the service manager of a user */
    /* In containers: */
    const char *image, *space; /* `space`: the namespace; NULL: none is said */
    const char *flow_text;     /* NULL: the image has the flow, at */
    const char *flow_path;
    struct vf_export_mounts mounts;
};

/* Returns the seconds that a run may take to stop after SIGTERM. */
long vf_export_stop_seconds(const struct vf_export *export);

/* Makes a name that Kubernetes and Docker take: small letters, digits and hyphens. Returns false where
 * nothing is left. */
bool vf_export_make_label(char label[VF_EXPORT_LABEL_SIZE], const char *name);

/* Returns the path of the manifest of a batch, without its ending, in fresh memory: in the first
 * folder that is written, as containers see it where they do; NULL: there is none. */
char *vf_export_manifest(const struct vf_export *export, bool is_container);

#endif
