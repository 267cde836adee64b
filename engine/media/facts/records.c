/* SPDX-License-Identifier: MIT */
#include "engine/media/facts/records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 8

struct head {
    uint16_t kind, detail;
    uint32_t size;
};

static size_t padded(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Returns where `size` more bytes belong; NULL: there is no memory. */
static uint8_t *extend(struct vf_records *records, size_t size)
{
    if (records->err)
        return NULL;
    size_t needed = records->size + size;
    if (needed > records->room) {
        size_t room = needed * 2;
        uint8_t *larger = realloc(records->bytes, room);
        if (!larger) {
            records->err = -ENOMEM;
            return NULL;
        }
        records->bytes = larger;
        records->room = room;
    }
    uint8_t *place = records->bytes + records->size;
    records->size = needed;
    return place;
}

void vf_records_add_two(struct vf_records *records, const struct vf_record *first, const void *rest,
                        size_t rest_size)
{
    size_t size = first->size + rest_size, whole = sizeof(struct head) + padded(size);
    if (size < rest_size || size > UINT32_MAX / 2)
        records->err = records->err ? records->err : -E2BIG;
    uint8_t *place = extend(records, whole);
    if (!place)
        return;
    const struct head head = {(uint16_t)first->kind, (uint16_t)first->detail, (uint32_t)size};
    memset(place + whole - ALIGNMENT, 0, ALIGNMENT);
    memcpy(place, &head, sizeof(head));
    if (first->size)
        memcpy(place + sizeof(head), first->bytes, first->size);
    if (rest_size)
        memcpy(place + sizeof(head) + first->size, rest, rest_size);
}

void vf_records_add(struct vf_records *records, enum vf_record_kind kind, unsigned detail,
                    const void *bytes, size_t size)
{
    const struct vf_record record = {kind, detail, bytes, size};
    vf_records_add_two(records, &record, NULL, 0);
}

void vf_records_append(struct vf_records *records, const uint8_t *bytes, size_t size)
{
    uint8_t *place = size ? extend(records, size) : NULL;
    if (place)
        memcpy(place, bytes, size);
}

void vf_records_finish(struct vf_records *records)
{
    free(records->bytes);
    *records = (struct vf_records){0};
}

bool vf_record_next(const uint8_t *bytes, size_t size, size_t *place, struct vf_record *record)
{
    struct head head;
    if (*place > size || size - *place < sizeof(head))
        return false;
    memcpy(&head, bytes + *place, sizeof(head));
    size_t begin = *place + sizeof(head);
    if (head.size > size - begin)
        return false;
    *record = (struct vf_record){head.kind, head.detail, bytes + begin, head.size};
    *place = begin + padded(head.size);
    return true;
}
