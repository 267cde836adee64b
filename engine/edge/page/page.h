/* SPDX-License-Identifier: MIT */
/* page.h - reading what another process wrote: the border between two tasks.
 *
 * A page can be written at any time by the process that owns it, and that process may have been
 * taken over, or may write at random: so nothing in it is believed. What is read of a message comes
 * through here. It is copied once into memory of the reader's own, and what is checked and used is
 * the copy; no number in it makes a loop, an index or a size that the edge's own terms do not
 * bound.
 *
 * One thing cannot be had without a copy of each frame: the bytes of a payload in an arena stay
 * writable for the task that made it, so they may change while they are read. Readers treat them as
 * data: no size or offset is taken from there that was not also checked in the description.
 */
#ifndef VF_ENGINE_EDGE_PAGE_PAGE_H
#define VF_ENGINE_EDGE_PAGE_PAGE_H

#include <stdint.h>

#include "engine/base/result.h"
#include "engine/edge/page/edge.h"

/* Finds the message with the lowest sequence above `after`, up to `last`, in the sender's outbox.
 * Returns its sequence and the cell; 0: there is none, because it was dropped, or never was. */
uint64_t vf_page_find(const struct vf_edge_terms *terms, uint64_t after, uint64_t last,
                      uint32_t *cell);

/* Returns the sequence that a cell says it holds; 0: none. */
uint64_t vf_page_sequence(const struct vf_edge_terms *terms, uint32_t cell);

/* Copies what stands in a cell as `sequence`, no more than fits. Returns -EAGAIN when it was
 * replaced before the copy was whole, or -EBADMSG when the envelope is not the one that the cell
 * announces. */
VF_MUST_CHECK int vf_page_copy(const struct vf_edge_terms *terms, uint32_t cell, uint64_t sequence,
                               struct vf_envelope *envelope);

/* Copies it, and checks what it says (message_codec.h). Returns what vf_page_copy() returns; with
 * -EBADMSG, *complaint says what is wrong. */
VF_MUST_CHECK int vf_page_read(const struct vf_edge_terms *terms,
                               const struct vf_envelope_bounds *bounds, uint32_t cell,
                               uint64_t sequence, struct vf_envelope *envelope,
                               const char **complaint);

/* Returns the record of the message that was published last, whose sequence becomes *published; all
 * zero where there is none, or none that is whole. In it no count is higher than the sequence. */
struct vf_outbox_record vf_page_last_record(const struct vf_edge_terms *terms, uint64_t *published);

#endif
