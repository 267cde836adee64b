/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/wanted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"

const struct vf_wanted_variable *vf_wanted_find(const struct vf_wanted *wanted, const char *name)
{
    for (size_t i = 0; i < wanted->count; i++) {
        if (strcmp(wanted->items[i].name, name) == 0)
            return &wanted->items[i];
    }
    return NULL;
}

/* Takes the three texts of `added`. What is known already stays as it is. */
static int add(struct vf_wanted *wanted, struct vf_wanted_variable *added, bool may_be_needless)
{
    struct vf_wanted_variable *items = NULL;
    int err = added->name ? VF_OK : -ENOMEM;
    bool is_needed = !err && !vf_wanted_find(wanted, added->name) &&
                     !(may_be_needless && !added->fallback && getenv(added->name));
    if (is_needed) {
        items = realloc(wanted->items, (wanted->count + 1) * sizeof(*items));
        err = items ? VF_OK : -ENOMEM;
    }
    if (items) {
        wanted->items = items;
        items[wanted->count++] = *added;
        return VF_OK;
    }
    free(added->name);
    free(added->fallback);
    free(added->message);
    return err;
}

static int read_vars(struct vf_wanted *wanted, const struct vf_tree *vars)
{
    int err = VF_OK;
    for (size_t i = 0; vars && i < vars->count && !err; i++) {
        const struct vf_tree *child = &vars->children[i];
        struct vf_wanted_variable added = {.name = child->key ? strdup(child->key) : NULL,
                                           .fallback = strdup(child->text ? child->text : "")};
        err = added.fallback ? add(wanted, &added, false) : -ENOMEM;
        if (!added.fallback)
            free(added.name);
    }
    return err;
}

/* Reads one reference, whose inside begins at `text`. */
static int read_reference(struct vf_wanted *wanted, const char *text)
{
    size_t length = strspn(text, NAME_LETTERS);
    const char *rest = text + length;
    size_t word = rest[0] == ':' && rest[1] ? strcspn(rest + 2, "}") : 0;
    struct vf_wanted_variable added = {0};
    if (!length || (*rest != '}' && *rest != ':'))
        return VF_OK;
    added.name = strndup(text, length);
    if (strncmp(rest, ":-", 2) == 0)
        added.fallback = strndup(rest + 2, word);
    else if (strncmp(rest, ":?", 2) == 0)
        added.message = strndup(rest + 2, word);
    return add(wanted, &added, true);
}

static int read_tree(struct vf_wanted *wanted, const struct vf_tree *tree)
{
    int err = VF_OK;
    const char *text = tree->kind == VF_TREE_TEXT ? tree->text : "";
    while (!err && (text = strchr(text, '$'))) {
        bool is_reference = text[1] == '{';
        if (is_reference)
            err = read_reference(wanted, text + 2);
        text += text[1] ? 2 : 1;
    }
    for (size_t i = 0; i < tree->count && !err; i++)
        err = read_tree(wanted, &tree->children[i]);
    return err;
}

/* Brings those that have to be given to the front; all else stays in its order. */
static void sort(struct vf_wanted *wanted)
{
    size_t front = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        if (wanted->items[i].fallback)
            continue;
        struct vf_wanted_variable moved = wanted->items[i];
        memmove(&wanted->items[front + 1], &wanted->items[front],
                (i - front) * sizeof(wanted->items[0]));
        wanted->items[front++] = moved;
    }
}

int vf_wanted_read(struct vf_wanted *wanted, const struct vf_tree *root)
{
    int err = read_vars(wanted, vf_tree_find(root, "vars"));
    if (!err)
        err = read_tree(wanted, root);
    sort(wanted);
    return err;
}

void vf_wanted_finish(struct vf_wanted *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        free(wanted->items[i].name);
        free(wanted->items[i].fallback);
        free(wanted->items[i].message);
    }
    free(wanted->items);
    *wanted = (struct vf_wanted){0};
}
