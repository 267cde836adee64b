/* SPDX-License-Identifier: MIT */
/* discovery.h - how Home Assistant finds what is sent: a retained message with the configuration of a
 * sensor, at homeassistant/COMPONENT/ID/config.
 *
 * What its user writes is handed on as it is, beside `component` and `prefix`; what is missing there
 * follows from the topic.
 */
#ifndef VF_NODES_MQTT_DISCOVERY_H
#define VF_NODES_MQTT_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "nodes/broker/sender.h"

struct vf_mqtt_discovery {
    const char *asked; /* a JSON object; an empty one: there is to be none */
    const char *name;  /* of the sensor, unless it says so */
    const char *topic;
    const char *will, *online, *offline;
    int qos;
    bool is_record; /* the value is a member of what is sent */
};

/* Looks for mistakes. Returns as a node's check(). */
VF_MUST_CHECK int vf_mqtt_discovery_check(const struct vf_mqtt_discovery *discovery, char *problem,
                                          size_t problem_size);

/* Makes the message, if there is to be one. */
VF_MUST_CHECK int vf_mqtt_discovery_make(const struct vf_mqtt_discovery *discovery,
                                         struct vf_broker_message *message);

#endif
