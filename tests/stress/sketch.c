/* SPDX-License-Identifier: MIT */
#include "tests/stress/sketch.h"

#include <inttypes.h>

bool sketch_is_consumer(const struct sketch_node *node)
{
    return node->type == SKETCH_RECORD || node->type == SKETCH_COLLECT;
}

const char *sketch_type_name(enum sketch_type type)
{
    static const char *const names[] = {
        [SKETCH_SOURCE] = "source",   [SKETCH_WORK] = "work", [SKETCH_SPLIT] = "split",
        [SKETCH_TOTAL] = "total",     [SKETCH_HOLD] = "hold", [SKETCH_RECORD] = "record",
        [SKETCH_COLLECT] = "collect",
    };
    return names[type];
}

static void print_input(struct vf_text *text, const struct sketch_input *input)
{
    static const char *const drops[] = {
        [VF_DROP_NEVER] = "never", [VF_DROP_NEWEST] = "newest", [VF_DROP_OLDEST] = "oldest"};
    vf_text_print(text, "{from: n%u.%s", input->node + 1, input->port ? "side" : "out");
    if (input->queue)
        vf_text_print(text, ", queue: %u", input->queue);
    if (input->drop != VF_DROP_BY_MODE)
        vf_text_print(text, ", drop: %s", drops[input->drop]);
    vf_text_print(text, "}");
}

static void print_join(struct vf_text *text, const struct vf_join_wish *join)
{
    static const char *const policies[] = {
        [VF_JOIN_ORIGIN] = "origin", [VF_JOIN_ORDER] = "order", [VF_JOIN_TIME] = "time"};
    static const char *const ends[] = {[VF_END_ANY] = "any", [VF_END_ALL] = "all"};
    if (join->by == VF_JOIN_NONE)
        return;
    vf_text_print(text, ", join: {by: %s", policies[join->by]);
    if (join->by == VF_JOIN_TIME)
        vf_text_print(text, ", tolerance: %" PRId64 "ms, missing: %s", join->tolerance_ns / 1000000,
                      join->missing == VF_MISSING_LAST ? "last" : "skip");
    if (join->end != VF_END_BY_NEED)
        vf_text_print(text, ", end: %s", ends[join->end]);
    vf_text_print(text, "}");
}

static void print_keys(struct vf_text *text, const struct sketch_node *node)
{
    print_join(text, &node->join);
    if (node->replicas > 1)
        vf_text_print(text, ", replicas: %u%s", node->replicas,
                      node->is_unordered ? ", ordered: false" : "");
    if (node->group)
        vf_text_print(text, ", group: g%u", node->group);
}

static void print_node(struct vf_text *text, const struct sketch *sketch, unsigned index)
{
    const struct sketch_node *node = &sketch->nodes[index];
    const struct sketch_habits *habits = &node->habits;
    vf_text_print(text, "  n%u: {type: %s", index + 1, sketch_type_name(node->type));
    for (unsigned i = 0; i < node->input_count; i++) {
        vf_text_print(text, i ? ", " : ", inputs: {in: [");
        print_input(text, &node->inputs[i]);
    }
    if (node->input_count)
        vf_text_print(text, "]}");
    print_keys(text, node);
    vf_text_print(text, ",\n       seed: %" PRId64 ", delay: %.6fs", habits->seed,
                  (double)habits->delay_ns / 1e9);
    if (sketch_is_consumer(node))
        vf_text_print(text, ", file: n%u.seen", index + 1);
    else
        vf_text_print(text, ", count: %d, keep: %d, most: %d, size: %d, passes: %d", habits->count,
                      habits->keep, habits->most, habits->size, habits->passes);
    if (node->type == SKETCH_SOURCE)
        vf_text_print(text, ", file: n%u.made", index + 1);
    vf_text_print(text, "}\n");
}

void sketch_print(struct vf_text *text, const struct sketch *sketch)
{
    vf_text_print(text, "vflow: 1\nmode: %s\n",
                  sketch->mode == VF_MODE_REALTIME ? "realtime" : "batch");
    if (sketch->transport == VF_TRANSPORT_IPC)
        vf_text_print(text, "transport: ipc\n");
    if (sketch->transport == VF_TRANSPORT_TCP)
        vf_text_print(text, "transport: {tcp: {host: 127.0.0.1, base: %u}}\n%s", sketch->tcp_base,
                      sketch->is_insecure ? "security: none\n" : "");
    vf_text_print(text, "nodes:\n");
    for (unsigned i = 0; i < sketch->node_count; i++)
        print_node(text, sketch, i);
}
