/* SPDX-License-Identifier: MIT */
/* group.h - several connected processors that run in one task, as one node.
 *
 * For each input the members run one after the other, parents first, each as often as its parents
 * have emitted something for it. What one emits for another is handed over as it is; what is read
 * outside of the module goes on to the task. So the module emits, message by message, what its
 * members would as tasks of their own.
 */
#ifndef VF_ENGINE_NODE_GROUP_GROUP_H
#define VF_ENGINE_NODE_GROUP_GROUP_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/node/node.h"

struct vf_module;

/* Where an element of a member's inputs comes from. */
enum vf_module_origin {
    VF_MODULE_NOTHING, /* it is not connected */
    VF_MODULE_OUTSIDE, /* element `port` of the module's own inputs */
    VF_MODULE_MEMBER,  /* output `port` of member `member` */
};

struct vf_module_source {
    enum vf_module_origin from;
    size_t member;
    unsigned port;
};

/* Makes a module called `name` without members. Copies `name`. */
VF_MUST_CHECK int vf_module_create(struct vf_module **module, const char *name);

/* Destroys it with its members' options. */
void vf_module_destroy(struct vf_module **module);

/* Adds a processor behind those it reads: its inputs are `sources`, `count` of them. Keeps `node`.
 * Takes *options, filled for it, except on failure. Copies the rest. */
VF_MUST_CHECK int vf_module_add(struct vf_module *module, const struct vf_node *node,
                                const char *name, void **options,
                                const struct vf_module_source *sources, size_t count);

/* Adds output `port` of `member` to those of the module. */
VF_MUST_CHECK int vf_module_add_output(struct vf_module *module, size_t member, unsigned port);

/* Makes the module a node, once all is added. */
VF_MUST_CHECK int vf_module_complete(struct vf_module *module);

/* Returns that node, lent by the module, which is also its options. */
const struct vf_node *vf_module_node(const struct vf_module *module);

/* One kind of payload that is made inside. */
struct vf_module_making {
    struct vf_forecast forecast;
    unsigned keeps;   /* that its maker, and the members behind, may keep at once */
    bool *is_brought; /* for each output of the module: it brings these payloads */
};

/* Asks all members (forecast.h): fills in what the module's outputs bring, and gives *makings, of
 * each output of each member, *count of them, to the caller. */
VF_MUST_CHECK int vf_module_foresee(const struct vf_module *module, struct vf_foresight *foresight,
                                    struct vf_module_making **makings, size_t *count);
void vf_module_makings_free(struct vf_module_making **makings, size_t count);

/* The members, for descriptions: how many, their nodes and their names. */
size_t vf_module_member_count(const struct vf_module *module);
const struct vf_node *vf_module_member_node(const struct vf_module *module, size_t member);
const char *vf_module_member_name(const struct vf_module *module, size_t member);

#endif
