/* SPDX-License-Identifier: MIT */
/* client.h - one connection to an MQTT broker, from its beginning to its end, by libmosquitto.
 *
 * A client belongs to one thread. What goes wrong with the connection is said in its failure, which
 * names the broker, but no user and no password.
 */
#ifndef VF_NODES_MQTT_CLIENT_H
#define VF_NODES_MQTT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "nodes/broker/address.h"
#include "nodes/broker/sender.h"

enum vf_mqtt_version { VF_MQTT_5, VF_MQTT_3_1_1 };

struct vf_mqtt_settings {
    struct vf_broker_address broker;
    const char *client_id, *user, *password; /* NULL: none */
    enum vf_mqtt_version version;
    int keepalive_s, qos;
    bool retains;
    const char *will, *online,
        *offline;                /* where it is said that this client is there; "": nowhere */
    const char *ca, *cert, *key; /* "": none */
    bool is_insecure;
};

/* What has become of a message with QoS 1 or 2. `problem` is NULL where the broker has it. */
typedef void vf_mqtt_settled(void *owner, int id, const char *problem);

struct vf_mqtt_client;

/* Around all clients of a process. */
VF_MUST_CHECK int vf_mqtt_library_init(void);
void vf_mqtt_library_finish(void);

/* Borrows the settings. `settled` is called within vf_mqtt_client_work(). */
VF_MUST_CHECK int vf_mqtt_client_create(struct vf_mqtt_client **client,
                                        const struct vf_mqtt_settings *settings,
                                        vf_mqtt_settled *settled, void *owner);

/* Without vf_mqtt_client_leave(), the broker publishes the will. */
void vf_mqtt_client_destroy(struct vf_mqtt_client **client);

/* Begins to connect. Waits until the network has answered; the thread may be cancelled here, and
 * here only. Returns -ENOTCONN when it cannot. */
VF_MUST_CHECK int vf_mqtt_client_connect(struct vf_mqtt_client *client);

/* Lets the client work until something has come or `wake_fd` can be read, a second at most. Returns
 * -ENOTCONN when the connection is over, or has not come about in time. */
VF_MUST_CHECK int vf_mqtt_client_work(struct vf_mqtt_client *client, int wake_fd);

/* Returns whether the broker has accepted the connection. */
bool vf_mqtt_client_is_accepted(const struct vf_mqtt_client *client);

/* Returns whether there is something that the network has not taken yet. */
bool vf_mqtt_client_is_busy(const struct vf_mqtt_client *client);

/* Sends a message. *id is that with which it is settled; without an acknowledgement (QoS 0) it is
 * not. Returns -EINVAL, with the reason in *problem, for a message that can never be sent, and
 * -ENOTCONN as vf_mqtt_client_work(). */
VF_MUST_CHECK int vf_mqtt_client_publish(struct vf_mqtt_client *client, const char *topic,
                                         const struct vf_text *payload, bool retains, int *id,
                                         const char **problem);

/* Says goodbye: the broker does not publish the will. vf_mqtt_client_work() returns -ENOTCONN once
 * that has been sent. */
void vf_mqtt_client_leave(struct vf_mqtt_client *client);

/* Gives the caller why the connection is over. */
void vf_mqtt_client_take_failure(struct vf_mqtt_client *client, struct vf_broker_failure *failure);

#endif
