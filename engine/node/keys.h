/* SPDX-License-Identifier: MIT */
/* keys.h - what any node of a flow can say beside the options of its type.
 *
 * How many tasks share its work, which task it shares, how its inputs are put together, whether
 * it gets a GPU, what happens when it fails. The names of these keys are taken: no option of a type
 * may be called so.
 */
#ifndef VF_ENGINE_NODE_KEYS_H
#define VF_ENGINE_NODE_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/message/message.h"
#include "engine/node/option/list.h"
#include "engine/node/option/option.h"

#define VF_PRIVATE_PREFIX "x-" /* begins keys of the author's own, which mean nothing to vflow */
#define VF_MAX_REPLICAS 64
#define VF_DEFAULT_TOLERANCE_NS 40000000 /* one picture of 25 a second */
#define VF_DEFAULT_GONE_AFTER_NS 5000000000
#define VF_DEFAULT_MAX_RESTARTS 3
#define VF_DEFAULT_BACKOFF_NS 100000000
#define VF_STALL_AFTER_BY_KIND (-1)

enum vf_join_policy {
    VF_JOIN_NONE,   /* one input, or inputs taken each by itself; as a wish: the default */
    VF_JOIN_ORIGIN, /* all inputs count the same producer's messages */
    VF_JOIN_ORDER,  /* first with first, second with second */
    VF_JOIN_TIME,   /* timestamps within `tolerance_ns` of each other */
    VF_JOIN_LATEST, /* the newest of each, whatever its time */
};

/* What a join by time does when an input has nothing near enough, and one by latest when an input
 * has gone. */
enum vf_missing_policy {
    VF_MISSING_BY_JOIN, /* by time: skip; by latest: as the node takes it */
    VF_MISSING_SKIP,    /* the others go without an answer */
    VF_MISSING_LAST,    /* the input's last message serves again */
    VF_MISSING_ABSENT,  /* the node works without that input */
};

/* Which end of an input ends a join. */
enum vf_end_policy {
    VF_END_BY_NEED, /* the first that makes a complete input impossible */
    VF_END_ANY,     /* the first */
    VF_END_ALL,     /* the last */
};

enum vf_gpu_request { VF_GPU_NONE, VF_GPU_ANY, VF_GPU_NUMBER, VF_GPU_SHARED };

enum vf_gpu_fallback {
    VF_GPU_FALLBACK_CPU,  /* without a GPU the node runs on the CPU, if it can */
    VF_GPU_FALLBACK_FAIL, /* without a GPU the flow does not start */
};

/* When a task that has ended is started again. */
enum vf_restart {
    VF_RESTART_BY_NODE,    /* as a wish: on failure, if its node goes on as if nothing had been */
    VF_RESTART_NO,         /* never: its failure is the flow's */
    VF_RESTART_ON_FAILURE, /* when it was killed, was stuck, or failed */
    VF_RESTART_ALWAYS,     /* of a producer: also when it has nothing more to give */
};

/* What becomes of a message that has ended its task again and again, and of a task that may not be
 * started again any more. */
enum vf_on_error {
    VF_ON_ERROR_FAIL,        /* the flow fails */
    VF_ON_ERROR_SKIP,        /* the message is put aside, and a gap is in its place */
    VF_ON_ERROR_STOP_BRANCH, /* the task ends, and those downstream; the others go on */
};

/* Whether a task is kept from what it does not need (engine/sandbox/sandbox.h). */
enum vf_sandbox_wish {
    VF_SANDBOX_BY_FLOW, /* as a wish: as the flow says */
    VF_SANDBOX_ON,      /* as far as the kernel offers it */
    VF_SANDBOX_OFF,
    VF_SANDBOX_REQUIRE, /* wholly, or the flow does not start */
};

#define VF_SANDBOX_CHOICE(type, field)                                              \
    VF_CHOICE(type, field, {"on", VF_SANDBOX_ON, "As far as the kernel offers it"}, \
              {"off", VF_SANDBOX_OFF, "Not at all"},                                \
              {"require", VF_SANDBOX_REQUIRE, "Wholly, or the flow does not start"})

struct vf_join_wish {
    enum vf_join_policy by;
    int64_t tolerance_ns;
    enum vf_missing_policy missing;
    enum vf_end_policy end;
    struct vf_rational rate; /* of a join by latest; num 0: as its first input, or its node, asks */
    int64_t gone_after_ns;   /* silence after which an input has gone; 0: only its end counts */
};

struct vf_gpu_wish {
    enum vf_gpu_request request;
    unsigned number; /* of VF_GPU_NUMBER */
};

/* What happens when the node fails. */
struct vf_recovery_wish {
    enum vf_restart restart;
    int max_restarts;
    int64_t backoff_ns;
    enum vf_on_error on_error;
    int64_t stall_after_ns; /* negative: by the kind of node; 0: never */
};

struct vf_node_keys {
    int replicas;    /* tasks that share the work */
    bool is_ordered; /* what the replicas make is put back in order */
    char *group;     /* NULL: a task of its own */
    struct vf_join_wish join;
    struct vf_gpu_wish gpu;
    enum vf_gpu_fallback gpu_fallback;
    struct vf_recovery_wish recovery;
    bool is_private; /* its frames may be seen only once they are redacted */
    enum vf_sandbox_wish sandbox;
    bool has_network;             /* it may connect, and let others connect */
    struct vf_option_texts paths; /* that it may read and write beside those of its options */
    int64_t warm_up; /* inputs before a part that the node has to see; -1: it is not said */
};

/* The keys, for struct vf_node_keys, in this order. `join` may also be a mapping. */
enum vf_node_key {
    VF_KEY_REPLICAS,
    VF_KEY_ORDERED,
    VF_KEY_GROUP,
    VF_KEY_JOIN,
    VF_KEY_GPU,
    VF_KEY_GPU_FALLBACK,
    VF_KEY_RESTART,
    VF_KEY_MAX_RESTARTS,
    VF_KEY_BACKOFF,
    VF_KEY_ON_ERROR,
    VF_KEY_STALL_AFTER,
    VF_KEY_WARM_UP,
    VF_KEY_PRIVATE,
    VF_KEY_SANDBOX,
    VF_KEY_NETWORK,
    VF_KEY_PATHS,
    VF_KEY_COUNT,
};
extern const struct vf_option_list vf_node_key_options;

/* Returns the word for a value of a key that is a choice; NULL for a wish that has no word. */
const char *vf_node_key_word(enum vf_node_key key, unsigned value);

/* What `join` says as a mapping, for struct vf_join_wish. */
extern const struct vf_option_list vf_join_key_options;

/* Those about failures, as a flow says them of all its nodes, for struct vf_recovery_wish. */
extern const struct vf_option_list vf_recovery_key_options;

/* As if nothing had been said. */
extern const struct vf_node_keys vf_node_keys_default;

/* Returns whether `name` is a key that every node has: one of the above, "type" or "inputs". */
bool vf_node_key_is_taken(const char *name);

#endif
