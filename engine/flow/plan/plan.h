/* SPDX-License-Identifier: MIT */
/* plan.h - a checked flow as processes and edges: everything decided before the start.
 *
 * Tasks are numbered from 1 in topological order (parents first; otherwise as in the file). Those
 * that come to a flow while it runs are numbered after all that it has (change.h).
 */
#ifndef VF_ENGINE_FLOW_PLAN_PLAN_H
#define VF_ENGINE_FLOW_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/flow/flow.h"
#include "engine/flow/graph/streams.h"
#include "engine/flow/plan/recovery.h"
#include "engine/message/arena.h"
#include "engine/node/group/group.h"
#include "engine/node/node.h"

struct vf_plan_edge {
    unsigned id;                  /* index in the plan's `edges` */
    unsigned sender, sender_port; /* task id, its output port */
    unsigned receiver, input;     /* task id, element of its `inputs`, */
    unsigned input_port;          /* which belongs to that port */
    size_t link;                  /* that it is of, in the graph of the units (graph/units.h) */
    unsigned depth;               /* messages that may wait */
    unsigned asked_depth;         /* the same as the flow file has it */
    int64_t wait_ns;          /* for which there is to be room, if the depth follows from that */
    unsigned rate;            /* of that, a second; 0: as is forecast */
    bool is_usual;            /* the flow file does not say it */
    bool is_deepened;         /* `depth` is more, so that a branch that meets another again
                                     holds as much as that one */
    unsigned longer;          /* if so: the edge with which the other branch begins, */
    unsigned longer_holds;    /* and how many messages that one holds */
    unsigned cells;           /* messages that may be unreleased: waiting, in work, held,
                                      forwarded and not yet released further down, and gaps */
    enum vf_drop_policy drop; /* never VF_DROP_BY_MODE */
    enum vf_wire_form wire;   /* never VF_WIRE_BY_DEFAULT */
    int64_t delay_ns;         /* what is added to the timestamps of what comes */
    uint32_t origin_stream;   /* whose numbering its origins carry: struct vf_origin */
    unsigned group;           /* edges of one sender port with one group meet again: in
                                      realtime a message goes into all of them or none */
    bool carries_gaps;        /* a join waits somewhere downstream, or who is told */
    unsigned spread;          /* not 0: of the edges of one sender with this number, each
                                     message goes to those of one lane only, whichever has most
                                     room */
    unsigned lane;            /* of a spread: counted from 0, one for each replica */
    bool is_unordered;        /* out of a replica: its messages are taken as they come, not in
                                     the order in which they were spread */
    /* Of a flow that was changed while it ran (change.h): */
    bool is_added;     /* the edge came with a change */
    bool is_leaving;   /* it is not in the flow any more, and gets no more messages, */
    bool is_abandoned; /* nor does its receiver want what is left of them */
    bool is_new_input; /* its receiver went without this input before */
    unsigned turn;     /* what comes by the edges of an input is taken turn after turn */
};

/* How a task is kept from what it does not need (engine/sandbox/sandbox.h). */
struct vf_plan_sandbox {
    enum vf_sandbox_wish wish; /* never VF_SANDBOX_BY_FLOW */
    bool has_network;
    char **paths; /* that it may read and write */
    size_t path_count;
};

struct vf_plan_task {
    unsigned id;
    unsigned host;                /* index in the plan's `hosts`; 0 where there are none */
    const char *name;             /* lent by the plan */
    const struct vf_node *node;   /* lent by the node list, or by the plan */
    void *options;                /* filled, `node->options_size` bytes; of a group: itself */
    const struct vf_group *group; /* a group's, lent by the plan; NULL: a node by itself */
    bool is_gather;               /* gathers what the next tasks, replicas, get */
    const struct vf_plan_edge **in_edges, **out_edges;
    size_t in_count, out_count;
    unsigned input_count;  /* elements of `inputs`: see struct vf_node_run */
    bool *is_connected;    /* for each */
    unsigned *input_ports; /* for each: see struct vf_node_run */
    char **input_names;    /* for each: see struct vf_node_run */
    enum vf_join_policy join;
    int64_t tolerance_ns;
    enum vf_missing_policy missing;
    enum vf_end_policy end;
    struct vf_latest latest; /* of a join by latest */
    unsigned replica;        /* from 1; 0: the node has one task only */
    unsigned replica_count;  /* tasks of the node */
    struct vf_recovery recovery;
    struct vf_plan_sandbox sandbox;
    enum vf_gpu_request gpu;
    unsigned gpu_number; /* of VF_GPU_NUMBER */
    bool gpu_is_needed;  /* `gpu_fallback: fail`: without a GPU the flow does not start */
    char *gpu_id;        /* as CUDA_VISIBLE_DEVICES names the one it got; NULL: none */
    unsigned threads;    /* struct vf_node_run */
    int64_t warm_up; /* inputs that it needs to see before those of a part; -1: it remembers earlier
                        ones, and nobody knows how many */
    struct vf_forecast *forecasts;   /* of each output of its node */
    struct vf_group_making *makings; /* of a group, once it has been asked */
    size_t making_count;
    unsigned keeps;    /* own payloads that its node may keep: struct vf_node_run */
    unsigned payloads; /* of its own that may be on their way or kept at once */
    struct vf_arena_pool pools[VF_ARENA_POOLS]; /* places for them: what its arena is divided in */
    size_t pool_count;
    uint64_t memory;      /* bytes that those of known size take */
    bool is_memory_known; /* that is all; values are small and do not count */
    uint64_t mark;        /* of how the flow describes its node, or nodes (mark.h) */
    struct vf_wish wishes[VF_MAX_WISHES]; /* of a producer: see struct vf_node_run */
    unsigned wish_count;
    bool is_private; /* its frames may be seen only once they are redacted */
    bool is_leaving; /* it is not in the flow any more, and ends when it is told to */
};

struct vf_plan {
    char *file;
    enum vf_flow_mode mode;
    struct vf_transport transport;
    struct vf_flow_host *hosts; /* that the tasks are on; their places are not kept */
    unsigned host_count;        /* 0: the flow is for one machine */
    int here;                   /* index of the host whose part runs here; -1: all do */
    int64_t peer_timeout_ns;    /* as of the flow */
    struct vf_plan_task *tasks; /* task id i at [i - 1] */
    size_t task_count;
    struct vf_plan_edge *edges;
    size_t edge_count;
    struct vf_group **groups; /* of the groups */
    struct vf_node **gathers; /* of the tasks that gather */
    struct vf_node *adapted;  /* by node of the flow: copies that their options have changed */
    size_t adapted_count;
    size_t group_count, gather_count;
    uint64_t memory; /* sums over all tasks */
    bool is_memory_known;
    struct vf_run_part part; /* that the run makes; set by who runs it */
    uint64_t memory_limit;   /* `memory:` of the flow, bytes; 0: none */
    char *http;              /* `http:` of the flow; NULL: it has none */
    struct vf_plan *lender;  /* it has parts of that plan, which has parts of its own: change.h */
};

/* Plans a flow in which vf_flow_check() found no mistake. Keeps nothing of `flow`.
 * Returns -ENOMEM, or -EINVAL for a flow that was not checked. */
VF_MUST_CHECK int vf_plan_create(struct vf_plan **plan, const struct vf_flow *flow,
                                 const struct vf_node_list *nodes);
void vf_plan_destroy(struct vf_plan **plan);

/* Asks the nodes what they are going to send (forecast.h), and sizes the memory of all tasks by
 * it. Without this, sizes count as unknown. Media are opened, by a process that is gone again when
 * this returns; what is not known within `limit_ns` stays unknown. Call it before any thread is
 * made. */
VF_MUST_CHECK int vf_plan_foresee(struct vf_plan *plan, int64_t limit_ns);

/* Return the task at an end of an edge. */
const struct vf_plan_task *vf_plan_sender(const struct vf_plan *plan,
                                          const struct vf_plan_edge *edge);
const struct vf_plan_task *vf_plan_receiver(const struct vf_plan *plan,
                                            const struct vf_plan_edge *edge);

/* Returns 1 + the input that is all an output answers; 0: there is no such input. */
unsigned vf_plan_answers(const struct vf_plan_task *task, unsigned port);

/* Returns whether what an edge carries may be private: nobody is to look at it. Where that is not known,
 * it may be. Sound and values are not. */
bool vf_plan_edge_is_private(const struct vf_plan *plan, const struct vf_plan_edge *edge);

/* Returns whether a task runs here: not on another host. */
bool vf_plan_is_here(const struct vf_plan *plan, const struct vf_plan_task *task);

/* Returns whether the ends of an edge share no memory, and so messages travel by sockets; and whether
 * a task, or any, has such an edge. */
bool vf_plan_edge_is_remote(const struct vf_plan *plan, const struct vf_plan_edge *edge);

/* Returns how payloads travel by an edge: where memory is shared, nothing does, and it is VF_WIRE_RAW. */
enum vf_wire_form vf_plan_edge_form(const struct vf_plan *plan, const struct vf_plan_edge *edge);

/* Returns whether pictures may travel by an edge. */
bool vf_plan_edge_has_pictures(const struct vf_plan *plan, const struct vf_plan_edge *edge);
bool vf_plan_task_has_sockets(const struct vf_plan *plan, const struct vf_plan_task *task);
bool vf_plan_has_sockets(const struct vf_plan *plan);

/* Returns whether a task, or any, hears what happens to the run. */
bool vf_plan_task_hears_run(const struct vf_plan_task *task);
bool vf_plan_hears_run(const struct vf_plan *plan);

/* Mark the tasks that get something from such a task, maybe by way of others, or are one (task id i at
 * [i - 1]); and of these only those that get nothing else. */
void vf_plan_mark_followers(const struct vf_plan *plan, bool *follow);
void vf_plan_mark_only_followers(const struct vf_plan *plan, bool *follow_only);

/* Returns whether a task sends anything: a consumer that nobody reads does not. */
bool vf_plan_task_sends(const struct vf_plan_task *task);

/* Returns the bytes that the payloads of a task may take at most, whatever comes; 0: any number.
 * Together the tasks stay within the flow's limit. */
uint64_t vf_plan_memory_ceiling(const struct vf_plan *plan, const struct vf_plan_task *task);

#endif
