/* SPDX-License-Identifier: MIT */
/* topic.h - topics that are made of what a message says: "street/{camera}/{what}".
 *
 * Its fields are those of record/fields.h. What would end a level of the topic, or select others,
 * becomes "_". What a topic is like depends on the protocol.
 */
#ifndef VF_NODES_BROKER_TOPIC_H
#define VF_NODES_BROKER_TOPIC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/base/result.h"
#include "engine/base/text.h"

struct vf_broker_topic_rules {
    const char *word;      /* "topic" */
    const char *example;   /* "street/counts" */
    const char *wildcards; /* for those who subscribe; two characters */
    char separator;        /* of levels */
    bool has_empty_levels, has_spaces;
    void (*make_level)(char *field); /* makes one level of a field, by vf_broker_topic_clean() */
};

/* Looks for mistakes in a topic, which may have fields if it `may_vary`. `option` is where it stands.
 * Returns as a node's check(). */
VF_MUST_CHECK int vf_broker_topic_check(const struct vf_broker_topic_rules *rules,
                                        const char *option, const char *topic, bool may_vary,
                                        char *problem, size_t problem_size);

/* Adds the topic of a record (record.h), which comes from the task `task`. */
void vf_broker_topic_print(struct vf_text *text, const struct vf_broker_topic_rules *rules,
                           const char *topic, const json_t *record, const char *task);

/* Puts "_" in place of these characters and of those that control, and hides what may be secret: a
 * topic goes through logs of others. */
void vf_broker_topic_clean(char *field, const char *characters);

#endif
