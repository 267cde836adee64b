/* SPDX-License-Identifier: MIT */
/* check - whether what a pickle's opcodes made is a tree of plain data.
 *
 * A memo lets few bytes describe a value that is endless (a list in itself) or immense (a list of
 * two times a list of two times ...). Each value is looked at once, however often it occurs.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/wire/python/pickle/reader.h"

struct finding {
    size_t weight; /* it and all in it, as often as they occur; 0: not seen yet */
    size_t height; /* containers in each other */
    bool is_open;  /* being looked at: to meet it now is to find it in itself */
    bool is_key;   /* can be one: nothing in it can change */
};

struct check {
    struct finding *findings; /* by number */
    const struct vf_pickle_limits *limits;
    struct vf_complaint *complaint;
};

static int too_deep(const struct check *check)
{
    return vf_complain(check->complaint, -EMSGSIZE, "the pickle is nested more than %zu deep",
                       check->limits->depth);
}

static int too_large(const struct check *check)
{
    return vf_complain(check->complaint, -EMSGSIZE, "the pickle stands for more than %zu values",
                       check->limits->values);
}

/* Every member of a set and every other item of a dict is a key. */
static bool is_key_place(enum vf_plain_kind kind, size_t place)
{
    return kind == VF_PLAIN_SET || kind == VF_PLAIN_FROZENSET ||
           (kind == VF_PLAIN_DICT && place % 2 == 0);
}

static int look_at(const struct check *check, const struct vf_plain *value, size_t depth);

/* Looks at one item of `value`, and adds it to what is known of the whole. */
static int look_at_item(const struct check *check, const struct vf_plain *value, size_t place,
                        size_t depth)
{
    struct finding *whole = &check->findings[value->number];
    const struct vf_plain *item = value->items[place];
    const struct finding *part = &check->findings[item->number];
    if (part->is_open)
        return vf_complain(check->complaint, -EBADMSG, "the pickle holds a %s that is in itself",
                           vf_plain_kind_name(item->kind));
    int err = part->weight ? VF_OK : look_at(check, item, depth + 1);
    if (err)
        return err;
    if (!part->is_key && is_key_place(value->kind, place))
        return vf_complain(check->complaint, -EBADMSG, "the pickle has a %s as a key or in a set",
                           vf_plain_kind_name(item->kind));
    whole->is_key = whole->is_key && part->is_key;
    whole->height = part->height >= whole->height ? part->height + 1 : whole->height;
    whole->weight += part->weight;
    if (depth + whole->height > check->limits->depth)
        return too_deep(check);
    return whole->weight > check->limits->values ? too_large(check) : VF_OK;
}

static int look_at(const struct check *check, const struct vf_plain *value, size_t depth)
{
    struct finding *finding = &check->findings[value->number];
    if (value->kind == VF_PLAIN_GLOBAL)
        return vf_complain(check->complaint, -EPERM,
                           "GLOBAL: the pickle holds a class or a function; only plain data is "
                           "read");
    bool is_container = vf_plain_is_container(value->kind);
    *finding = (struct finding){
        .weight = 1,
        .height = is_container,
        .is_open = true,
        .is_key = is_container ? value->kind == VF_PLAIN_TUPLE || value->kind == VF_PLAIN_FROZENSET
                               : value->kind != VF_PLAIN_BYTEARRAY,
    };
    if (depth + finding->height > check->limits->depth)
        return too_deep(check);
    int err = VF_OK;
    for (size_t i = 0; is_container && i < value->count && !err; i++)
        err = look_at_item(check, value, i, depth);
    finding->is_open = false;
    return err;
}

int vf_pickle_check(const struct vf_plain_tree *tree, const struct vf_pickle_limits *limits,
                    struct vf_complaint *complaint)
{
    const struct vf_plain *root = vf_plain_root(tree);
    if (!vf_plain_is_container(root->kind) && root->kind != VF_PLAIN_GLOBAL)
        return VF_OK;
    struct check check = {
        .findings = calloc(vf_plain_tree_size(tree), sizeof(struct finding)),
        .limits = limits,
        .complaint = complaint,
    };
    if (!check.findings)
        return -ENOMEM;
    int err = look_at(&check, root, 0);
    free(check.findings);
    return err;
}
