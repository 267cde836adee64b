/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/flow_fixture.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/nodes/plain_nodes.h"

static int load(const char *yaml, const struct vf_flow_request *request, char **messages,
                struct vf_flow **flow)
{
    struct vf_flow_request named = request ? *request : (struct vf_flow_request){0};
    struct vf_diagnostics diagnostics = {0};
    size_t size;
    named.file = "f";
    int err = vf_flow_load_text(&named, yaml, strlen(yaml), &vf_plain_nodes, &diagnostics, flow);
    FILE *stream = open_memstream(messages, &size);
    ck_assert_ptr_nonnull(stream);
    vf_diagnostics_print(&diagnostics, stream);
    ck_assert_int_eq(fclose(stream), 0);
    bool is_wrong = vf_diagnostics_gravest(&diagnostics, 0) > VF_GRAVITY_WARNING;
    ck_assert_int_eq(err, is_wrong ? -EINVAL : VF_OK);
    ck_assert(is_wrong == !*flow);
    vf_diagnostics_finish(&diagnostics);
    return err;
}

char *flow_messages(const char *yaml, const struct vf_flow_request *request)
{
    char *messages;
    struct vf_flow *flow;
    (void)load(yaml, request, &messages, &flow);
    vf_flow_destroy(&flow);
    return messages;
}

void assert_flow_messages(const char *yaml, const struct vf_flow_request *request,
                          const char *messages)
{
    char *actual = flow_messages(yaml, request);
    ck_assert_str_eq(actual, messages);
    free(actual);
}

struct vf_flow *load_good_flow(const char *yaml, const struct vf_flow_request *request)
{
    char *messages;
    struct vf_flow *flow;
    int err = load(yaml, request, &messages, &flow);
    ck_assert_msg(!err, "%s", messages);
    free(messages);
    return flow;
}

struct vf_plan *plan_good_flow(const char *yaml)
{
    struct vf_plan *plan;
    struct vf_flow *flow = load_good_flow(yaml, NULL);
    ck_assert_int_eq(vf_plan_create(&plan, flow, &vf_plain_nodes), VF_OK);
    vf_flow_destroy(&flow);
    return plan;
}

const struct vf_plan_task *find_task(const struct vf_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        if (strcmp(plan->tasks[i].name, name) == 0)
            return &plan->tasks[i];
    }
    ck_abort_msg("no task %s", name);
}

const struct vf_plan_edge *find_edge(const struct vf_plan *plan, const char *sender,
                                     const char *receiver)
{
    const struct vf_plan_task *from = find_task(plan, sender), *to = find_task(plan, receiver);
    for (size_t i = 0; i < plan->edge_count; i++) {
        if (plan->edges[i].sender == from->id && plan->edges[i].receiver == to->id)
            return &plan->edges[i];
    }
    ck_abort_msg("no edge %s to %s", sender, receiver);
}
