/* SPDX-License-Identifier: MIT */
/* reconnect_option.h - how a flow file says whether a live source is connected again.
 *
 * Either one word, or a mapping: {initial: 1s, max: 30s, attempts: 0}.
 */
#ifndef VF_ENGINE_MEDIA_READ_OPEN_RECONNECT_OPTION_H
#define VF_ENGINE_MEDIA_READ_OPEN_RECONNECT_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "engine/node/option/option.h"

enum vf_reconnect_when {
    VF_RECONNECT_AUTO,  /* once it has been there; in batch not when it was closed in order */
    VF_RECONNECT_TRUE,  /* always, the first time, too */
    VF_RECONNECT_FALSE, /* never */
};

/* As it was given. */
struct vf_reconnect_option {
    enum vf_reconnect_when when;
    struct vf_map keys;
};

/* As it is meant. */
struct vf_reconnect_wish {
    enum vf_reconnect_when when;
    int64_t initial_ns; /* before the first attempt; then twice as long each time */
    int64_t longest_ns;
    int attempts; /* one after the other; 0: any number */
};

extern const struct vf_option_kind vf_kind_reconnect;

#define VF_RECONNECT(type, field)                                                            \
    VF_OF_KIND(reconnect, VF_FIELD(type, field, struct vf_reconnect_option)),                \
        .choices = VF_ITEMS(                                                                 \
            struct vf_choice,                                                                \
            {"auto", VF_RECONNECT_AUTO,                                                      \
             "When it fails or falls silent, and in realtime also when the other side ends " \
             "it"},                                                                          \
            {"true", VF_RECONNECT_TRUE,                                                      \
             "However it ends, and when it is not available at "                             \
             "the start"},                                                                   \
            {"false", VF_RECONNECT_FALSE, "Never: its end is the end"})

/* Reads what was given. Returns as a node's check(), and fills in `problem` as that
 * does. */
VF_MUST_CHECK int vf_reconnect_option_read(const struct vf_reconnect_option *option,
                                           struct vf_reconnect_wish *wish, char *problem,
                                           size_t problem_size);

#endif
