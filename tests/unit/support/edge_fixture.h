/* SPDX-License-Identifier: MIT */
/* edge_fixture.h - both halves of one edge in plain memory, without processes and sockets.
 *
 * Every message lies in the sender's arena and carries its own number there, so that a test sees
 * when memory is used again too early.
 */
#ifndef VF_TESTS_UNIT_SUPPORT_EDGE_FIXTURE_H
#define VF_TESTS_UNIT_SUPPORT_EDGE_FIXTURE_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/edge/receive/inbox.h"
#include "engine/edge/send/outbox.h"
#include "engine/message/arena.h"

#define EDGE_SENDER 1
#define EDGE_SPARE_CELLS 4 /* as the plan has it, beside depth and what is held */

/* Fails the test, without the line that Check writes for each assertion that holds: some tests
 * make millions. */
#define EDGE_MUST(claim)                                                     \
    do {                                                                     \
        if (!(claim))                                                        \
            ck_abort_msg("%s:%d: not true: %s", __FILE__, __LINE__, #claim); \
    } while (0)

struct edge {
    struct vf_edge_terms terms;
    struct vf_outbox *outbox;
    struct vf_inbox *inbox;
    struct vf_arena *arena; /* the sender's */
    uint8_t *arena_bytes[EDGE_SENDER + 1];
    size_t arena_sizes[EDGE_SENDER + 1];
    struct vf_arena_view arenas;
    int doorbell; /* the sender's */
};

/* Makes an edge whose receiver may hold `holds` messages beside the one in work. */
void edge_init(struct edge *edge, uint32_t depth, uint32_t holds, enum vf_overflow overflow);

/* The same with a number of cells that no plan would choose. */
void edge_init_cells(struct edge *edge, uint32_t depth, uint32_t cells, enum vf_overflow overflow);

/* Starts again, as after edge_init(), once every message that was taken has been destroyed. Fails
 * the test when something was not released. */
void edge_reset(struct edge *edge);

/* Likewise. */
void edge_finish(struct edge *edge);

/* Publishes data of origin `number`, which needs room. Returns whether the receiver has to be
 * woken. */
bool edge_put(struct edge *edge, uint64_t number, struct vf_envelope *sent);

/* The same, and lets it arrive. */
void edge_send(struct edge *edge, uint64_t number);

/* The same with a gap that reaches up to `number`, and with the end. */
void edge_send_gap(struct edge *edge, uint64_t number);

/* The same, where the last of them has that timestamp. */
void edge_send_gap_at(struct edge *edge, uint64_t number, int64_t time_ns);
void edge_send_end(struct edge *edge, enum vf_end_reason reason);

void edge_accept(struct edge *edge, const struct vf_envelope *sent);

/* Takes the front. Returns NULL when nothing waits. */
struct vf_message *edge_take(struct edge *edge);

/* Returns the number of the message in the sender's memory, as it stands there now. */
uint64_t edge_number(const struct vf_message *message);

/* Takes the front, which must be data of origin `number`, and releases it. */
void edge_expect(struct edge *edge, uint64_t number);

/* Tells whether the sender's doorbell rang since the last call. */
bool edge_has_rung(struct edge *edge);

#endif
