/* SPDX-License-Identifier: MIT */
/* stop_a_flow.c - a flow without a file: built, checked, run, stopped from outside, and joined.
 *
 * Prints the numbers that came through until the flow was asked to stop: every one that the source
 * has made, although the stop comes in the middle. Then says how each task ended. The stop comes
 * after a tenth of a second, or after as many seconds as the command line says.
 *
 *     cc stop_a_flow.c $(pkg-config --cflags --libs libvflow) -o stop_a_flow
 *     ./stop_a_flow 3
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/flow/check/check.h"
#include "engine/flow/flow.h"
#include "engine/flow/plan/plan.h"
#include "engine/process/engine.h"
#include "nodes/all_nodes.h"

/* Integers without end, two hundred a second, through a processor to standard output. */
static int build(struct vf_flow *flow)
{
    struct vf_flow_node *node;
    int err = vf_flow_add_node(flow, "numbers", "int_source", &node);
    if (!err)
        err = vf_flow_set_option(node, "fps", "200");
    if (!err)
        err = vf_flow_add_node(flow, "pass", "identity", &node);
    if (!err)
        err = vf_flow_add_input(node, NULL, "numbers", NULL);
    if (!err)
        err = vf_flow_add_node(flow, "out", "print", &node);
    if (!err)
        err = vf_flow_add_input(node, NULL, "pass", NULL);
    return err;
}

/* Looks for mistakes, and shows all of them. */
static int check(const struct vf_flow *flow)
{
    struct vf_diagnostics diagnostics = {0};
    vf_diagnostics_begin(&diagnostics, "stop_a_flow");
    int err = vf_flow_check(flow, &vf_all_nodes, &diagnostics);
    vf_diagnostics_print(&diagnostics, stderr);
    vf_diagnostics_finish(&diagnostics);
    return err;
}

static void tell(const struct vf_engine *engine)
{
    size_t count;
    const struct vf_task_outcome *outcomes = vf_engine_outcomes(engine, &count);
    for (size_t i = 0; i < count; i++) {
        const struct vf_task_outcome *outcome = &outcomes[i];
        fprintf(stderr, "%s: status %d, signal %d, frame %llu\n", outcome->name,
                outcome->exit_status, outcome->signal, (unsigned long long)outcome->frame);
    }
}

static int run(const struct vf_plan *plan, const struct timespec *while_it_runs,
               enum vf_exit_status *status)
{
    struct vf_engine_settings settings = {.verbosity = VF_VERBOSITY_ERRORS,
                                          .grace_ns = 10000000000};
    struct vf_engine *engine;
    int err = vf_engine_create(&engine, plan, &settings);
    if (!err)
        err = vf_engine_allocate(engine); /* every worker is running when this returns */
    if (!err) {
        nanosleep(while_it_runs, NULL);
        err = vf_engine_signal_termination(engine);
    }
    if (!err)
        err = vf_engine_join(engine, status);
    if (!err)
        tell(engine);
    vf_engine_destroy(&engine);
    return err;
}

int main(int argc, char **argv)
{
    struct timespec while_it_runs = {.tv_nsec = 100000000};
    enum vf_exit_status status = VF_EXIT_INTERNAL;
    struct vf_flow *flow = NULL;
    struct vf_plan *plan = NULL;
    if (argc > 1)
        while_it_runs = (struct timespec){.tv_sec = strtol(argv[1], NULL, 10)};
    int err = vf_flow_create(&flow, "stop_a_flow");
    if (!err)
        err = build(flow);
    if (!err)
        err = check(flow);
    if (!err)
        err = vf_plan_create(&plan, flow, &vf_all_nodes);
    if (!err)
        err = run(plan, &while_it_runs, &status);
    vf_plan_destroy(&plan);
    vf_flow_destroy(&flow);
    return err ? VF_EXIT_INTERNAL : (int)status;
}
