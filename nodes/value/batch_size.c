/* SPDX-License-Identifier: MIT */
#include "nodes/value/batch_size.h"

#include <errno.h>
#include <stdio.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

#define MOST 256

static const struct vf_option inside[] = {
    {"max", "Inputs at a time", VF_INTEGER(struct vf_batch_size, max), VF_RANGE(1, MOST),
     .fallback = "1"},
    {"wait", "How long the first may wait for more", VF_DURATION(struct vf_batch_size, wait_ns),
     VF_RANGE(0, 3600), .fallback = "20ms"},
};
static const struct vf_option_list inside_list = {inside, VF_COUNT(inside)};

static int say_wrong(const struct vf_map_entry *entry, const struct vf_option *option,
                     char *problem, size_t problem_size)
{
    struct vf_text wanted = {0};
    if (option)
        vf_option_describe(option, &wanted);
    if (option && wanted.bytes)
        snprintf(problem, problem_size, "batch: %s is %s, not '%s'", option->name, wanted.bytes,
                 entry->text);
    else
        snprintf(problem, problem_size, "batch: it has max and wait, not '%s'", entry->key);
    vf_text_finish(&wanted);
    return -EINVAL;
}

int vf_batch_read(const struct vf_map *map, struct vf_batch_size *size, char *problem,
                  size_t problem_size)
{
    int err = vf_option_set_fallbacks(&inside_list, size);
    for (size_t i = 0; !err && i < map->count; i++) {
        const struct vf_map_entry *entry = &map->items[i];
        const struct vf_option *option = vf_option_find(&inside_list, entry->key);
        if (!option || vf_option_set(option, entry->text, size) != VF_OK)
            err = say_wrong(entry, option, problem, problem_size);
    }
    return err;
}
