/* SPDX-License-Identifier: MIT */
#include "engine/flow/graph/graph.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/base/text.h"

/* Returns the first node that is not placed and waits for no parent; node_count: none. */
static size_t find_ready(const struct vf_wiring *wiring, const size_t *waiting)
{
    size_t i = 0;
    while (i < wiring->node_count && waiting[i] != 0)
        i++;
    return i;
}

int vf_graph_sort(const struct vf_wiring *wiring, size_t **order)
{
    size_t count = wiring->node_count, placed = 0;
    size_t *waiting = calloc(count + 1, sizeof(*waiting)); /* parents not placed yet */
    *order = calloc(count + 1, sizeof(**order));
    int err = waiting && *order ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < count && !err; i++)
        waiting[i] = wiring->first_links[i + 1] - wiring->first_links[i];
    while (placed < count && !err) {
        size_t next = find_ready(wiring, waiting);
        if (next == count) {
            err = -EINVAL;
            break;
        }
        (*order)[placed++] = next;
        waiting[next] = SIZE_MAX;
        for (size_t i = 0; i < wiring->link_count; i++)
            waiting[wiring->links[i].reader] -= wiring->links[i].sender == next;
    }
    free(waiting);
    if (err) {
        free(*order);
        *order = NULL;
    }
    return err;
}

enum visit { NEW, ON_PATH, DONE };

struct search {
    const struct vf_wiring *wiring;
    void (*found)(void *context, const size_t *path, size_t length, const struct vf_link *closing);
    void *context;
    enum visit *visits;
    size_t *path; /* of nodes */
    size_t length;
};

static void follow(struct search *search, size_t node)
{
    search->visits[node] = ON_PATH;
    search->path[search->length++] = node;
    for (size_t i = 0; i < search->wiring->link_count; i++) {
        const struct vf_link *link = &search->wiring->links[i];
        if (link->sender != node)
            continue;
        if (search->visits[link->reader] == NEW)
            follow(search, link->reader);
        if (search->visits[link->reader] != ON_PATH)
            continue;
        size_t from = search->length - 1;
        while (search->path[from] != link->reader)
            from--;
        search->found(search->context, &search->path[from], search->length - from, link);
    }
    search->visits[node] = DONE;
    search->length--;
}

int vf_graph_find_cycles(const struct vf_wiring *wiring,
                         void (*found)(void *context, const size_t *path, size_t length,
                                       const struct vf_link *closing),
                         void *context)
{
    struct search search = {.wiring = wiring, .found = found, .context = context};
    search.visits = calloc(wiring->node_count + 1, sizeof(*search.visits));
    search.path = calloc(wiring->node_count + 1, sizeof(*search.path));
    int err = search.visits && search.path ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < wiring->node_count && !err; i++) {
        if (search.visits[i] == NEW)
            follow(&search, i);
    }
    free(search.visits);
    free(search.path);
    return err;
}

struct reporter {
    const struct vf_flow *flow;
    struct vf_diagnostics *diagnostics;
};

static void report_cycle(void *context, const size_t *path, size_t length,
                         const struct vf_link *closing)
{
    const struct reporter *reporter = context;
    const struct vf_flow_node *nodes = reporter->flow->nodes;
    if (length == 1) {
        vf_diagnostics_add(reporter->diagnostics, VF_GRAVITY_FLOW, "cycle", closing->input->place,
                           "%s reads itself; a node can only read others", nodes[path[0]].name);
        return;
    }
    struct vf_text text = {0};
    for (size_t i = 0; i < length; i++)
        vf_text_print(&text, "%s -> ", nodes[path[i]].name);
    vf_text_print(&text, "%s", nodes[path[0]].name);
    if (text.failed)
        reporter->diagnostics->failure = -ENOMEM;
    else
        vf_diagnostics_add(reporter->diagnostics, VF_GRAVITY_FLOW, "cycle", closing->input->place,
                           "the flow goes in a circle: %s; take one of these inputs away",
                           text.bytes);
    vf_text_finish(&text);
}

int vf_graph_report_cycles(const struct vf_wiring *wiring, const struct vf_flow *flow,
                           struct vf_diagnostics *diagnostics)
{
    struct reporter reporter = {.flow = flow, .diagnostics = diagnostics};
    return vf_graph_find_cycles(wiring, report_cycle, &reporter);
}
