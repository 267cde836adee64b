/* SPDX-License-Identifier: MIT */
/* service.h - sends what a sender (broker/sender.h) has by MQTT, and says what there is to say at the
 * beginning and at the end of a connection.
 */
#ifndef VF_NODES_MQTT_SERVICE_H
#define VF_NODES_MQTT_SERVICE_H

#include <stdbool.h>

#include "nodes/broker/sender.h"
#include "nodes/mqtt/client.h"

/* Starts as {.settings}; belongs to the sender's thread while there is one. */
struct vf_mqtt_service {
    struct vf_mqtt_settings settings;
    struct vf_broker_message greeting; /* retained, and sent first whenever there is a connection;
                                          without a topic, nothing is */
    /* Private: */
    struct vf_broker_sender *sender;
    struct vf_mqtt_client *client;
    int unsettled; /* messages of its own that the broker has not acknowledged */
    bool has_library, is_greeted, has_left;
};

/* Returns how to talk to the broker of a service, which it borrows. */
struct vf_broker_protocol vf_mqtt_service_protocol(struct vf_mqtt_service *service);

/* Frees what the settings and the greeting have. After the sender. */
void vf_mqtt_service_finish(struct vf_mqtt_service *service);

#endif
