/* SPDX-License-Identifier: MIT */
/* topic.h - what topics of MQTT are like: street/counts. */
#ifndef VF_NODES_MQTT_TOPIC_H
#define VF_NODES_MQTT_TOPIC_H

#include "nodes/broker/topic.h"

extern const struct vf_broker_topic_rules vf_mqtt_topics;

#endif
