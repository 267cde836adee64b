/* SPDX-License-Identifier: MIT */
#include "nodes/vision/track_notes.h"

#include <stdlib.h>
#include <string.h>

void *vf_track_notes_at(const struct vf_track_notes *notes, size_t index)
{
    return notes->bytes + index * notes->note_size;
}

/* Returns the number of the first note whose id is not below `id`. */
static size_t find(const struct vf_track_notes *notes, int64_t id)
{
    size_t low = 0, high = notes->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct vf_track_note *note = vf_track_notes_at(notes, middle);
        if (note->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int make_room(struct vf_track_notes *notes)
{
    if (notes->count < notes->capacity)
        return VF_OK;
    size_t wanted = 2 * notes->capacity + 16;
    char *bytes = realloc(notes->bytes, wanted * notes->note_size);
    if (!bytes)
        return -1;
    notes->bytes = bytes;
    notes->capacity = wanted;
    return VF_OK;
}

void *vf_track_notes_take(struct vf_track_notes *notes, int64_t id)
{
    size_t index = find(notes, id);
    struct vf_track_note *note = index < notes->count ? vf_track_notes_at(notes, index) : NULL;
    if (!note || note->id != id) {
        if (make_room(notes) != VF_OK)
            return NULL;
        note = vf_track_notes_at(notes, index);
        memmove((char *)note + notes->note_size, note, (notes->count - index) * notes->note_size);
        memset(note, 0, notes->note_size);
        note->id = id;
        notes->count++;
    }
    note->round = notes->round;
    return note;
}

static void release(const struct vf_track_notes *notes, void *note)
{
    if (notes->release)
        notes->release(note, notes->context);
}

void vf_track_notes_forget(struct vf_track_notes *notes, size_t index)
{
    char *note = vf_track_notes_at(notes, index);
    release(notes, note);
    notes->count--;
    memmove(note, note + notes->note_size, (notes->count - index) * notes->note_size);
}

void vf_track_notes_advance(struct vf_track_notes *notes, uint64_t rounds)
{
    notes->round++;
    for (size_t i = notes->count; i-- > 0;) {
        const struct vf_track_note *note = vf_track_notes_at(notes, i);
        if (notes->round - note->round > rounds)
            vf_track_notes_forget(notes, i);
    }
}

void vf_track_notes_finish(struct vf_track_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        release(notes, vf_track_notes_at(notes, i));
    free(notes->bytes);
    notes->bytes = NULL;
    notes->count = notes->capacity = 0;
}
