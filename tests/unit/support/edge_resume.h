/* SPDX-License-Identifier: MIT */
/* edge_resume.h - an edge of which one end dies, and goes on in another process.
 *
 * To die is to be left as it is: what a dead process had in memory of its own is never freed, and
 * the next one begins with nothing but the pages and the arena.
 */
#ifndef VF_TESTS_UNIT_SUPPORT_EDGE_RESUME_H
#define VF_TESTS_UNIT_SUPPORT_EDGE_RESUME_H

#include "tests/unit/support/edge_fixture.h"

#define EDGE_DEPTH 4
#define EDGE_LAST 12 /* messages of a test */

/* The edge of a test. */
extern struct edge edge;

/* Complete rounds of the end that dies: what its task's page would say. */
extern uint64_t edge_rounds;

/* The highest number that a living receiver was given. */
extern uint64_t edge_received;

/* Begins with an edge on which nothing has happened, and nobody has died. */
void edge_begin(uint32_t depth, enum vf_overflow overflow);

/* Leaves something in the memory of a dead process. */
void edge_leave(void *left);

/* Let an end of an edge die, and another begin. */
void edge_replace_sender(void);
void edge_replace_receiver(struct edge *of);

/* Publishes a message in the present round, unless the process before has. */
void edge_publish(uint64_t number);

/* Makes message `number`, in the round of that number. */
void edge_make(uint64_t number);

/* What a sender stores one after the other when it makes a message. */
enum sender_store {
    SENDER_NOTHING,
    SENDER_CELL,
    SENDER_RECORD,
    SENDER_COUNT,
    SENDER_INDEX,
    SENDER_PUBLISHED,
    SENDER_MARKS,
    SENDER_STORES
};

/* Makes a message as far as `store`; its round is not complete. */
void edge_make_until(uint64_t number, enum sender_store store);

/* Gives a living receiver what there is next, which must be the next number; NULL: nothing. */
struct vf_message *edge_receive(void);

/* The same, and releases it. Returns whether there was something. */
bool edge_receive_and_release(void);

/* Lets all that follows `edge_rounds` be made and received, up to EDGE_LAST. */
void edge_go_on(void);

/* How far a receiver comes with one message. */
enum receiver_step {
    RECEIVER_NOTHING,
    RECEIVER_COLLECTED,
    RECEIVER_TAKEN,
    RECEIVER_COUNTED,
    RECEIVER_MARKED,
    RECEIVER_ANSWERED,
    RECEIVER_RELEASED,
    RECEIVER_STEPS
};

/* Takes message `number`, in the round of that number, as far as `step`. */
void edge_receive_until(uint64_t number, enum receiver_step step);

#endif
