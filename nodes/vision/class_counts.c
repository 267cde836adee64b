/* SPDX-License-Identifier: MIT */
#include "nodes/vision/class_counts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns the numbers of a class; NULL: out of memory. */
static struct vf_class_count *find(struct vf_class_counts *counts, double class)
{
    for (size_t i = 0; i < counts->count; i++) {
        if (counts->items[i].class == class)
            return &counts->items[i];
    }
    struct vf_class_count *items = realloc(counts->items, (counts->count + 1) * sizeof(*items));
    if (!items)
        return NULL;
    counts->items = items;
    items[counts->count] = (struct vf_class_count){.class = class};
    return &items[counts->count++];
}

int vf_class_counts_add(struct vf_class_counts *counts, double class, unsigned which,
                        int difference)
{
    if (isnan(class))
        return VF_OK;
    struct vf_class_count *counted = find(counts, class);
    if (!counted)
        return -ENOMEM;
    counted->numbers[which] += difference;
    return VF_OK;
}

json_t *vf_class_counts_describe(const struct vf_class_counts *counts, const char *const names[2])
{
    json_t *classes = json_object();
    for (size_t i = 0; i < counts->count; i++) {
        const struct vf_class_count *counted = &counts->items[i];
        char class[32];
        snprintf(class, sizeof(class), "%.15g", counted->class);
        json_object_set_new(
            classes, class,
            json_pack("{s:I, s:I}", names[0], counted->numbers[0], names[1], counted->numbers[1]));
    }
    return classes;
}

void vf_class_counts_finish(struct vf_class_counts *counts)
{
    free(counts->items);
    *counts = (struct vf_class_counts){0};
}
