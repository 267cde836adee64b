/* SPDX-License-Identifier: MIT */
/* forecast - what the members of a group are going to make, and what leaves it. */
#include <errno.h>
#include <stdlib.h>

#include "engine/node/group/parts.h"

/* What is known of one output of a member. */
struct product {
    struct vf_forecast forecast; /* as the member says it */
    size_t maker;                /* index of the product whose payloads they are */
    unsigned outer;              /* n: they are those of input n - 1 of the group instead */
};

struct outlook {
    const struct vf_group *group;
    const struct vf_foresight *outer;
    struct product *products; /* of all outputs of all members, parents first */
    size_t *firsts;           /* of each member: its first product */
    unsigned *keeps;          /* of each member */
};

/* Returns the product that a source brings, or NULL: it comes from outside, or from nowhere. */
static const struct product *find_product(const struct outlook *outlook,
                                          const struct vf_group_source *source)
{
    if (source->from != VF_GROUP_MEMBER)
        return NULL;
    return &outlook->products[outlook->firsts[source->member] + source->port];
}

static struct vf_forecast forecast_of(const struct outlook *outlook,
                                      const struct vf_group_source *source)
{
    const struct product *product = find_product(outlook, source);
    struct vf_forecast forecast = {0};
    if (product)
        forecast = product->forecast;
    else if (source->from == VF_GROUP_OUTSIDE && source->port < outlook->outer->input_count)
        forecast = outlook->outer->inputs[source->port];
    forecast.forwards = 0;
    return forecast;
}

/* Finds whose payloads a member's output brings that only hands on. */
static void trace(const struct outlook *outlook, const struct vf_group_member *member,
                  struct product *product)
{
    if (!product->forecast.forwards)
        return;
    const struct vf_group_source *source = &member->sources[product->forecast.forwards - 1];
    const struct product *former = find_product(outlook, source);
    if (former) {
        product->maker = former->maker;
        product->outer = former->outer;
    } else if (source->from == VF_GROUP_OUTSIDE) {
        product->outer = source->port + 1;
    }
}

static int ask_member(struct outlook *outlook, size_t number)
{
    const struct vf_group_member *member = &outlook->group->members[number];
    size_t outputs = member->node->outputs.count;
    struct vf_forecast *forecasts = calloc(outputs + 1, sizeof(*forecasts));
    struct vf_forecast *inputs = calloc(member->source_count + 1, sizeof(*inputs));
    bool *is_read = calloc(outputs + 1, sizeof(*is_read));
    int err = forecasts && inputs && is_read ? VF_OK : -ENOMEM;
    for (size_t i = 0; !err && i < outputs; i++)
        is_read[i] = true;
    for (size_t i = 0; !err && i < member->source_count; i++)
        inputs[i] = forecast_of(outlook, &member->sources[i]);
    struct vf_foresight foresight = {
        .options = member->options,
        .inputs = inputs,
        .input_count = (unsigned)member->source_count,
        .is_read = is_read,
        .threads = outlook->outer->threads,
        .outputs = forecasts,
    };
    if (!err)
        vf_node_foresee(member->node, &foresight);
    outlook->keeps[number] = foresight.keeps;
    for (size_t i = 0; !err && i < outputs; i++) {
        size_t index = outlook->firsts[number] + i;
        outlook->products[index] = (struct product){.forecast = forecasts[i], .maker = index};
        trace(outlook, member, &outlook->products[index]);
    }
    free(forecasts);
    free(inputs);
    free(is_read);
    return err;
}

/* Returns what leaves the group, and which making brings it. */
static void tell_outputs(const struct outlook *outlook, struct vf_foresight *foresight,
                         struct vf_group_making *makings)
{
    for (size_t i = 0; i < outlook->group->output_count; i++) {
        const struct vf_group_output *output = &outlook->group->outputs[i];
        size_t index = outlook->firsts[output->member] + output->port;
        const struct product *product = &outlook->products[index];
        foresight->outputs[i] = product->forecast;
        foresight->outputs[i].forwards = product->outer;
        bool *is_brought = makings[product->maker].is_brought;
        if (!product->outer && is_brought)
            is_brought[i] = true;
    }
}

static int tell(const struct outlook *outlook, size_t count, struct vf_foresight *foresight,
                struct vf_group_making **makings)
{
    const struct vf_group *group = outlook->group;
    *makings = calloc(count + 1, sizeof(**makings));
    if (!*makings)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        (*makings)[i].is_brought = calloc(group->output_count + 1, sizeof(bool));
        if (!(*makings)[i].is_brought)
            return -ENOMEM;
        (*makings)[i].forecast = outlook->products[i].forecast;
        (*makings)[i].keeps = group->node.holds;
    }
    for (size_t i = 0; i < group->member_count; i++) {
        if (group->members[i].node->outputs.count)
            (*makings)[outlook->firsts[i]].keeps += outlook->keeps[i];
    }
    tell_outputs(outlook, foresight, *makings);
    return VF_OK;
}

int vf_group_foresee(const struct vf_group *group, struct vf_foresight *foresight,
                     struct vf_group_making **makings, size_t *count)
{
    struct outlook outlook = {.group = group, .outer = foresight};
    *makings = NULL;
    *count = 0;
    outlook.firsts = calloc(group->member_count + 1, sizeof(*outlook.firsts));
    outlook.keeps = calloc(group->member_count + 1, sizeof(*outlook.keeps));
    for (size_t i = 0; outlook.firsts && i < group->member_count; i++) {
        outlook.firsts[i] = *count;
        *count += group->members[i].node->outputs.count;
    }
    outlook.products = calloc(*count + 1, sizeof(*outlook.products));
    int err = outlook.firsts && outlook.keeps && outlook.products ? VF_OK : -ENOMEM;
    for (size_t i = 0; !err && i < group->member_count; i++)
        err = ask_member(&outlook, i);
    if (!err)
        err = tell(&outlook, *count, foresight, makings);
    if (err)
        vf_group_makings_free(makings, *count);
    free(outlook.firsts);
    free(outlook.keeps);
    free(outlook.products);
    return err;
}

void vf_group_makings_free(struct vf_group_making **makings, size_t count)
{
    for (size_t i = 0; *makings && i < count; i++)
        free((*makings)[i].is_brought);
    free(*makings);
    *makings = NULL;
}
