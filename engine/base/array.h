/* SPDX-License-Identifier: MIT */
/* array.h - a constant table together with its length. */
#ifndef VF_ENGINE_BASE_ARRAY_H
#define VF_ENGINE_BASE_ARRAY_H

#define VF_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Initialises any `struct { const T *items; size_t count; }` from an array. */
#define VF_LIST(array)                             \
    {                                              \
        .items = (array), .count = VF_COUNT(array) \
    }

/* The same, from the items themselves; `type` is T. */
#define VF_ITEMS(type, ...) VF_LIST(((const type[]){__VA_ARGS__}))

#endif
