/* SPDX-License-Identifier: MIT */
/* episode.h - a state that begins and ends, and is told as an event each time.
 *
 * It begins once it has been so for a while, and ends once it has not been so for a while; the
 * events name the first and the last message in which it was so.
 */
#ifndef VF_NODES_VISION_EPISODE_H
#define VF_NODES_VISION_EPISODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

struct vf_node_run;

/* For how many messages in a row, and for how long. */
struct vf_patience {
    int messages;
    int64_t ns; /* between timestamps */
};

enum vf_turn { VF_TURN_NONE, VF_TURN_BEGINS, VF_TURN_ENDS };

/* Starts as {0}, with settings. */
struct vf_episode {
    const char *what, *camera; /* in events */
    unsigned port;             /* that events go out of */
    struct vf_patience begin, end;
    bool is_on;
    int messages;             /* in a row that say the other of `is_on` */
    struct vf_message *first; /* in which it was so; in the row, or since it is on. No payload */
    struct vf_message *last;  /* in which it was so */
    struct vf_message *other; /* the first of the row that say the other */
};

/* Remembers in *noted, which starts as NULL, what a message says of itself, without its payload.
 * Returns -ENOMEM. */
VF_MUST_CHECK int vf_episode_note(struct vf_message **noted, const struct vf_message *message);

/* Takes a message in which it is so, or is not. Says in *turn whether the state begins or ends. Returns
 * -ENOMEM. */
VF_MUST_CHECK int vf_episode_take(struct vf_episode *episode, bool is_so,
                                  const struct vf_message *message, enum vf_turn *turn);

/* Tells of a turn as an answer to `message`. Takes `details`. Returns as vf_node_emit(), VF_OK for
 * what was dropped. */
VF_MUST_CHECK int vf_episode_tell(struct vf_episode *episode, enum vf_turn turn,
                                  struct vf_node_run *run, json_t *details,
                                  const struct vf_message *message);

/* Ends a state that is on, and tells of it, when nothing more comes. Takes `details`. Returns as
 * vf_episode_tell(). */
VF_MUST_CHECK int vf_episode_end(struct vf_episode *episode, struct vf_node_run *run,
                                 json_t *details);

void vf_episode_finish(struct vf_episode *episode);

#endif
