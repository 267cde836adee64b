/* SPDX-License-Identifier: MIT */
/* int_source - counts. */
#include "engine/base/clock.h"
#include "engine/node/node.h"

struct int_source_options {
    int64_t start, end, wait;
    double fps;
};

struct int_source {
    int64_t next, last;
    int64_t interval_ns, due_ns;
    bool is_done;
};

static const struct vf_option options[] = {
    {"start", "First number", VF_INTEGER64(struct int_source_options, start), .fallback = "0"},
    {"end", "Last number; by default it never ends", VF_INTEGER64(struct int_source_options, end),
     .fallback = "9223372036854775807", .is_main = true},
    {"wait", "Time between two numbers", VF_DURATION(struct int_source_options, wait),
     .fallback = "0", VF_RANGE(0, 86400)},
    {"fps", "Numbers per second, instead of wait; 0: use wait",
     VF_NUMBER(struct int_source_options, fps), .fallback = "0", VF_RANGE(0, 1e6)},
};

static bool int_source_is_endless(const void *values)
{
    const struct int_source_options *asked = values;
    return asked->end == INT64_MAX;
}

static int int_source_open(struct vf_node_run *run)
{
    const struct int_source_options *asked = run->options;
    struct int_source *source = run->state;
    uint64_t made = vf_node_made(run, 0)->count;
    source->next = asked->start;
    source->last = asked->end;
    source->is_done =
        source->next > source->last || made > (uint64_t)source->last - (uint64_t)source->next;
    if (!source->is_done)
        source->next = (int64_t)((uint64_t)source->next + made);
    source->interval_ns =
        asked->fps > 0 ? (int64_t)((double)VF_NS_PER_S / asked->fps) : asked->wait;
    if (int_source_is_endless(asked))
        vf_node_expect_no_end(run);
    else if (!source->is_done)
        vf_node_expect(run, 0, made + (uint64_t)source->last - (uint64_t)source->next + 1);
    return VF_OK;
}

/* Keeps the pace on average; after a pause it does not catch up. */
static int wait_until_due(struct vf_node_run *run, struct int_source *source)
{
    if (!source->interval_ns)
        return VF_OK;
    int64_t now_ns = vf_clock_now_ns();
    if (now_ns > source->due_ns + source->interval_ns)
        source->due_ns = now_ns;
    int err = vf_node_sleep_until(run, source->due_ns);
    source->due_ns += source->interval_ns;
    return err;
}

static int int_source_next(struct vf_node_run *run)
{
    struct int_source *source = run->state;
    if (source->is_done)
        return VF_END;
    int err = wait_until_due(run, source);
    if (err)
        return err;
    struct vf_message *number = NULL;
    err = vf_message_create_integer(&number, source->next);
    if (!err)
        err = vf_node_emit(run, 0, &number);
    vf_message_destroy(&number);
    source->is_done = source->next == source->last;
    if (!source->is_done)
        source->next++;
    return err;
}

const struct vf_node vf_node_int_source = {
    .name = "int_source",
    .summary = "Send the integers from one number to another.",
    .related = "test_source",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  numbers: {type: int_source, start: 1, end: 10, fps: 2}\n"
               "  out: {type: print, inputs: numbers}\n",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    .can_resume = true,
    .options = VF_LIST(options),
    .outputs = VF_PORTS({.name = "value", .type = VF_PORT_VALUE, .help = "The numbers"}),
    .options_size = sizeof(struct int_source_options),
    .state_size = sizeof(struct int_source),
    .is_endless = int_source_is_endless,
    .open = int_source_open,
    .next = int_source_next,
};
