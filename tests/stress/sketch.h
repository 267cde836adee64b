/* SPDX-License-Identifier: MIT */
/* sketch.h - a random flow as plain data: what is drawn, printed, modelled and run.
 *
 * Nodes stand parents first, the consumers last. Nodes are named "n1", "n2" and so on.
 */
#ifndef VF_TESTS_STRESS_SKETCH_H
#define VF_TESTS_STRESS_SKETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/text.h"
#include "engine/flow/flow.h"
#include "engine/node/keys.h"

#define SKETCH_MAX_NODES 20
#define SKETCH_MAX_INPUTS 8
#define SKETCH_PORTS 2

/* The types of nodes.h. */
enum sketch_type {
    SKETCH_SOURCE,
    SKETCH_WORK,    /* answers an input with one message or none, on each port */
    SKETCH_SPLIT,   /* with none or several */
    SKETCH_TOTAL,   /* with what it has got so far, and again at the end */
    SKETCH_HOLD,    /* with an earlier input */
    SKETCH_RECORD,  /* writes what it gets into a file */
    SKETCH_COLLECT, /* likewise, one by one as they come */
};

/* The fields are options of the nodes. */
struct sketch_habits {
    int64_t seed;
    int count;        /* of a source: messages on its first port */
    int keep;         /* of 1000 answers, those that are given */
    int most;         /* of a split: answers to one input; of a hold: inputs kept */
    int size;         /* most bytes of a message */
    int passes;       /* of 1000 answers, those that are an input handed on */
    int64_t delay_ns; /* most time that one message takes */
};

struct sketch_input {
    unsigned node, port;
    unsigned queue;
    enum vf_drop_policy drop;
};

struct sketch_node {
    enum sketch_type type;
    struct sketch_habits habits;
    struct sketch_input inputs[SKETCH_MAX_INPUTS];
    unsigned input_count;
    struct vf_join_wish join;
    enum vf_join_policy joins_by; /* also where the flow does not say it */
    unsigned replicas;
    bool is_unordered;
    unsigned group; /* 0: none */
};

struct sketch {
    uint64_t seed;
    enum vf_flow_mode mode;
    bool is_hasty; /* in realtime: no node pauses, and queues of one or two drop their oldest */
    enum vf_transport_kind transport;
    unsigned tcp_base; /* over TCP */
    bool is_insecure;  /* likewise */
    struct sketch_node nodes[SKETCH_MAX_NODES];
    unsigned node_count;
};

/* Tells whether it is one of the two types that record. */
bool sketch_is_consumer(const struct sketch_node *node);

/* Returns how a type is called in a flow file. */
const char *sketch_type_name(enum sketch_type type);

/* Prints it as a flow file. */
void sketch_print(struct vf_text *text, const struct sketch *sketch);

#endif
