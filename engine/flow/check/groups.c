/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/graph/graph.h"
#include "engine/flow/graph/units.h"

struct checker {
    const struct vf_streams *streams;
    const struct vf_flow *flow;
    const struct vf_wiring *wiring; /* of the nodes */
    const struct vf_units *units;
    struct vf_diagnostics *diagnostics;
    bool *marks;     /* one a node */
    bool has_return; /* a way out of some group leads back into it */
};

static struct vf_place group_place(const struct checker *checker, size_t node)
{
    return checker->flow->nodes[node].key_places[VF_KEY_GROUP];
}

static void report(const struct checker *checker, size_t node, const char *text)
{
    if (text)
        vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "bad-group",
                           group_place(checker, node), "%s", text);
    else
        checker->diagnostics->failure = -ENOMEM;
}

/* Whether `link` is between two members of one group, and whether it enters that of its reader. */
static bool is_inside(const struct checker *checker, const struct vf_link *link)
{
    return checker->units->of_node[link->sender] == checker->units->of_node[link->reader];
}

static bool enters(const struct checker *checker, const struct vf_link *link, size_t unit)
{
    return checker->units->of_node[link->reader] == unit && !is_inside(checker, link);
}

/* Returns why a node cannot be in a group, whatever the others are; NULL: it can. */
static const char *find_obstacle(const struct vf_flow_node *node, const struct vf_node *type)
{
    if (type->kind == VF_PRODUCER)
        return "is a producer; only processors run in a group";
    if (type->kind == VF_CONSUMER)
        return "is a consumer; only processors run in a group";
    if (type->takes == VF_TAKES_EACH)
        return "takes each message by itself, as it comes; it needs a task of its own";
    if (type->shares_arenas)
        return "runs a program; it needs a task of its own";
    if (type->must_look_ahead && type->looks_ahead)
        return "looks at messages that are still to come; it needs a task of its own";
    if (node->keys.gpu.request != VF_GPU_NONE)
        return "asks for a GPU; it needs a task of its own";
    if (node->keys.join.by == VF_JOIN_TIME)
        return "joins by time; it needs a task of its own";
    if (node->keys.join.by == VF_JOIN_LATEST || type->live_join == VF_LIVE_ALONE)
        return "joins by latest; it needs a task of its own";
    return NULL;
}

/* Returns the key about failures that two members say differently, or NULL. */
static const char *find_disagreement(const struct vf_recovery_wish *one,
                                     const struct vf_recovery_wish *other)
{
    if (one->restart != other->restart)
        return "restart";
    if (one->max_restarts != other->max_restarts)
        return "max_restarts";
    if (one->backoff_ns != other->backoff_ns)
        return "backoff";
    if (one->on_error != other->on_error)
        return "on_error";
    return one->stall_after_ns != other->stall_after_ns ? "stall_after" : NULL;
}

static void check_member(const struct checker *checker, size_t unit, size_t node)
{
    const struct vf_flow_node *described = &checker->flow->nodes[node];
    const struct vf_flow_node *first =
        &checker->flow->nodes[checker->units->items[unit].members[0]];
    const char *obstacle = find_obstacle(described, checker->wiring->types[node]);
    const char *key = described->keys.is_ordered != first->keys.is_ordered
                          ? "ordered"
                          : find_disagreement(&first->keys.recovery, &described->keys.recovery);
    char *text = NULL;
    if (obstacle) {
        text = vf_text_format("%s %s", described->name, obstacle);
    } else if (described->keys.replicas != first->keys.replicas) {
        text = vf_text_format(
            "%s has %d replica%s, and %s, of the same group, %d; give all members "
            "of %s the same number",
            described->name, described->keys.replicas, described->keys.replicas == 1 ? "" : "s",
            first->name, first->keys.replicas, described->keys.group);
    } else if (key) {
        text = vf_text_format("%s and %s disagree on %s; say the same in all members of %s",
                              first->name, described->name, key, described->keys.group);
    } else {
        return;
    }
    report(checker, node, text);
    free(text);
}

/* Marks all members that are connected with `node`. */
static void mark_connected(const struct checker *checker, size_t node)
{
    checker->marks[node] = true;
    for (size_t i = 0; i < checker->wiring->link_count; i++) {
        const struct vf_link *link = &checker->wiring->links[i];
        if (!is_inside(checker, link))
            continue;
        if (link->sender == node && !checker->marks[link->reader])
            mark_connected(checker, link->reader);
        if (link->reader == node && !checker->marks[link->sender])
            mark_connected(checker, link->sender);
    }
}

static void check_connection(const struct checker *checker, const struct vf_unit *unit)
{
    const struct vf_flow_node *nodes = checker->flow->nodes;
    memset(checker->marks, 0, checker->flow->node_count * sizeof(*checker->marks));
    mark_connected(checker, unit->members[0]);
    for (size_t i = 1; i < unit->member_count; i++) {
        size_t member = unit->members[i];
        if (checker->marks[member])
            continue;
        char *text = vf_text_format("nothing within group %s connects %s with %s; give it another "
                                    "group",
                                    unit->name, nodes[member].name, nodes[unit->members[0]].name);
        report(checker, member, text);
        free(text);
        return;
    }
}

/* Inside, messages are put together while one input is worked on, and that is by origin. */
static void check_joins(const struct checker *checker, const struct vf_unit *unit)
{
    for (size_t i = 0; i < unit->member_count; i++) {
        size_t member = unit->members[i];
        bool has_inner = false;
        for (size_t j = checker->wiring->first_links[member];
             j < checker->wiring->first_links[member + 1]; j++)
            has_inner |= is_inside(checker, &checker->wiring->links[j]);
        if (!has_inner || vf_streams_choose_join(checker->streams, member).by != VF_JOIN_ORDER)
            continue;
        char *text = vf_text_format("%s joins by order what comes from within group %s; it needs a "
                                    "task of its own",
                                    checker->flow->nodes[member].name, unit->name);
        report(checker, member, text);
        free(text);
    }
}

/* Inside, messages go on as they are. */
static void check_delays(const struct checker *checker, const struct vf_unit *unit)
{
    for (size_t i = 0; i < checker->wiring->link_count; i++) {
        const struct vf_link *link = &checker->wiring->links[i];
        if (!is_inside(checker, link) || !link->input->delay_ns ||
            &checker->units->items[checker->units->of_node[link->reader]] != unit)
            continue;
        char *text = vf_text_format("%s delays what comes from within group %s; delay what enters "
                                    "the group, or leave it",
                                    checker->flow->nodes[link->reader].name, unit->name);
        report(checker, link->reader, text);
        free(text);
    }
}

/* Marks the members that work on what comes by `entry`, or on what is made of it. */
static void mark_dependents(const struct checker *checker, size_t index,
                            const struct vf_link *entry)
{
    const struct vf_unit *unit = &checker->units->items[index];
    memset(checker->marks, 0, checker->flow->node_count * sizeof(*checker->marks));
    for (size_t i = 0; i < unit->member_count; i++) {
        size_t member = unit->members[i];
        for (size_t j = checker->wiring->first_links[member];
             j < checker->wiring->first_links[member + 1]; j++) {
            const struct vf_link *link = &checker->wiring->links[j];
            bool is_same = enters(checker, link, index) && link->sender == entry->sender &&
                           link->sender_port == entry->sender_port;
            checker->marks[member] |=
                is_same || (is_inside(checker, link) && checker->marks[link->sender]);
        }
    }
}

static bool is_read_outside(const struct checker *checker, size_t node)
{
    for (size_t i = 0; i < checker->wiring->link_count; i++) {
        const struct vf_link *link = &checker->wiring->links[i];
        if (link->sender == node && !is_inside(checker, link))
            return true;
    }
    return false;
}

/* A group gets its inputs together, so a member that could have worked without one of them, and
 * whose work shows, must not be in it. */
static void check_entry(const struct checker *checker, size_t index, const struct vf_link *entry)
{
    const struct vf_unit *unit = &checker->units->items[index];
    const struct vf_flow_node *nodes = checker->flow->nodes;
    mark_dependents(checker, index, entry);
    for (size_t i = 0; i < unit->member_count; i++) {
        size_t member = unit->members[i];
        bool shows =
            checker->wiring->types[member]->is_stateful || is_read_outside(checker, member);
        if (checker->marks[member] || !shows)
            continue;
        char *text = vf_text_format("group %s gets its inputs together, but %s does not depend on "
                                    "%s; take it out of the group",
                                    unit->name, nodes[member].name, nodes[entry->sender].name);
        report(checker, member, text);
        free(text);
        return;
    }
}

static void check_entries(const struct checker *checker, size_t unit)
{
    for (size_t i = 0; i < checker->wiring->link_count; i++) {
        if (enters(checker, &checker->wiring->links[i], unit))
            check_entry(checker, unit, &checker->wiring->links[i]);
    }
}

static void check_name(const struct checker *checker, const struct vf_unit *unit)
{
    for (size_t i = 0; i < checker->flow->node_count; i++) {
        if (strcmp(checker->flow->nodes[i].name, unit->name) != 0)
            continue;
        char *text =
            vf_text_format("there is a node \"%s\"; give the group another name", unit->name);
        report(checker, unit->members[0], text);
        free(text);
    }
}

static void report_return(void *context, const size_t *path, size_t length,
                          const struct vf_link *closing)
{
    struct checker *checker = context;
    const struct vf_unit *units = checker->units->items;
    struct vf_text text = {0};
    checker->has_return = true;
    const char *group = NULL;
    for (size_t i = 0; i < length; i++) {
        vf_text_print(&text, "%s -> ", units[path[i]].name);
        if (units[path[i]].is_group && !group)
            group = units[path[i]].name;
    }
    vf_text_print(&text, "%s", units[path[0]].name);
    if (text.failed)
        checker->diagnostics->failure = -ENOMEM;
    else
        vf_diagnostics_add(checker->diagnostics, VF_GRAVITY_FLOW, "bad-group",
                           closing->input->place,
                           "a way out of group %s leads back into it: %s; put what is between into "
                           "the group, or take a member out",
                           group ? group : "", text.bytes);
    vf_text_finish(&text);
}

static void check_group(const struct checker *checker, size_t index)
{
    const struct vf_unit *unit = &checker->units->items[index];
    size_t before = checker->diagnostics->count;
    check_name(checker, unit);
    for (size_t i = 0; i < unit->member_count; i++)
        check_member(checker, index, unit->members[i]);
    if (checker->diagnostics->count > before)
        return; /* the rest may follow from it */
    check_connection(checker, unit);
    check_joins(checker, unit);
    check_delays(checker, unit);
    if (checker->diagnostics->count == before && !checker->has_return)
        check_entries(checker, index);
}

int vf_flow_check_groups(const struct vf_streams *streams, struct vf_diagnostics *diagnostics)
{
    struct vf_units units;
    int err = vf_units_init(&units, streams->flow, streams->wiring);
    if (err)
        return err;
    struct checker checker = {.streams = streams,
                              .flow = streams->flow,
                              .wiring = streams->wiring,
                              .units = &units,
                              .diagnostics = diagnostics};
    checker.marks = calloc(streams->flow->node_count + 1, sizeof(*checker.marks));
    err = checker.marks ? vf_graph_find_cycles(&units.graph, report_return, &checker) : -ENOMEM;
    for (size_t i = 0; i < units.count && !err; i++) {
        if (units.items[i].is_group)
            check_group(&checker, i);
    }
    free(checker.marks);
    vf_units_finish(&units);
    return err;
}
