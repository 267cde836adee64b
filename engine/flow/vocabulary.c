/* SPDX-License-Identifier: MIT */
#include "engine/flow/vocabulary.h"

#include <errno.h>
#include <string.h>

#include "engine/base/array.h"

#define LONGEST_QUEUE 3600  /* seconds */
#define LONGEST_DELAY 86400 /* likewise */
#define LONGEST_PEER_TIMEOUT 3600
#define QUOTED(text) #text
#define QUOTE(number) QUOTED(number)

static const struct vf_option flow_keys[] = {
    [VF_FLOW_VERSION] = {"vflow", "Version of the format"},
    [VF_FLOW_INCLUDE] = {"include", "Flow files whose nodes and variables are added"},
    [VF_FLOW_PLUGINS] = {"plugins", "Shared objects with more types of nodes"},
    [VF_FLOW_MODE] = {"mode", "Whether senders wait or drop",
                      VF_CHOICE(struct vf_flow_values, mode,
                                {"batch", VF_MODE_BATCH, "Senders wait"},
                                {"realtime", VF_MODE_REALTIME, "Senders drop"}),
                      .fallback = "batch"},
    [VF_FLOW_VARS] = {"vars", "Variables and their defaults"},
    [VF_FLOW_TRANSPORT] = {"transport", "How messages travel between tasks",
                           VF_CHOICE(struct vf_flow_values, transport,
                                     VF_TRANSPORTS(VF_TRANSPORT_)),
                           .fallback = "shm"},
    [VF_FLOW_SECURITY] = {"security", "Who can take part over TCP",
                          VF_CHOICE(struct vf_flow_values, security,
                                    {"curve", VF_SECURITY_CURVE,
                                     "Tasks of this run only, by keys of its own"},
                                    {"none", VF_SECURITY_NONE, "Anyone who reaches the ports"}),
                          .fallback = "curve"},
    [VF_FLOW_HOSTS] = {"hosts", "The machines that the nodes run on, by name"},
    [VF_FLOW_PEER_TIMEOUT] = {"peer_timeout", "Without a sign of life for so long, a host is lost",
                              VF_DURATION(struct vf_flow_values, peer_timeout_ns),
                              VF_RANGE(1, LONGEST_PEER_TIMEOUT),
                              .fallback = QUOTE(VF_DEFAULT_PEER_TIMEOUT)},
    [VF_FLOW_MEMORY] = {"memory", "Limit for the memory of all frames",
                        VF_MEMORY(struct vf_flow_values, memory)},
    [VF_FLOW_SANDBOX] = {"sandbox", "Whether tasks are kept from what they do not need",
                         VF_SANDBOX_CHOICE(struct vf_flow_values, sandbox), .fallback = "on"},
    [VF_FLOW_HTTP] = {"http", "Address at which the run is shown in a browser",
                      VF_TEXT(struct vf_flow_values, http)},
    [VF_FLOW_DEFAULTS] = {"defaults", "Defaults for all edges and nodes"},
    [VF_FLOW_INPUTS] =
        {"inputs", "Of a sub-flow: its inputs, each with the NODE or NODE.INPUT that it goes to"},
    [VF_FLOW_OUTPUTS] =
        {"outputs", "Of a sub-flow: its outputs, each with the NODE or NODE.OUTPUT that it is"},
    [VF_FLOW_NODES] = {"nodes", "The tasks, by name"},
    [VF_FLOW_EVENTS] = {"events", "Nodes that are told what happens to the run itself"},
    [VF_FLOW_TESTS] = {"tests", "Tests of the flow, by name, for vflow test"},
};
_Static_assert(VF_COUNT(flow_keys) == VF_FLOW_KEY_COUNT, "every key has its row");
const struct vf_option_list vf_flow_key_options = VF_LIST(flow_keys);

static const struct vf_option tcp_keys[] = {
    {"host", "Address where the tasks listen", VF_TEXT(struct vf_tcp_values, host),
     .fallback = VF_DEFAULT_HOST},
    {"base", "Port that socket numbers count from", VF_INTEGER(struct vf_tcp_values, base),
     VF_RANGE(2, 65534), .fallback = QUOTE(VF_DEFAULT_BASE)},
};
const struct vf_option_list vf_tcp_key_options = VF_LIST(tcp_keys);

static const struct vf_option host_keys[] = {
    [VF_HOST_NODES] = {"nodes",
                       "Names of nodes, or of what nodes are in; one host may have the rest"},
    [VF_HOST_ADDRESS] = {"address", "Where its tasks listen; the name of the host by default",
                         VF_TEXT(struct vf_host_values, address)},
    [VF_HOST_BASE] = {"base",
                      "Port that its socket numbers count from; that of transport by default",
                      VF_INTEGER(struct vf_host_values, base), VF_RANGE(2, 65534)},
};
_Static_assert(VF_COUNT(host_keys) == VF_HOST_KEY_COUNT, "every key has its row");
const struct vf_option_list vf_host_key_options = VF_LIST(host_keys);

/* A number is one of messages; what has a unit is a time. */
static int parse_queue(const struct vf_option *option, const char *text, void *field)
{
    static const struct vf_option time = {.name = "queue", VF_RANGE(0.001, LONGEST_QUEUE)};
    struct vf_queue asked = {0};
    int err = vf_kind_integer.parse(option, text, &asked.messages);
    if (err == -EINVAL && strpbrk(text, "hmsun"))
        err = vf_kind_duration.parse(&time, text, &asked.time_ns);
    if (!err)
        *(struct vf_queue *)field = asked;
    return err;
}

static const struct vf_option_kind vf_kind_queue = {
    .name = "integer or duration",
    .example = ", such as 4 or 2s",
    .schema_type = "integer",
    .schema_pattern = "^[0-9.]+[hmsun]",
    .parse = parse_queue,
};

static const struct vf_option edge_keys[] = {
    [VF_EDGE_QUEUE] = {"queue", "Messages that may wait; or 2s: all that comes in such a time",
                       VF_OF_KIND(queue, VF_FIELD(struct vf_edge_values, queue, struct vf_queue)),
                       VF_RANGE(1, VF_MAX_QUEUE), .unit = "messages"},
    [VF_EDGE_DROP] = {"drop", "Which message to drop when there is no room",
                      VF_CHOICE(struct vf_edge_values, drop,
                                {"never", VF_DROP_NEVER, "The sender waits"},
                                {"newest", VF_DROP_NEWEST, "The message being sent"},
                                {"oldest", VF_DROP_OLDEST, "The message that has waited longest"})},
    [VF_EDGE_WIRE] = {"wire", "How payloads travel between hosts, and over ipc and tcp",
                      VF_CHOICE(struct vf_edge_values, wire, {"raw", VF_WIRE_RAW, "As they are"},
                                {"lz4", VF_WIRE_LZ4, "Compressed without loss"},
                                {"h264", VF_WIRE_H264, "Pictures by H.264, with loss"})},
};
_Static_assert(VF_COUNT(edge_keys) == VF_EDGE_KEY_COUNT, "every key has its row");
const struct vf_option_list vf_edge_key_options = VF_LIST(edge_keys);

static const struct vf_option input_keys[] = {
    [VF_INPUT_FROM] = {"from", "NODE or NODE.PORT", .kind = &vf_kind_text},
    [VF_INPUT_DELAY] = {"delay", "Time to add to the timestamps; below zero, it is taken off",
                        VF_DURATION(struct vf_input_values, delay_ns),
                        VF_RANGE(-LONGEST_DELAY, LONGEST_DELAY)},
};
_Static_assert(VF_COUNT(input_keys) == VF_INPUT_KEY_COUNT, "every key has its row");
const struct vf_option_list vf_input_key_options = VF_LIST(input_keys);

#define LOOP_KEYS                                                                  \
    {"for_each", "A list to go through: the node is there once for each element"}, \
        {"as", "What the element is called in variables; each by default"},        \
        {"vars", "Variables for the nodes in it"},                                 \
    {                                                                              \
        "type", "flow, for a sub-flow"                                             \
    }

static const struct vf_option subflow_keys[] = {
    {"file", "The flow file; its name starts from the folder of this file"},
    {"inputs", "Where its inputs come from"},
    LOOP_KEYS,
};
const struct vf_option_list vf_subflow_key_options = VF_LIST(subflow_keys);

static const struct vf_option nested_keys[] = {
    {"nodes", "The nodes in it"},
    {"outputs", "Its outputs, each with the NODE or NODE.OUTPUT that it is"},
    LOOP_KEYS,
};
const struct vf_option_list vf_nested_key_options = VF_LIST(nested_keys);

static const struct vf_option test_keys[] = {
    {"name", "Its name, in a list of tests"},
    {"vars", "Values of variables"},
    {"set", "Settings, as PATH: VALUE"},
    {"mode", "The mode, in place of the flow's"},
    {"replace", "Nodes in place of those of the same name"},
    {"inputs", "Nodes for the inputs of a flow that is a part of others"},
    {"time_limit", "How long it may take"},
    {"expect", "What is expected"},
};
const struct vf_option_list vf_test_key_options = VF_LIST(test_keys);

static const struct vf_option expect_keys[] = {
    {"status", "Exit status; 0 by default"},
    {"counts", "Messages of a NODE or NODE.PORT: 5, \">= 5\", or {in, out, dropped, errors}"},
    {"values", "Of an output: a list of all, or {first, last, count, all, NUMBER}"},
    {"frames", "Of an output: the hash of all, or {hash, count, framemd5}"},
    {"files", "Of a file: true, false, or {frames, seconds, size, bytes, exists}"},
    {"log", "Text, or several, that standard error has"},
    {"output", "Text, or several, that standard output has"},
};
const struct vf_option_list vf_expect_key_options = VF_LIST(expect_keys);

const char *vf_flow_mode_name(enum vf_flow_mode mode)
{
    return vf_choice_name(&flow_keys[VF_FLOW_MODE].choices, mode);
}

const char *vf_drop_policy_name(enum vf_drop_policy drop)
{
    return vf_choice_name(&edge_keys[VF_EDGE_DROP].choices,
                          drop == VF_DROP_BY_MODE ? VF_DROP_NEVER : drop);
}

const char *vf_wire_form_name(enum vf_wire_form wire)
{
    return vf_choice_name(&edge_keys[VF_EDGE_WIRE].choices,
                          wire == VF_WIRE_BY_DEFAULT ? VF_WIRE_RAW : wire);
}
