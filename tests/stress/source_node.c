/* SPDX-License-Identifier: MIT */
/* source - makes messages at uneven times, and at its end says how many. */
#include <errno.h>
#include <unistd.h>

#include "tests/stress/behaviour.h"
#include "tests/stress/nodes.h"
#include "tests/stress/record.h"

struct source {
    uint64_t index;
    struct record_made made;
    int fd;
};

static int source_open(struct vf_node_run *run)
{
    struct source *source = run->state;
    source->fd = stress_open_file(run);
    return source->fd < 0 ? source->fd : VF_OK;
}

/* What finds no room is counted all the same: it was made. */
static int emit(struct vf_node_run *run, unsigned port, uint64_t index)
{
    const struct stress_options *asked = run->options;
    struct source *source = run->state;
    struct vf_message *message = NULL;
    int err = stress_make(run, behaviour_source_value(&asked->habits, port, index), &message);
    if (!err) {
        message->description.time_base = (struct vf_rational){1, 1000};
        message->description.timestamp = behaviour_source_time_ms(&asked->habits, index);
    }
    err = vf_node_emit_made(run, port, err, &message);
    source->made.counts[port] += !err;
    return err;
}

static int source_next(struct vf_node_run *run)
{
    const struct stress_options *asked = run->options;
    struct source *source = run->state;
    if (source->index == (uint64_t)asked->habits.count)
        return VF_END;
    uint64_t index = source->index++;
    int err = stress_spend(run, behaviour_source_value(&asked->habits, 0, index));
    for (unsigned port = 0; !err && port < SKETCH_PORTS; port++) {
        if (behaviour_source_emits(&asked->habits, port, index))
            err = emit(run, port, index);
    }
    return err;
}

static void source_close(struct vf_node_run *run)
{
    const struct source *source = run->state;
    if (source->fd < 0)
        return;
    if (write(source->fd, &source->made, sizeof(source->made)) != sizeof(source->made))
        vf_node_report_error(run, "cannot say how much was made");
    close(source->fd);
}

const struct vf_node stress_source = {
    .name = "source",
    .summary = "Make messages at uneven times.",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    STRESS_OPTIONS,
    .state_size = sizeof(struct source),
    .outputs = VF_PORTS({.name = "out", .type = VF_PORT_ARRAY, .help = "All of them"},
                        {.name = "side", .type = VF_PORT_ARRAY, .help = "Some more"}),
    .reach = stress_reach,
    .open = source_open,
    .next = source_next,
    .close = source_close,
};
