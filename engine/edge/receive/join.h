/* SPDX-License-Identifier: MIT */
/* join.h - puts together what comes from several parents.
 *
 * By origin: each source brings its origins in rising order, with gaps where nothing will come,
 * so one look at the fronts shows which message has lost its partners, and nothing ever waits for
 * one that will not come. By order: the first of each, then the second of each; gaps mean
 * nothing. By time: those whose timestamps are near enough. By arrival: whatever was published
 * first. By latest: the newest of each, for each message of the first input, or at the ticks of a
 * clock; nothing waits for a slow input, and what is not the newest then is left out (unmatched).
 */
#ifndef VF_ENGINE_EDGE_RECEIVE_JOIN_H
#define VF_ENGINE_EDGE_RECEIVE_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/edge/receive/inbox.h"

enum vf_join_by {
    VF_JOIN_BY_ARRIVAL, /* one message at a time, from whichever input has one */
    VF_JOIN_BY_ORIGIN,  /* one of each input, all of one origin */
    VF_JOIN_BY_ORDER,   /* one of each input: first with first, second with second */
    VF_JOIN_BY_TIME,    /* one of each input, all within a tolerance */
    VF_JOIN_BY_LATEST,  /* the newest of each input */
};

/* Which end of an input ends the join. */
enum vf_join_end {
    VF_JOIN_END_BY_NEED, /* the first that makes a complete input impossible */
    VF_JOIN_END_ANY,     /* the first */
    VF_JOIN_END_ALL,     /* the last */
};

struct vf_join_rules {
    enum vf_join_by by;
    enum vf_join_end end;
    int64_t tolerance_ns; /* by time */
    bool repeats_last;    /* by time: the first input leads; where another has nothing near
                              enough, its last message serves again */
    bool leads;           /* by origin: the first input leads; where nothing comes of another, that
                              is NULL */
    bool has_several;     /* if so: several messages of one origin may come of another input; those
                              after the first, and those of what is not there any more, come each
                              by itself, and all else is NULL */
    bool reports_ends;    /* by arrival: that an input has ended while others go on (VF_ENDED) */
    bool is_divided;      /* by arrival: each input is answered for itself. Its gaps are handed out,
                              too (VF_PASSED); */
    bool (*may_take)(void *context, unsigned input); /* and it is left waiting while this says no */
    void *context;
    bool hands_out_orders; /* of a replica: an order that is a gap is handed out, too (VF_PASSED) */
    struct vf_rational rate; /* by latest: ticks per second; num 0: the first input leads */
    uint32_t stream;         /* of that: what is joined at a tick counts as made here, under this
                                number of a stream */
    bool may_lack;           /* by latest: an input that nothing came of is NULL; else the join
                                begins when each has brought something */
    bool forgets;            /* of that: so is one that has gone, and not only its last is left */
    int64_t gone_after_ns;   /* of that: silence that counts as gone; 0: only an end does */
};

/* vf_join_next(): no input, but an order that has to be answered as empty. */
#define VF_PASSED 3

/* vf_join_next(): no input either, but one of them has ended. */
#define VF_ENDED 4

struct vf_join;

/* Inboxes of one input are the lanes of one source; those that are abandoned of none. Borrows them until the join is destroyed. */
VF_MUST_CHECK int vf_join_create(struct vf_join **join, struct vf_inbox *const *inboxes,
                                 size_t count, const struct vf_join_rules *rules);
void vf_join_destroy(struct vf_join **join);

/* Fills items[input] with the next complete input, the caller's from now on. Returns -EAGAIN when
 * it is not complete yet, VF_END when none can come any more, *reason telling why, VF_ENDED and
 * VF_PASSED as said above, the latter with *order and *number (of the origin) of what is empty.
 * *passed becomes the highest origin number for which nothing will be joined; it never falls. */
struct vf_joined {
    struct vf_message **items;
    uint64_t passed;
    int64_t passed_ns;      /* the timestamp of that; VF_NO_TIMESTAMP: unknown */
    uint64_t order, number; /* of VF_PASSED; of a tick: its number, with which it is answered */
    unsigned input;         /* where they are divided: which one it is, or VF_PASSED is about */
    bool is_tick;           /* by latest, with a rate: all items have the time of the tick, in
                               1 / rate, and its number; there may be none */
    enum vf_end_reason reason;
};
VF_MUST_CHECK int vf_join_next(struct vf_join *join, struct vf_joined *joined);

/* Returns when something can be joined although nothing comes; INT64_MAX: never. */
int64_t vf_join_due_ns(const struct vf_join *join);

/* Returns whether something has come that is not joined yet, of whatever input, or an input has
 * ended. */
bool vf_join_can_go_on(struct vf_join *join);

/* Returns whether something has come, but of no input that may be taken. */
bool vf_join_is_held(struct vf_join *join);

/* Says which input, if something has come of it, is the next to be handed out. */
void vf_join_prefer(struct vf_join *join, unsigned input);

/* Returns whether nothing more comes to `input`, beyond what was joined. */
bool vf_join_has_ended(const struct vf_join *join, unsigned input);

/* By arrival: returns the time of the last gap of `input` that was met: nothing comes of it up to
 * there beyond what was joined. VF_NO_TIMESTAMP: there was none. */
int64_t vf_join_gap_ns(const struct vf_join *join, unsigned input);

/* Whether inputs may be taken before those in front of them are answered: not where each is what is
 * newest when it is asked for. */
bool vf_join_can_look_ahead(const struct vf_join *join);

/* Notes how far it has been taken: `marks` has a place for each of the inboxes. */
void vf_join_mark(const struct vf_join *join, struct vf_inbox_mark *marks);

/* Says that what was joined until `marks`, or until now where those are NULL, has been answered at
 * the end of `round`: a new process is not given it again. */
void vf_join_end_round(struct vf_join *join, uint64_t round, const struct vf_inbox_mark *marks);

/* Says that what was joined after `marks` is not going to be handed to a node. */
void vf_join_give_up(struct vf_join *join, const struct vf_inbox_mark *marks);

/* Goes on where a dead process has stopped, once the inboxes have (inbox.h), and before they forget
 * what had been answered. *passed becomes the highest origin number for which nothing more will be
 * joined. */
VF_MUST_CHECK int vf_join_resume(struct vf_join *join, uint64_t *passed);

#endif
