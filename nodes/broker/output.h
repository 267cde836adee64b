/* SPDX-License-Identifier: MIT */
/* output.h - what a node that sends messages to a broker does with them, whatever the protocol.
 *
 * In batch each is waited for, and the task fails when one cannot be delivered; in realtime nothing is
 * waited for, and what is missing is counted.
 */
#ifndef VF_NODES_BROKER_OUTPUT_H
#define VF_NODES_BROKER_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "nodes/broker/sender.h"
#include "nodes/record/cooldown.h"

struct vf_node_run;
struct vf_message;

enum vf_broker_payload { VF_BROKER_VALUE, VF_BROKER_RECORD };

/* As an options table fills it. */
struct vf_broker_output_options {
    enum vf_broker_payload payload;
    int queue;
    int64_t timeout;
    bool boxes;
    struct vf_cooldown_options telling;
};

/* The options of a node that has an output. `place` leads from its struct to the options: `output.`. */
#define VF_BROKER_PAYLOAD(type, place)                                                            \
    {                                                                                             \
        "payload", "What a message says",                                                         \
            VF_CHOICE(type, place payload,                                                        \
                      {"value", VF_BROKER_VALUE, "The value: text as it is, all else as JSON"},   \
                      {"record", VF_BROKER_RECORD,                                                \
                       "The line that file_append writes: the value, with number, timestamp and " \
                       "source"}),                                                                \
            .fallback = "value"                                                                   \
    }
#define VF_BROKER_QUEUE(type, place)                                                               \
    {                                                                                              \
        "queue", "Largest number of waiting messages, in realtime", VF_INTEGER(type, place queue), \
            .fallback = "100", VF_RANGE(1, 1e5)                                                    \
    }
#define VF_BROKER_TIMEOUT(type, place)                                                             \
    {                                                                                              \
        "timeout",                                                                                 \
            "In batch, fail if a message is not acknowledged for this long; in realtime, longest " \
            "wait at the end",                                                                     \
            VF_DURATION(type, place timeout), .fallback = "30", VF_RANGE(0.001, 86400)             \
    }

struct vf_broker_output {
    const struct vf_broker_output_options *options; /* borrowed */
    const char *kind;                               /* "broker": what listens, and its option */
    /* Makes the topic, and what else a message has besides its payload, of a record (record.h) that
     * comes from the task `task`. What runs out of memory fails in its text. */
    void (*address)(void *owner, const json_t *record, const char *task,
                    struct vf_broker_message *message);
    void *owner;
    /* Private: */
    struct vf_broker_sender *sender;
    const char *name;
    struct vf_cooldown cooldown;
    uint64_t dropped;    /* in realtime */
    bool has_told_final; /* that the broker refuses the connection, in realtime */
};

/* Parts of the callbacks of a node. `protocol` is copied, but not what it points to. */
VF_MUST_CHECK int vf_broker_output_open(struct vf_broker_output *output, struct vf_node_run *run,
                                        const struct vf_broker_protocol *protocol);
VF_MUST_CHECK int vf_broker_output_consume(struct vf_broker_output *output, struct vf_node_run *run,
                                           struct vf_message *const *inputs);
VF_MUST_CHECK int vf_broker_output_flush(struct vf_broker_output *output, struct vf_node_run *run);
void vf_broker_output_close(struct vf_broker_output *output);

#endif
