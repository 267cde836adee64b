/* SPDX-License-Identifier: MIT */
/* A flow file of 64 tasks, read, checked and planned, as before each start. */
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"
#include "engine/flow/diagnostics.h"
#include "engine/flow/file/load.h"
#include "engine/flow/flow.h"
#include "engine/flow/plan/plan.h"
#include "engine/node/node.h"
#include "tests/instructions/counted.h"

#define BRANCHES 16

extern const struct vf_node vf_node_int_source, vf_node_identity, vf_node_sum, vf_node_print;

static struct vf_text text;

/* A source and its branches, of three nodes and an end that joins the last with the source; three
 * more ends join branches. */
static void begin(void)
{
    vf_text_print(&text, "vflow: 1\nnodes:\n  numbers: {type: int_source, end: 100}\n");
    for (int i = 0; i < BRANCHES - 1; i++)
        vf_text_print(&text,
                      "  first%d: {type: identity, inputs: numbers}\n"
                      "  second%d:\n    type: identity\n    fps: %d\n"
                      "    inputs: {from: first%d, queue: 9}\n"
                      "  third%d: {type: sum, inputs: second%d}\n"
                      "  end%d: {type: print, inputs: [numbers, third%d]}\n",
                      i, i, i + 1, i, i, i, i, i);
    for (int i = 0; i < 3; i++)
        vf_text_print(&text, "  all%d: {type: print, inputs: [third%d, third%d, numbers]}\n", i, i,
                      i + 1);
    MUST(!text.failed);
}

static void step(void)
{
    static const struct vf_node *const nodes[] = {&vf_node_int_source, &vf_node_identity,
                                                  &vf_node_sum, &vf_node_print};
    static const struct vf_node_list list = {.items = nodes, .count = VF_COUNT(nodes)};
    const struct vf_flow_request request = {.file = "flow.yaml"};
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow *flow;
    struct vf_plan *plan;
    int err = vf_flow_load_text(&request, text.bytes, text.length, &list, &diagnostics, &flow);
    vf_diagnostics_print(&diagnostics, stderr);
    MUST(err == VF_OK);
    MUST(vf_plan_create(&plan, flow, &list) == VF_OK);
    MUST(plan->task_count == 4 * BRANCHES);
    vf_plan_destroy(&plan);
    vf_flow_destroy(&flow);
    vf_diagnostics_finish(&diagnostics);
}

static void end(void)
{
    vf_text_finish(&text);
}

const struct counted counted_load = {begin, step, end};
