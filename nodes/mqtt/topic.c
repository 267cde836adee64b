/* SPDX-License-Identifier: MIT */
#include "nodes/mqtt/topic.h"

static void make_level(char *field)
{
    vf_broker_topic_clean(field, "+#/");
}

const struct vf_broker_topic_rules vf_mqtt_topics = {
    .word = "topic",
    .example = "street/counts",
    .wildcards = "+#",
    .separator = '/',
    .has_empty_levels = true,
    .has_spaces = true,
    .make_level = make_level,
};
