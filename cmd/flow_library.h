/* SPDX-License-Identifier: MIT */
/* flow_library.h - flows that are run by their names: `vflow run @transcode`.
 *
 * They are the files *.yaml and *.yml of the folders of VFLOW_FLOWS, which colons separate; of
 * vflow/flows in XDG_CONFIG_HOME, or in ~/.config; and those that come with the program. Of two with
 * one name the first counts.
 */
#ifndef VF_CMD_FLOW_LIBRARY_H
#define VF_CMD_FLOW_LIBRARY_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/flow/file/wanted.h"

struct vf_library_flow {
    char *name; /* "transcode" */
    char *path;
};

/* Starts as {0}. */
struct vf_flow_library {
    struct vf_library_flow *items; /* sorted by name */
    size_t count;
};

/* Finds all flows. Returns -ENOMEM when out of memory; `library` is the caller's in any case. */
VF_MUST_CHECK int vf_flow_library_read(struct vf_flow_library *library);
void vf_flow_library_finish(struct vf_flow_library *library);

/* Returns the flow of that name, without "@", or the only one whose name begins so; NULL: there is
 * none. */
const struct vf_library_flow *vf_flow_library_find(const struct vf_flow_library *library,
                                                   const char *name);

/* Prints on standard error that there is no such flow, with the one that was probably meant. */
void vf_flow_library_report_unknown(const struct vf_flow_library *library, const char *name);

/* What a flow file says of itself. Starts as {0}. */
struct vf_flow_description {
    char *summary; /* the first line of its first comment, "" without one */
    struct vf_wanted wanted;
};

/* Reads it from a file; what cannot be read leaves it without a summary and variables. Returns
 * -ENOMEM when out of memory; the description is the caller's in any case. */
VF_MUST_CHECK int vf_flow_description_read(struct vf_flow_description *description,
                                           const char *path);
void vf_flow_description_finish(struct vf_flow_description *description);

/* Returns where the schema of flow files is that belongs to this program, in fresh memory; NULL: out
 * of memory. */
char *vf_flow_library_schema(void);

#endif
