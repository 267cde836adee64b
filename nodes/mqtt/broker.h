/* SPDX-License-Identifier: MIT */
/* broker.h - the address of an MQTT broker: mqtt://[USER[:PASSWORD]@]HOST[:PORT], or mqtts:// for TLS.
 */
#ifndef VF_NODES_MQTT_BROKER_H
#define VF_NODES_MQTT_BROKER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"

/* Starts as {0}. */
struct vf_mqtt_broker {
    char *name;            /* the address as people may see it: without user and password */
    char *host;            /* of an IPv6 address without brackets */
    char *user, *password; /* NULL: none; what is %41 in the address is A here */
    int port;
    bool is_encrypted;
};

/* Takes an address apart. Returns as a node's check(); what is wrong is said without repeating what
 * may be secret. */
VF_MUST_CHECK int vf_mqtt_broker_parse(struct vf_mqtt_broker *broker, const char *address,
                                       char *problem, size_t problem_size);
void vf_mqtt_broker_finish(struct vf_mqtt_broker *broker);

#endif
