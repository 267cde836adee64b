/* SPDX-License-Identifier: MIT */
/* topic.h - topics that are made of what a message says: "street/{camera}/{what}".
 *
 * Its fields are those of record/fields.h. What would end a level of the topic, or select others,
 * becomes "_".
 */
#ifndef VF_NODES_MQTT_TOPIC_H
#define VF_NODES_MQTT_TOPIC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/base/text.h"

/* Looks for mistakes in a topic, which may have fields if it `may_vary`. `option` is where it stands.
 * Returns as a node's check(). */
VF_MUST_CHECK int vf_mqtt_topic_check(const char *option, const char *topic, bool may_vary,
                                      char *problem, size_t problem_size);

/* Adds the topic of a record (record.h), which comes from the task `task`. */
void vf_mqtt_topic_print(struct vf_text *text, const char *topic, const json_t *record,
                         const char *task);

#endif
