/* SPDX-License-Identifier: MIT */
/* cooldown.h - at most one message in a while of what is the same: the options of a node that tells
 * people, and what it leaves out, which the next message says.
 */
#ifndef VF_NODES_RECORD_COOLDOWN_H
#define VF_NODES_RECORD_COOLDOWN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/base/text.h"
#include "engine/node/option/option.h"

struct vf_node_run;
struct vf_message;
struct vf_cooldown_entry;

struct vf_cooldown_options {
    char *camera, *key;
    int64_t cooldown_ns;
};

/* The options of a node that sends records. `place` leads from its struct to a
 * struct vf_cooldown_options: `telling.`. */
#define VF_COOLDOWN_OPTIONS(type, place)                                                          \
    {"camera", "What to call the camera; empty: what the event calls it",                         \
     VF_TEXT(type, place camera), .fallback = ""},                                                \
        {"cooldown",                                                                              \
         "After a message, leave out those with the same cooldown_key for so long; the next one " \
         "says how many, as suppressed; 0: send all",                                             \
         VF_DURATION(type, place cooldown_ns), .fallback = "0", VF_RANGE(0, 86400)},              \
    {                                                                                             \
        "cooldown_key", "What is the same, for cooldown: text with fields, such as {what}",       \
            VF_TEXT(type, place key), .fallback = "{camera}/{task}/{what}/{where}"                \
    }

/* Starts as {.options}. */
struct vf_cooldown {
    const struct vf_cooldown_options *options; /* borrowed */
    uint64_t suppressed;                       /* in all */
    /* Private: */
    struct vf_cooldown_entry *entries; /* by key */
    size_t count;
};

/* Returns as a node's check(). */
VF_MUST_CHECK int vf_cooldown_check(const struct vf_cooldown_options *options, char *problem,
                                    size_t problem_size);

/* Gives the camera of a record its name, and decides whether it is sent; if so, with a cool-down, it
 * says how many were left out before it. `inputs` are what it was made of: in batch what counts is
 * their time, if they have one. */
bool vf_cooldown_passes(struct vf_cooldown *cooldown, const struct vf_node_run *run,
                        struct vf_message *const *inputs, json_t *record);

/* Says in the report how many were left out, for the output that is noted next. */
void vf_cooldown_report(const struct vf_cooldown *cooldown, struct vf_node_run *run,
                        struct vf_text *line);

void vf_cooldown_finish(struct vf_cooldown *cooldown);

#endif
