/* SPDX-License-Identifier: MIT */
/* node_bench.h - runs one node by itself, in the process of the test.
 *
 * The bench plays the part of the task: it gives the node its options, memory and inputs, and
 * keeps what it emits. Memory is private, and as much as there is, unless a test says otherwise.
 */
#ifndef VF_TESTS_UNIT_SUPPORT_NODE_BENCH_H
#define VF_TESTS_UNIT_SUPPORT_NODE_BENCH_H

#include "engine/node/emitter.h"
#include "engine/node/node.h"

#define VF_BENCH_OUTPUTS 4096
#define VF_BENCH_INPUTS 4
#define VF_BENCH_PORTS 24 /* outputs */

struct vf_bench_option {
    const char *name, *text;
};

struct vf_bench {
    struct vf_emitter emitter; /* first: the node hands it back */
    struct vf_node_run run;
    const struct vf_node *node;
    bool is_connected[VF_BENCH_INPUTS];
    unsigned input_ports[VF_BENCH_INPUTS];
    const char *input_names[VF_BENCH_INPUTS]; /* "first", "second" and so on */
    struct {
        struct vf_message *message;
        unsigned port;
    } outputs[VF_BENCH_OUTPUTS];
    unsigned output_count;
    struct vf_node adapted;           /* as its options make it, once it is open */
    struct vf_message *const *inputs; /* while a callback has them */
    enum vf_end_reason end_reason;
    bool ends_by_stop, comes_live;       /* asked for by the node, or told to it */
    struct vf_made made[VF_BENCH_PORTS]; /* by a process before: all zero, unless a test sets it */
    uint64_t expected[VF_BENCH_PORTS];   /* by port; or of what comes in, [0] */
    unsigned error_count, drop_count, slept_count, waited_count;
    int64_t slept_until_ns;       /* the last time it did */
    char error[512], output[512]; /* the last line reported */
    unsigned unread_ports;        /* a bit for each port that nobody reads */
    bool reads_numbered;          /* somebody reads those with a number, too */
    unsigned ended_inputs;        /* a bit for each input that has ended before the others */
    int64_t passed_ns;            /* vf_node_passed_ns() of all inputs that have not ended */
    bool is_full, is_stopping;    /* no room in the arena; the task is to stop */
    bool is_ending;               /* the flow is to stop after what is in flight */
    bool is_open;
};

/* Prepares a bench for `node`, with `inputs` of its inputs connected, in order, and its options
 * set. A test fails when an option is refused. */
void vf_bench_init(struct vf_bench *bench, const struct vf_node *node, unsigned inputs,
                   const struct vf_bench_option *options, size_t option_count);

/* Prepares, with options written as {"name", "text"}, {"name", "text"}. */
#define vf_bench_setup(bench, node, inputs, ...)                                \
    vf_bench_init(bench, node, inputs, (struct vf_bench_option[]){__VA_ARGS__}, \
                  VF_COUNT(((struct vf_bench_option[]){__VA_ARGS__})))

/* Returns the node as its options make it. */
struct vf_node vf_bench_adapt(const struct vf_bench *bench);

/* Call the node's callbacks. Inputs stay the caller's. */
int vf_bench_open(struct vf_bench *bench);
int vf_bench_feed(struct vf_bench *bench, struct vf_message *first, struct vf_message *second);
int vf_bench_flush(struct vf_bench *bench);

/* Calls next() until it ends. Returns what it ended with. */
int vf_bench_produce(struct vf_bench *bench);

/* Makes number `number`, from 1, of so many a second, with its timestamp. The caller's. */
struct vf_message *vf_bench_number(int64_t number, int rate);

/* Closes the node, and lets go of everything. */
void vf_bench_finish(struct vf_bench *bench);

/* Lends what the node emitted: number `index` of `port`, from 0; NULL: there is no such. */
const struct vf_message *vf_bench_output(const struct vf_bench *bench, unsigned port,
                                         unsigned index);
unsigned vf_bench_count(const struct vf_bench *bench, unsigned port);

#endif
