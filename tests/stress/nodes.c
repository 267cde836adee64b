/* SPDX-License-Identifier: MIT */
#include "tests/stress/nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/node/reach.h"
#include "tests/stress/behaviour.h"

const struct vf_option stress_option_table[STRESS_OPTION_COUNT] = {
    {"seed", "What all it does follows from", VF_INTEGER64(struct stress_options, habits.seed)},
    {"count", "Messages of a source", VF_INTEGER(struct stress_options, habits.count),
     .fallback = "0"},
    {"keep", "Answers of 1000 that are given", VF_INTEGER(struct stress_options, habits.keep),
     .fallback = "1000"},
    {"most", "Answers to one input, or inputs kept", VF_INTEGER(struct stress_options, habits.most),
     .fallback = "1"},
    {"size", "Most bytes of a message", VF_INTEGER(struct stress_options, habits.size),
     .fallback = "0"},
    {"passes", "Answers of 1000 that are an input",
     VF_INTEGER(struct stress_options, habits.passes), .fallback = "0"},
    {"delay", "Most time for one message", VF_DURATION(struct stress_options, habits.delay_ns),
     .fallback = "0"},
    {"file", "File of the run to write", VF_TEXT(struct stress_options, file), .fallback = ""},
};

static const struct vf_node *const nodes[] = {
    &stress_source, &stress_work,   &stress_split,   &stress_total,
    &stress_hold,   &stress_record, &stress_collect,
};
const struct vf_node_list stress_nodes = VF_LIST(nodes);

static int allocate(struct vf_node_run *run, uint64_t value, struct vf_payload **payload)
{
    const struct stress_options *asked = run->options;
    size_t size = behaviour_size(&asked->habits, value);
    bool is_private = value & 1;
    return is_private ? vf_payload_create(payload, size) : vf_node_allocate(run, size, payload);
}

int stress_make(struct vf_node_run *run, uint64_t value, struct vf_message **message)
{
    struct vf_payload *payload = NULL;
    *message = NULL;
    int err = allocate(run, value, &payload);
    if (err)
        return err;
    behaviour_write(payload->data, payload->size, value);
    uint64_t size = payload->size;
    err = vf_message_create(message, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (err)
        return err;
    (*message)->description.array =
        (struct vf_array){.dtype = "|u1", .dimensions = 1, .shape = {size}};
    return VF_OK;
}

int stress_read(const struct vf_message *message, uint64_t *value)
{
    const struct vf_payload *payload = message->payload;
    if (payload && behaviour_read(payload->data, payload->size, value))
        return VF_OK;
    vf_log(VF_LOG_ERROR, "message %" PRIu64 " of stream %" PRIu32 " has bytes of another",
           message->description.origin.number, message->description.origin.stream);
    return -EBADMSG;
}

int stress_spend(struct vf_node_run *run, uint64_t folded)
{
    const struct stress_options *asked = run->options;
    int64_t delay_ns = behaviour_delay_ns(&asked->habits, folded);
    return delay_ns ? vf_node_sleep_until(run, vf_clock_now_ns() + delay_ns) : VF_OK;
}

int stress_open_file(const struct vf_node_run *run)
{
    const struct stress_options *asked = run->options;
    int fd = open(asked->file, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    int err = -errno;
    vf_log(VF_LOG_ERROR, "cannot make %s: %s", asked->file, strerror(-err));
    return err;
}

void stress_reach(const void *options, const struct vf_reach *reach)
{
    const struct stress_options *asked = options;
    vf_reach_add_output(reach, asked->file);
}
