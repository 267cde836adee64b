/* SPDX-License-Identifier: MIT */
/* join_inside.h - what the files of the join share. Nobody else includes it.
 *
 * join.c has its life and most ways to put messages together, join_latest.c the one by latest.
 */
#ifndef VF_ENGINE_EDGE_RECEIVE_JOIN_INSIDE_H
#define VF_ENGINE_EDGE_RECEIVE_JOIN_INSIDE_H

#include "engine/edge/receive/join.h"
#include "engine/edge/receive/join_source.h"

/* What a join by latest knows of the message that it keeps of a source. */
struct vf_join_newest {
    struct vf_inbox *lane;
    int64_t came_ns;
    uint64_t number; /* of all that have come of the source, from 1 */
    bool is_counted; /* it has been handed out */
};

struct vf_join {
    struct vf_join_rules rules;
    struct vf_join_source *sources; /* by input */
    size_t count;
    const struct vf_message **fronts; /* for each source: as last looked at */
    uint64_t *floors;                 /* for each source: no lower origin will come from it */
    uint64_t *later_floors;           /* for each source: the same when what a process before had
                                         taken, and not answered, is taken again */
    struct vf_message **last;         /* for each source: what may serve again */
    struct vf_join_newest *newest;    /* for each source */
    bool has_begun;                   /* by latest, at ticks: */
    int64_t zero_ns;                  /* moment of tick 0 */
    uint64_t tick;                    /* the next one */
    size_t ends_reported;             /* sources whose end VF_ENDED has reported */
    uint64_t led;                     /* by origin, where the first source leads: its last number
                                         that was handed out */
    uint64_t passed;                  /* of the first source: its last number that was let go of, */
    int64_t passed_ns;                /* and the time of that; VF_NO_TIMESTAMP: unknown */
    unsigned preferred;               /* 1 + the input that is to be handed out next; 0: any */
};

/* Whether what is joined has numbers of its own. */
static inline bool vf_join_has_ticks(const struct vf_join *join)
{
    return join->rules.rate.num > 0;
}

/* Lends the first message that is data or a gap that matters; NULL: none yet, or ended. */
const struct vf_message *vf_join_front_of(struct vf_join *join, size_t i);

/* Returns VF_END if the join is over now that some source has nothing to give, else -EAGAIN. The second
 * also lets go of the partners of one that has ended. */
int vf_join_wait_or_end(const struct vf_join *join, struct vf_joined *joined);
int vf_join_wait_for_partners(struct vf_join *join, struct vf_joined *joined);

/* Lets go of what is kept of a source. What was never handed out had no use. */
void vf_join_forget_last(struct vf_join *join, size_t i);

/* Join by latest: for each message of the first source, or at ticks. Return as vf_join_next(). */
int vf_join_led(struct vf_join *join, struct vf_joined *joined);
int vf_join_at_ticks(struct vf_join *join, struct vf_joined *joined);

#endif
