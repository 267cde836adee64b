/* SPDX-License-Identifier: MIT */
/* sender.h - sends messages to a broker, in their order, from a thread of its own.
 *
 * A connection that is lost is made again, after a pause that grows from one try to the next. What
 * the broker has not acknowledged by then is sent again. What a connection is, is for a protocol to
 * say, such as that of MQTT or of NATS. The functions of the first part are called from one thread,
 * those of the second within the callbacks of the protocol.
 */
#ifndef VF_NODES_BROKER_SENDER_H
#define VF_NODES_BROKER_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"

/* A topic and what is said there. Starts as {0}. */
struct vf_broker_message {
    struct vf_text topic, payload;
    struct vf_text headers; /* each a name and a text, with a NUL after both */
};

struct vf_broker_counts {
    uint64_t delivered, failed, waiting;
};

/* Why a connection is over. */
struct vf_broker_failure {
    struct vf_text text; /* names the broker, but no user and no password */
    bool is_final;       /* the same will happen again: a wrong password, a certificate */
};

struct vf_broker_sender;

/* How to talk to a broker. All are called with `owner`, and but for `prepare` in the sender's thread. */
struct vf_broker_protocol {
    const char *name; /* of the broker, as people may see it */
    size_t window;    /* messages that may be without an acknowledgement at a time */
    void *owner;
    /* Finds out whether the settings do, and says why not. */
    int (*prepare)(void *owner);
    /* Serves one connection, from its beginning to its end. Returns VF_END after saying goodbye,
     * another error where it is over, with the reason in *failure. The thread may be cancelled where it
     * lets that happen, after which close() is called. */
    int (*serve)(void *owner, struct vf_broker_sender *sender, struct vf_broker_failure *failure);
    /* Frees what is left of a connection, after each. */
    void (*close)(void *owner);
};

void vf_broker_message_finish(struct vf_broker_message *message);

/* Copies the protocol, but not what it points to. `queue` messages may wait. */
VF_MUST_CHECK int vf_broker_sender_create(struct vf_broker_sender **sender,
                                          const struct vf_broker_protocol *protocol, size_t queue);

/* Closes the connection as it is, and forgets what waits. */
void vf_broker_sender_destroy(struct vf_broker_sender **sender);

/* Adds a message. Takes it, except on failure. Returns -EAGAIN when too many wait. */
VF_MUST_CHECK int vf_broker_sender_add(struct vf_broker_sender *sender,
                                       struct vf_broker_message *message);

/* Waits until nothing waits any more, `deadline_ns` (vf_clock_now_ns()) at the latest. Tells whether
 * that is so. */
bool vf_broker_sender_wait(struct vf_broker_sender *sender, int64_t deadline_ns);

/* Says goodbye to the broker: nothing is sent after that. Waits likewise until that is done, and tells
 * whether it is; without a connection there is nothing to do. */
bool vf_broker_sender_leave(struct vf_broker_sender *sender, int64_t deadline_ns);

/* Returns how many messages have come how far. */
struct vf_broker_counts vf_broker_sender_count(struct vf_broker_sender *sender);

/* Returns how many messages the broker has refused since the last call, and why it did the last: in
 * *problem, the caller's. */
uint64_t vf_broker_sender_take_failures(struct vf_broker_sender *sender, struct vf_text *problem);

/* Tells whether there is no connection, and adds the reason as far as it is known. *is_final becomes
 * whether trying again will hardly help. */
bool vf_broker_sender_is_cut_off(struct vf_broker_sender *sender, struct vf_text *reason,
                                 bool *is_final);

/* For protocols. */

/* Whether the connection is to end: at once, or after saying goodbye. */
bool vf_broker_sender_is_stopping(const struct vf_broker_sender *sender);
bool vf_broker_sender_is_leaving(const struct vf_broker_sender *sender);

/* Has the sender look whether there is something new to do; from any thread. */
void vf_broker_sender_wake(struct vf_broker_sender *sender);

/* Returns what can be read when there is something new to do; forgets that it was so. */
int vf_broker_sender_wake_fd(const struct vf_broker_sender *sender);
void vf_broker_sender_calm_down(struct vf_broker_sender *sender);

/* Waits until there is something new to do, for so long at most. */
void vf_broker_sender_rest(struct vf_broker_sender *sender, int64_t longest_ns);

/* Notes that there is a connection now. */
void vf_broker_sender_connected(struct vf_broker_sender *sender);

/* A message in the queue. */
struct vf_broker_entry;

/* Lends the next message to send, until it is settled; NULL: there is none, or as many as may are on
 * their way. */
struct vf_broker_entry *vf_broker_sender_next(struct vf_broker_sender *sender);
const struct vf_broker_message *vf_broker_entry_message(const struct vf_broker_entry *entry);

/* Returns the number of a message, from 1. */
uint64_t vf_broker_entry_number(const struct vf_broker_entry *entry);

/* Notes that a message is on its way, under a number of the protocol's. */
void vf_broker_sender_sent(struct vf_broker_sender *sender, struct vf_broker_entry *entry, int id);

/* Notes what has become of a message: `problem` is NULL where the broker has it. */
void vf_broker_sender_settle(struct vf_broker_sender *sender, struct vf_broker_entry *entry,
                             const char *problem);

/* The same for the one that is on its way under a number. Tells whether there is one. */
bool vf_broker_sender_settle_id(struct vf_broker_sender *sender, int id, const char *problem);

/* The same for all that are on their way: the broker has them. */
void vf_broker_sender_settle_all(struct vf_broker_sender *sender);

/* Notes that the broker has refused one that counts as delivered, or will. From any thread. */
void vf_broker_sender_refuse(struct vf_broker_sender *sender, const char *problem);

#endif
