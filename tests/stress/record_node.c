/* SPDX-License-Identifier: MIT */
/* record, collect - write what they get into a file, message by message. */
#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "tests/stress/behaviour.h"
#include "tests/stress/nodes.h"
#include "tests/stress/record.h"

struct recorder {
    int fd;
};

static int recorder_open(struct vf_node_run *run)
{
    struct recorder *recorder = run->state;
    recorder->fd = stress_open_file(run);
    return recorder->fd < 0 ? recorder->fd : VF_OK;
}

/* At once and whole, so that a killed recorder leaves what it has seen. */
static int write_records(const struct recorder *recorder, const struct record *records,
                         unsigned count)
{
    size_t size = count * sizeof(*records);
    if (write(recorder->fd, records, size) == (ssize_t)size)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "cannot record what came");
    return -EIO;
}

static int recorder_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct record records[SKETCH_MAX_INPUTS];
    unsigned count = 0;
    for (unsigned i = 0; i < run->input_count; i++) {
        if (!inputs[i])
            continue;
        const struct vf_description *description = &inputs[i]->description;
        records[count] = (struct record){
            .input = i,
            .stream = description->origin.stream,
            .number = description->origin.number,
            .time_ms = description->timestamp,
        };
        int err = stress_read(inputs[i], &records[count++].value);
        if (err)
            return err;
    }
    assert(count > 0); /* a consumer is not called for nothing */
    int err = write_records(run->state, records, count);
    return err ? err : stress_spend(run, records[0].value);
}

static void recorder_close(struct vf_node_run *run)
{
    const struct recorder *recorder = run->state;
    struct record end = {.input = RECORD_END, .stream = vf_node_end_reason(run)};
    if (recorder->fd < 0)
        return;
    if (write_records(recorder, &end, 1))
        vf_node_report_error(run, "the end is not recorded");
    close(recorder->fd);
}

#define INPUTS \
    VF_PORTS({.name = "in", .type = VF_PORT_ARRAY, .help = "What is recorded", .is_repeated = true})

const struct vf_node stress_record = {
    .name = "record",
    .summary = "Write what comes together into a file.",
    .kind = VF_CONSUMER,
    .is_stateful = true,
    STRESS_OPTIONS,
    .state_size = sizeof(struct recorder),
    .inputs = INPUTS,
    .reach = stress_reach,
    .open = recorder_open,
    .consume = recorder_consume,
    .close = recorder_close,
};

const struct vf_node stress_collect = {
    .name = "collect",
    .summary = "Write what comes into a file.",
    .kind = VF_CONSUMER,
    .takes = VF_TAKES_EACH,
    .is_stateful = true,
    STRESS_OPTIONS,
    .state_size = sizeof(struct recorder),
    .inputs = INPUTS,
    .reach = stress_reach,
    .open = recorder_open,
    .consume = recorder_consume,
    .close = recorder_close,
};
