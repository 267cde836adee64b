/* SPDX-License-Identifier: MIT */
/* sender.h - sends messages to an MQTT broker, in their order, from a thread of its own.
 *
 * A connection that is lost is made again, after a pause that grows from one try to the next. What
 * the broker has not acknowledged by then is sent again; with QoS 0, a message is done with as soon as
 * it has been handed to the network. All functions are called from one thread.
 */
#ifndef VF_NODES_MQTT_SENDER_H
#define VF_NODES_MQTT_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "nodes/mqtt/client.h"

/* A topic and what is said there. Starts as {0}. */
struct vf_mqtt_message {
    struct vf_text topic, payload;
};

struct vf_mqtt_counts {
    uint64_t delivered, failed, waiting;
};

struct vf_mqtt_sender;

void vf_mqtt_message_finish(struct vf_mqtt_message *message);

/* Borrows the settings. `queue` messages may wait. Takes *greeting, which is retained, and sent first
 * whenever there is a connection; without a topic, nothing is. */
VF_MUST_CHECK int vf_mqtt_sender_create(struct vf_mqtt_sender **sender,
                                        const struct vf_mqtt_settings *settings, size_t queue,
                                        struct vf_mqtt_message *greeting);

/* Closes the connection as it is, and forgets what waits. */
void vf_mqtt_sender_destroy(struct vf_mqtt_sender **sender);

/* Adds a message. Takes it, except on failure. Returns -EAGAIN when too many wait. */
VF_MUST_CHECK int vf_mqtt_sender_add(struct vf_mqtt_sender *sender,
                                     struct vf_mqtt_message *message);

/* Waits until nothing waits any more, `deadline_ns` (vf_clock_now_ns()) at the latest. Tells whether
 * that is so. */
bool vf_mqtt_sender_wait(struct vf_mqtt_sender *sender, int64_t deadline_ns);

/* Says goodbye to the broker: nothing is sent after that. Waits likewise until that is done, and tells
 * whether it is; without a connection there is nothing to do. */
bool vf_mqtt_sender_leave(struct vf_mqtt_sender *sender, int64_t deadline_ns);

/* Returns how many messages have come how far. */
struct vf_mqtt_counts vf_mqtt_sender_count(struct vf_mqtt_sender *sender);

/* Returns how many messages the broker has refused since the last call, and why it did the last: in
 * *problem, the caller's. */
uint64_t vf_mqtt_sender_take_failures(struct vf_mqtt_sender *sender, struct vf_text *problem);

/* Tells whether there is no connection, and adds the reason as far as it is known. *is_final becomes
 * whether trying again will hardly help. */
bool vf_mqtt_sender_is_cut_off(struct vf_mqtt_sender *sender, struct vf_text *reason,
                               bool *is_final);

#endif
