/* SPDX-License-Identifier: MIT */
#include "engine/edge/messenger_ahead.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What vf_join_next() returned, and how far the join had come with that. */
struct entry {
    int found;
    struct vf_joined joined;
    struct vf_inbox_mark *marks;
};

struct vf_ahead {
    struct entry *entries; /* a ring */
    unsigned capacity, first, count;
    unsigned ready; /* of them, inputs; others are orders without one, and ends */
    unsigned input_count;
    size_t inbox_count;
    struct vf_inbox_mark *place;
    uint64_t passed; /* by what was taken */
};

int vf_ahead_create(struct vf_ahead **ahead, unsigned most, unsigned input_count,
                    size_t inbox_count)
{
    struct vf_ahead *made = calloc(1, sizeof(*made));
    *ahead = made;
    if (!made)
        return -ENOMEM;
    made->input_count = input_count;
    made->inbox_count = inbox_count;
    made->place = calloc(inbox_count + 1, sizeof(*made->place));
    made->entries = calloc(most + 1, sizeof(*made->entries));
    for (; made->entries && made->capacity < most; made->capacity++) {
        struct entry *entry = &made->entries[made->capacity];
        entry->joined.items = calloc(input_count + 1, sizeof(struct vf_message *));
        entry->marks = calloc(inbox_count + 1, sizeof(*entry->marks));
        if (!entry->joined.items || !entry->marks)
            break;
    }
    if (made->place && made->capacity == most)
        return VF_OK;
    made->capacity += made->capacity < most; /* the one that is half made */
    vf_ahead_destroy(ahead);
    return -ENOMEM;
}

void vf_ahead_destroy(struct vf_ahead **ahead)
{
    struct vf_ahead *gone = *ahead;
    if (!gone)
        return;
    for (unsigned i = 0; gone->entries && i < gone->capacity; i++) {
        struct vf_message **items = gone->entries[i].joined.items;
        for (unsigned input = 0; items && input < gone->input_count; input++)
            vf_message_destroy(&items[input]);
        free((void *)items);
        free(gone->entries[i].marks);
    }
    free(gone->entries);
    free(gone->place);
    free(gone);
    *ahead = NULL;
}

void vf_ahead_give_up(struct vf_ahead *ahead, struct vf_join *join)
{
    if (ahead->count)
        vf_join_give_up(join, ahead->place);
}

static struct entry *entry_at(const struct vf_ahead *ahead, unsigned number)
{
    return &ahead->entries[(ahead->first + number) % ahead->capacity];
}

int vf_ahead_next(struct vf_ahead *ahead, struct vf_join *join, struct vf_joined *joined)
{
    if (!ahead->count) {
        int found = vf_join_next(join, joined);
        vf_join_mark(join, ahead->place);
        return found;
    }
    struct entry *entry = entry_at(ahead, 0);
    struct vf_message **items = joined->items;
    for (unsigned input = 0; input < ahead->input_count; input++) {
        items[input] = entry->joined.items[input];
        entry->joined.items[input] = NULL;
    }
    memcpy(ahead->place, entry->marks, ahead->inbox_count * sizeof(*ahead->place));
    struct vf_message **emptied = entry->joined.items;
    *joined = entry->joined;
    joined->items = items;
    entry->joined.items = emptied;
    ahead->first = (ahead->first + 1) % ahead->capacity;
    ahead->count--;
    ahead->ready -= entry->found == VF_OK;
    return entry->found;
}

int vf_ahead_take(struct vf_ahead *ahead, struct vf_join *join, unsigned count, bool *is_all)
{
    *is_all = !vf_join_can_look_ahead(join);
    while (ahead->ready < count && !*is_all) {
        *is_all = ahead->count == ahead->capacity;
        if (*is_all)
            break;
        struct entry *entry = entry_at(ahead, ahead->count);
        entry->joined = (struct vf_joined){.items = entry->joined.items, .passed = ahead->passed};
        entry->found = vf_join_next(join, &entry->joined);
        ahead->passed = entry->joined.passed;
        if (entry->found == -EAGAIN)
            break;
        *is_all = entry->found == VF_END;
        if (*is_all)
            break;
        if (entry->found < 0)
            return entry->found;
        vf_join_mark(join, entry->marks);
        ahead->count++;
        ahead->ready += entry->found == VF_OK;
    }
    return (int)(ahead->ready < count ? ahead->ready : count);
}

struct vf_message *const *vf_ahead_inputs(const struct vf_ahead *ahead, unsigned number)
{
    for (unsigned i = 0; i < ahead->count; i++) {
        const struct entry *entry = entry_at(ahead, i);
        if (entry->found == VF_OK && number-- == 0)
            return entry->joined.items;
    }
    return NULL;
}

unsigned vf_ahead_count(const struct vf_ahead *ahead, unsigned input)
{
    unsigned count = 0;
    for (unsigned i = 0; i < ahead->count; i++)
        count += entry_at(ahead, i)->joined.items[input] != NULL;
    return count;
}

const struct vf_inbox_mark *vf_ahead_place(const struct vf_ahead *ahead)
{
    return ahead->place;
}
