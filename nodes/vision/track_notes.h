/* SPDX-License-Identifier: MIT */
/* track_notes.h - what a node remembers of each object, until it has not come for a while.
 *
 * A note is a struct of the node's, which begins with struct vf_track_note.
 */
#ifndef VF_NODES_VISION_TRACK_NOTES_H
#define VF_NODES_VISION_TRACK_NOTES_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/result.h"

struct vf_track_note {
    int64_t id;
    uint64_t round; /* in which the object came last */
};

/* Starts as {.note_size = ...}. */
struct vf_track_notes {
    size_t note_size;
    void (*release)(void *note, void *context); /* what a note owns; NULL: nothing */
    void *context;
    char *bytes; /* by rising id */
    size_t count, capacity;
    uint64_t round;
};

/* Lends the note of an object, all zero if it is new, until the next call that adds or forgets one.
 * NULL: out of memory. */
void *vf_track_notes_take(struct vf_track_notes *notes, int64_t id);

/* Lends note number `index`, by rising id. */
void *vf_track_notes_at(const struct vf_track_notes *notes, size_t index);

/* Begins another round, and forgets whoever has not come for `rounds` of them. */
void vf_track_notes_advance(struct vf_track_notes *notes, uint64_t rounds);

/* Forgets note number `index`. */
void vf_track_notes_forget(struct vf_track_notes *notes, size_t index);
void vf_track_notes_finish(struct vf_track_notes *notes);

#endif
