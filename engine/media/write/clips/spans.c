/* SPDX-License-Identifier: MIT */
#include "engine/media/write/clips/spans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int vf_spans_add(struct vf_spans *spans, const struct vf_span *span)
{
    size_t place = spans->count;
    if (spans->count == spans->room) {
        size_t room = spans->room ? 2 * spans->room : 16;
        struct vf_span *items = realloc(spans->items, room * sizeof(*items));
        if (!items)
            return -ENOMEM;
        spans->items = items;
        spans->room = room;
    }
    while (place > 0 && spans->items[place - 1].begin_ns > span->begin_ns)
        place--;
    memmove(spans->items + place + 1, spans->items + place,
            (spans->count - place) * sizeof(*spans->items));
    spans->items[place] = *span;
    spans->count++;
    return VF_OK;
}

void vf_spans_end(struct vf_spans *spans, uint64_t id, int64_t end_ns)
{
    for (size_t i = 0; i < spans->count; i++) {
        if (spans->items[i].id == id && spans->items[i].end_ns == VF_SPAN_GOES_ON)
            spans->items[i].end_ns = end_ns;
    }
}

bool vf_spans_find(const struct vf_spans *spans, int64_t from_ns, int64_t until_ns,
                   struct vf_span *found)
{
    bool has_found = false;
    for (size_t i = 0; i < spans->count; i++) {
        const struct vf_span *item = &spans->items[i];
        if (item->end_ns < from_ns)
            continue;
        if (item->begin_ns >= until_ns)
            break;
        if (!has_found)
            *found = (struct vf_span){item->begin_ns, item->end_ns, 0};
        else if (item->end_ns > found->end_ns)
            found->end_ns = item->end_ns;
        has_found = true;
    }
    return has_found;
}

void vf_spans_forget(struct vf_spans *spans, int64_t time_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < spans->count; i++) {
        if (spans->items[i].end_ns >= time_ns)
            spans->items[kept++] = spans->items[i];
    }
    spans->count = kept;
}

void vf_spans_finish(struct vf_spans *spans)
{
    free(spans->items);
    *spans = (struct vf_spans){0};
}
