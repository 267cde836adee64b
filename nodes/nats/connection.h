/* SPDX-License-Identifier: MIT */
/* connection.h - one connection to a NATS server, from its beginning to its end, by libnats.
 *
 * A connection belongs to one thread; what libnats tells comes in threads of its own. A message has
 * arrived when the server has answered a PING that was sent after it, or, with JetStream, when its
 * stream has acknowledged it.
 */
#ifndef VF_NODES_NATS_CONNECTION_H
#define VF_NODES_NATS_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "nodes/broker/access.h"
#include "nodes/broker/address.h"
#include "nodes/broker/sender.h"

struct vf_nats_settings {
    struct vf_broker_address server;
    const char *user, *password, *token; /* NULL: none */
    const char *creds, *client_name;     /* "": none */
    const struct vf_broker_access *access;
    int64_t keepalive_ns;
    bool uses_jetstream;
};

struct vf_nats_connection;

/* Around all connections of a process. */
VF_MUST_CHECK int vf_nats_library_init(void);
void vf_nats_library_finish(void);

/* Finds out whether there can be a connection with these settings, without making one. Says why not. */
VF_MUST_CHECK int vf_nats_settings_try(const struct vf_nats_settings *settings);

/* Makes a connection, which borrows the settings and the sender: that is woken when the connection is
 * over, and told of messages that the server refuses later. The thread may be cancelled here, and
 * here only. Returns -ENOTCONN when it cannot. */
VF_MUST_CHECK int vf_nats_connection_open(struct vf_nats_connection **connection,
                                          const struct vf_nats_settings *settings,
                                          struct vf_broker_sender *sender);
void vf_nats_connection_close(struct vf_nats_connection **connection);

/* Sends a message. Returns -EINVAL, with the reason in *problem, lent until the next call, for one that
 * can never be sent, and -ENOTCONN when the connection is over. */
VF_MUST_CHECK int vf_nats_connection_publish(struct vf_nats_connection *connection,
                                             const struct vf_broker_message *message,
                                             const char **problem);

/* Waits until the server has looked at all that was published, for a second at most. Returns -EAGAIN
 * when it has not, and -ENOTCONN likewise. */
VF_MUST_CHECK int vf_nats_connection_flush(struct vf_nats_connection *connection);

/* Sends a message and waits until a stream has it, for a second at most. `id` is the same for one
 * message that is sent again, so that a stream has it once. Returns as publish() and flush(). */
VF_MUST_CHECK int vf_nats_connection_store(struct vf_nats_connection *connection,
                                           const struct vf_broker_message *message, const char *id,
                                           const char **problem);

/* Returns -ENOTCONN when the connection is over. */
VF_MUST_CHECK int vf_nats_connection_look(struct vf_nats_connection *connection);

/* Gives the caller why the connection is over. */
void vf_nats_connection_take_failure(struct vf_nats_connection *connection,
                                     struct vf_broker_failure *failure);

#endif
