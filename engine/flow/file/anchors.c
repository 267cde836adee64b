/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/anchors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct vf_anchor *find(const struct vf_anchors *anchors, const char *name)
{
    for (size_t i = 0; i < anchors->count; i++) {
        if (strcmp(anchors->items[i].name, name) == 0)
            return &anchors->items[i];
    }
    return NULL;
}

static struct vf_anchor *append(struct vf_anchors *anchors, const char *name)
{
    struct vf_anchor *items = realloc(anchors->items, (anchors->count + 1) * sizeof(*items));
    if (!items)
        return NULL;
    anchors->items = items;
    struct vf_anchor *anchor = &items[anchors->count];
    *anchor = (struct vf_anchor){.name = strdup(name)};
    anchors->count += anchor->name != NULL;
    return anchor->name ? anchor : NULL;
}

int vf_anchors_add(struct vf_anchors *anchors, const char *name, const struct vf_tree *value)
{
    struct vf_anchor *anchor = find(anchors, name);
    if (!anchor)
        anchor = append(anchors, name);
    if (!anchor)
        return -ENOMEM;
    vf_tree_finish(&anchor->value);
    return vf_tree_copy(&anchor->value, value);
}

const struct vf_tree *vf_anchors_find(const struct vf_anchors *anchors, const char *name)
{
    const struct vf_anchor *anchor = find(anchors, name);
    return anchor ? &anchor->value : NULL;
}

void vf_anchors_finish(struct vf_anchors *anchors)
{
    for (size_t i = 0; i < anchors->count; i++) {
        free(anchors->items[i].name);
        vf_tree_finish(&anchors->items[i].value);
    }
    free(anchors->items);
    *anchors = (struct vf_anchors){0};
}

int vf_anchors_merge(struct vf_tree *mapping, const struct vf_tree *from)
{
    int err = VF_OK;
    for (size_t i = 0; i < from->count && !err; i++) {
        struct vf_tree copy = {0};
        if (vf_tree_find(mapping, from->children[i].key))
            continue;
        err = vf_tree_copy(&copy, &from->children[i]);
        if (!err)
            err = vf_tree_append(mapping, &copy);
        vf_tree_finish(&copy);
    }
    return err;
}
