/* SPDX-License-Identifier: MIT */
/* run_events - tells what happens to the run itself. */
#include <errno.h>
#include <jansson.h>

#include "engine/base/text.h"
#include "engine/node/node.h"
#include "nodes/value/value_text.h"

struct run_events {
    uint64_t next; /* number of the notice that comes next */
};

static int run_events_open(struct vf_node_run *run)
{
    struct run_events *events = run->state;
    events->next = vf_node_made(run, 0)->count;
    vf_node_expect_no_end(run); /* of its own: it ends when it is told to */
    vf_node_send_live(run);
    return VF_OK;
}

static int send_event(struct vf_node_run *run, const json_t *event)
{
    struct vf_text text = {0};
    struct vf_message *message = NULL;
    vf_value_write(&text, event);
    int err = text.failed || !text.bytes
                  ? -ENOMEM
                  : vf_message_create_json(&message, text.bytes, text.length);
    vf_text_finish(&text);
    if (!err)
        err = vf_node_emit(run, 0, &message);
    vf_message_destroy(&message);
    return err;
}

/* Sends the next event, if there is one, or when it has come. */
static int send_next(struct vf_node_run *run, bool waits)
{
    struct run_events *events = run->state;
    json_t *event;
    int err = vf_node_hear_run(run, events->next, waits, &event);
    if (err)
        return err;
    events->next++;
    err = event ? send_event(run, event) : VF_OK;
    json_decref(event);
    return err;
}

static int run_events_next(struct vf_node_run *run)
{
    return send_next(run, true);
}

/* All else has ended, and nothing more will be told. */
static int run_events_flush(struct vf_node_run *run)
{
    int err = VF_OK;
    while (!err || err == VF_DROPPED)
        err = send_next(run, false);
    return err == -EAGAIN ? VF_OK : err;
}

const struct vf_node vf_node_run_events = {
    .name = "run_events",
    .summary = "Send what happens to the run itself, as events.",
    .related = "webhook, mqtt_out, nats_out, file_append",
    .about =
        "Sends the operational events of vflow-events(7): a camera is gone or back, a task was "
        "started again, has failed or hangs, a disk is full, the run has begun or ends. With "
        "events: NODE at the top of a flow, vflow adds this node by itself, under the name "
        "events.\n\n"
        "It never holds up what it tells of, and waits for its own readers, also in realtime. It "
        "ends after all tasks that do not depend on it, so the last events arrive, too; a second "
        "request to stop does not cut them short, a third does.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  out: {type: video_writer, inputs: reader, path: out.mp4}\n"
               "  happenings: {type: run_events}\n"
               "  list: {type: file_append, inputs: happenings, path: events.jsonl}\n",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    .can_resume = true,
    .hears_run = true,
    .outputs = VF_PORTS({.name = "events", .type = VF_PORT_VALUE, .help = "The events"}),
    .state_size = sizeof(struct run_events),
    .open = run_events_open,
    .next = run_events_next,
    .flush = run_events_flush,
};
