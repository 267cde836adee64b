/* SPDX-License-Identifier: MIT */
#include "nodes/write/name_set.h"

#include <errno.h>
#include <stdlib.h>

#define OWNER_BITS 20
#define OWNER_MASK (((uint64_t)1 << OWNER_BITS) - 1)
#define FIRST_CAPACITY 64 /* a power of two, like all that follow */

/* FNV-1a, with its bits mixed. The upper ones, which stay in a slot, find it and tell names apart. */
static uint64_t hash(const char *name)
{
    uint64_t value = 14695981039346656037U;
    for (; *name; name++)
        value = (value ^ (uint8_t)*name) * 1099511628211U;
    value = (value ^ value >> 32) * 0x9e3779b97f4a7c15U;
    return value ^ value >> 29;
}

uint32_t vf_name_set_owner(uint64_t number)
{
    uint64_t mixed = number * 0x9e3779b97f4a7c15U >> (64 - OWNER_BITS);
    return mixed ? (uint32_t)mixed : 1;
}

/* Returns the slot of a name, or the empty one where it would be. */
static uint64_t *find_slot(const struct vf_name_set *set, uint64_t value)
{
    size_t place = (size_t)(value >> OWNER_BITS) & (set->capacity - 1);
    while (set->slots[place] && (set->slots[place] ^ value) >> OWNER_BITS)
        place = (place + 1) & (set->capacity - 1);
    return &set->slots[place];
}

uint32_t vf_name_set_find(const struct vf_name_set *set, const char *name)
{
    return set->capacity ? (uint32_t)(*find_slot(set, hash(name)) & OWNER_MASK) : 0;
}

static int grow(struct vf_name_set *set)
{
    size_t capacity = set->capacity ? set->capacity * 2 : FIRST_CAPACITY;
    struct vf_name_set larger = {calloc(capacity, sizeof(uint64_t)), capacity, set->count};
    if (!larger.slots)
        return -ENOMEM;
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i])
            *find_slot(&larger, set->slots[i]) = set->slots[i];
    }
    free(set->slots);
    *set = larger;
    return VF_OK;
}

int vf_name_set_add(struct vf_name_set *set, const char *name, uint32_t owner)
{
    int err = set->count >= set->capacity / 4 * 3 ? grow(set) : VF_OK;
    if (err)
        return err;
    uint64_t value = hash(name), *slot = find_slot(set, value);
    set->count += *slot == 0;
    *slot = (value & ~OWNER_MASK) | owner;
    return VF_OK;
}

void vf_name_set_finish(struct vf_name_set *set)
{
    free(set->slots);
    *set = (struct vf_name_set){0};
}
