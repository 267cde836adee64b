/* SPDX-License-Identifier: MIT */
/* tap.h - copies of what a task sends, for whoever wants to look at it.
 *
 * Each task has a file in memory, empty until somebody taps the task. Then it has a few slots, each
 * with room for one message. A reader takes a slot and says which port it wants to see, and how
 * often at most. The task copies a message into a slot that is empty, and goes on; it never waits
 * for a reader: one that does not come back for a second has lost its slot.
 *
 * A task that nobody taps looks at one number for each message. Readers are other programs of the
 * same user: nothing that they write is believed, and they see nothing but these copies.
 */
#ifndef VF_ENGINE_EDGE_PAGE_TAP_H
#define VF_ENGINE_EDGE_PAGE_TAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"
#include "engine/message/message.h"

#define VF_TAP_SLOTS 4U
#define VF_TAP_ROOM ((size_t)160 << 20) /* for the bytes of a message; touched as used */
#define VF_TAP_SIZE (VF_TAP_HEAD + VF_TAP_SLOTS * VF_TAP_ROOM)
#define VF_TAP_HEAD ((size_t)16384) /* for the slots themselves */
#define VF_TAP_LEASE_NS (1000 * VF_NS_PER_MS)

/* As it is in memory. Those marked R are written by the reader, the others by the task. */
struct vf_tap_slot {
    _Atomic int64_t until_ns;          /* R: it is taken until then, as vf_clock_now_ns() counts */
    _Atomic uint32_t owner;            /* R: process id */
    _Atomic uint32_t port;             /* R */
    _Atomic int64_t interval_ns;       /* R: between two messages, at least */
    _Atomic int64_t since_ns;          /* R: when it was taken: tells readers apart */
    _Atomic uint64_t made;             /* messages that were copied */
    _Atomic uint64_t taken;            /* R: the same number: there is room for the next */
    _Atomic uint64_t too_large;        /* messages that there was no room for */
    _Atomic uint32_t bell;             /* a futex: changes with `made` */
    struct vf_description description; /* of the one that is there */
};

/* Before the slots. */
struct vf_tap_head {
    _Atomic uint32_t claims; /* R: how often a slot was taken */
};

/* The side of the task. */
struct vf_tap {
    int fd;                         /* of the file; -1: it cannot be tapped */
    const _Atomic uint32_t *opened; /* by the supervisor: how often somebody wanted to look */
    uint32_t seen;                  /* of that */
    uint8_t *bytes;                 /* mapped; NULL: not yet */
    uint32_t claims;                /* that have been seen */
    bool is_tapped;                 /* by someone, as far as is known */
    int64_t last_ns[VF_TAP_SLOTS];  /* when a slot got its last message, */
    int64_t since_ns[VF_TAP_SLOTS]; /* and whose it was then; 0: nobody's */
};

/* Gives a copy of a message to each reader that wants one of `port` now. Costs a read of memory
 * where there is none. */
void vf_tap_offer_now(struct vf_tap *tap, unsigned port, const struct vf_message *message);

static inline void vf_tap_offer(struct vf_tap *tap, unsigned port, const struct vf_message *message)
{
    if (!tap || !tap->opened || message->description.is_hollow)
        return;
    const struct vf_tap_head *head = (const void *)tap->bytes;
    bool is_news =
        atomic_load_explicit(tap->opened, memory_order_relaxed) != tap->seen ||
        (head && atomic_load_explicit(&head->claims, memory_order_relaxed) != tap->claims);
    if (is_news || tap->is_tapped)
        vf_tap_offer_now(tap, port, message);
}

/* Unmaps the file. Does nothing where that is not mapped. */
void vf_tap_finish(struct vf_tap *tap);

/* Makes the file, empty. Returns its descriptor, the caller's, or a negative errno. */
VF_MUST_CHECK int vf_tap_create(void);

/* Gives the file its size, if it has none yet, for its first reader. */
VF_MUST_CHECK int vf_tap_open(int fd);

/* The side of a reader. Starts as {.slot = NULL}. */
struct vf_tap_reader {
    uint8_t *bytes;
    struct vf_tap_slot *slot;
    uint8_t *room; /* for the bytes of a message */
    uint32_t port; /* that it wants to see, and how often at most */
    int64_t interval_ns, since_ns;
};

/* Takes a slot of a file, which is mapped; the descriptor may be closed after it. -EBUSY: others
 * have all of them. */
VF_MUST_CHECK int vf_tap_reader_create(struct vf_tap_reader *reader, int fd, unsigned port,
                                       int64_t interval_ns);

/* Gives the slot back, and the memory that was touched. */
void vf_tap_reader_destroy(struct vf_tap_reader *reader);

/* Says that the reader is there. Call it several times a second. Returns false when the slot is
 * lost, because the reader had stopped for too long. */
bool vf_tap_reader_stay(struct vf_tap_reader *reader);

/* Lends the message that has come, or returns false. What is lent stays until the slot is emptied,
 * and may be changed by a task that writes at random: check it, and copy it once. */
bool vf_tap_reader_look(const struct vf_tap_reader *reader, struct vf_description *description,
                        const uint8_t **bytes);
void vf_tap_reader_empty(struct vf_tap_reader *reader);

/* Waits until a message comes, for `timeout_ms` at most. */
void vf_tap_reader_wait(const struct vf_tap_reader *reader, int timeout_ms);

#endif
