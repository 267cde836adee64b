/* SPDX-License-Identifier: MIT */
/* join_inside.h - what the files of join.h share. Nobody else includes it.
 *
 * join.c has its life and what goes by numbers, join_time.c what goes by time.
 */
#ifndef VF_ENGINE_EDGE_RECEIVE_JOIN_INSIDE_H
#define VF_ENGINE_EDGE_RECEIVE_JOIN_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/edge/receive/join.h"

struct vf_join {
    struct vf_join_rules rules;
    struct vf_source *sources; /* by input */
    size_t count;
    const struct vf_message **fronts; /* for each source: as last looked at */
    uint64_t *floors;                 /* for each source: no lower origin will come from it */
    struct vf_message **last;         /* for each source: what may serve again */
    size_t ends_told;                 /* sources of which VF_ENDED has told */
    uint64_t passed;                  /* of the first source: its last number that was let go of */
};

/* Lends the first message that is data or a gap that matters; NULL: none yet, or ended. */
const struct vf_message *vf_join_front(struct vf_join *join, size_t i);

/* Takes the front away for good. */
void vf_join_discard(struct vf_join *join, size_t i);

/* Looks at the front of each source. Its sender may drop it at any time, so what was seen is judged
 * as it was seen, and looked at again only once it was let go of or could not be claimed. Returns
 * how many there are. */
size_t vf_join_look(struct vf_join *join);

/* Takes the front of each source, as last looked at. Returns false, with nothing taken, when the
 * sender of one had just dropped it: the others stay in front, and may find another partner. */
bool vf_join_take_all(struct vf_join *join, struct vf_message **items);

/* A source that has ended makes its partners pointless, if the join goes on to the last
 * end: they are let go of. */
void vf_join_discard_partners(struct vf_join *join);

/* Says whether, now that some source has nothing to give, the join is over. */
VF_MUST_CHECK int vf_join_wait_or_end(const struct vf_join *join, struct vf_joined *joined);

/* All within the tolerance of the latest; what is older than that is let go of. */
VF_MUST_CHECK int vf_join_near(struct vf_join *join, struct vf_joined *joined);

/* The first source leads; the others give their nearest message, or their last once more. */
VF_MUST_CHECK int vf_join_with_last(struct vf_join *join, struct vf_joined *joined);

#endif
