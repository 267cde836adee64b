/* SPDX-License-Identifier: MIT */
/* group.h - several connected processors that run in one task, as one node.
 *
 * For each input the members run one after the other, parents first, each as often as its parents
 * have emitted something for it. What one emits for another is handed over as it is; what is read
 * outside of the group goes on to the task. So the group emits, message by message, what its
 * members would as tasks of their own.
 */
#ifndef VF_ENGINE_NODE_GROUP_GROUP_H
#define VF_ENGINE_NODE_GROUP_GROUP_H

#include <stddef.h>

#include "engine/base/result.h"
#include "engine/node/node.h"

struct vf_group;

/* Where an element of a member's inputs comes from. */
enum vf_group_origin {
    VF_GROUP_NOTHING, /* it is not connected */
    VF_GROUP_OUTSIDE, /* element `port` of the group's own inputs */
    VF_GROUP_MEMBER,  /* output `port` of member `member` */
};

struct vf_group_source {
    enum vf_group_origin from;
    size_t member;
    unsigned port;
};

/* Makes a group called `name` without members. Copies `name`. */
VF_MUST_CHECK int vf_group_create(struct vf_group **group, const char *name);

/* Destroys it with its members' options. */
void vf_group_destroy(struct vf_group **group);

/* Adds a processor downstream of those it reads: its inputs are `sources`, `count` of them. Keeps
 * `node`. Takes *options, filled for it, except on failure. Copies the rest. */
VF_MUST_CHECK int vf_group_add(struct vf_group *group, const struct vf_node *node, const char *name,
                               void **options, const struct vf_group_source *sources, size_t count);

/* Adds output `port` of `member` to those of the group. */
VF_MUST_CHECK int vf_group_add_output(struct vf_group *group, size_t member, unsigned port);

/* Makes the group a node, once all is added. */
VF_MUST_CHECK int vf_group_complete(struct vf_group *group);

/* Returns that node, lent by the group, which is also its options. */
const struct vf_node *vf_group_node(const struct vf_group *group);

/* One kind of payload that is made inside. */
struct vf_group_making {
    struct vf_forecast forecast;
    unsigned keeps;   /* that its maker, and the members downstream, may keep at once */
    bool *is_brought; /* for each output of the group: it brings these payloads */
};

/* Asks all members (forecast.h): fills in what the group's outputs bring, and gives *makings, of
 * each output of each member, *count of them, to the caller. */
VF_MUST_CHECK int vf_group_foresee(const struct vf_group *group, struct vf_foresight *foresight,
                                   struct vf_group_making **makings, size_t *count);
void vf_group_makings_free(struct vf_group_making **makings, size_t count);

/* The members, for descriptions: how many, their nodes, their names and their options. */
size_t vf_group_member_count(const struct vf_group *group);
const struct vf_node *vf_group_member_node(const struct vf_group *group, size_t member);
const char *vf_group_member_name(const struct vf_group *group, size_t member);
const void *vf_group_member_options(const struct vf_group *group, size_t member);

#endif
