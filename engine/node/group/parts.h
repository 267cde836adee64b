/* SPDX-License-Identifier: MIT */
/* parts.h - what group.c puts together and run.c runs. */
#ifndef VF_ENGINE_NODE_GROUP_PARTS_H
#define VF_ENGINE_NODE_GROUP_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/node/emitter.h"
#include "engine/node/group/group.h"

struct vf_group_member {
    const struct vf_node *node;
    char *name;
    void *options;
    struct vf_group_source *sources; /* of each element of its inputs */
    bool *is_connected;              /* for each element */
    unsigned *input_ports;           /* for each element */
    size_t source_count;
    bool has_inner; /* some element comes from another member */
    bool has_outer; /* some element comes from outside */
};

struct vf_group_output {
    size_t member;
    unsigned port;
};

struct vf_group {
    struct vf_node node;
    char *name;
    struct vf_group_member *members;
    size_t member_count;
    struct vf_group_output *outputs;
    size_t output_count;
    struct vf_port *input_ports, *output_ports;
    char **port_names;
    size_t port_count;
};

/* Messages that wait for their partners, the first at [first]. */
struct vf_group_queue {
    struct vf_message **items;
    size_t first, count;
};

struct vf_group_run;

/* One member at work. */
struct vf_member_run {
    struct vf_emitter emitter; /* first, so that its functions find the member */
    const struct vf_group_member *member;
    struct vf_group_run *group;
    struct vf_node_run run;
    struct vf_message **inputs;    /* while a callback has them */
    char **input_names;            /* struct vf_node_run */
    struct vf_group_queue *queues; /* in front of each element of a join */
    char name[160];                /* in log lines */
    bool is_reached;               /* open() has been called, if there is one */
    bool has_ended;
};

/* The state of a group's node. */
struct vf_group_run {
    const struct vf_group *group;
    const struct vf_node_run *outer;
    struct vf_member_run *members;
    const char *name; /* in log lines, of whoever runs now */
    bool has_inputs;  /* process() is running */
    int failure;      /* of a member, that no other may hide */
};

/* The callbacks of a group's node. */
int vf_group_open(struct vf_node_run *run);
int vf_group_process(struct vf_node_run *run, struct vf_message *const *inputs);
int vf_group_flush(struct vf_node_run *run);
void vf_group_close(struct vf_node_run *run);

/* Hands a message to one element of a member, which runs as soon as its inputs are complete.
 * Returns VF_END once the member has ended. */
VF_MUST_CHECK int vf_group_offer(struct vf_member_run *member, size_t element,
                                 struct vf_message *message);

/* What members see of the world: the group and, behind it, the task. */
extern const struct vf_emitter vf_group_emitter;

#endif
