/* SPDX-License-Identifier: MIT */
/* bench_flow.c - runs a flow that also names the benchmark's own nodes (bench_nodes.h).
 *
 *     bench_flow REPORT FLOW [-s PATH=VALUE | NAME=VALUE]...
 *
 * Does what `vflow run --quiet --report=REPORT FLOW` does, with the variables and the settings
 * that follow.
 */
#include <stdio.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/flow/file/load.h"
#include "engine/flow/plan/plan.h"
#include "engine/process/engine.h"
#include "nodes/all_nodes.h"
#include "tests/bench/bench_nodes.h"

#define MOST_NODES 256
#define MOST_WORDS 256

static const struct vf_node *const own_nodes[] = {&vf_node_frame_source, &vf_node_frame_reader,
                                                  &vf_node_age_log, &vf_node_gray,
                                                  &vf_node_sleeper};

/* What stands behind the name of the flow. */
struct words {
    const char *variables[MOST_WORDS], *settings[MOST_WORDS];
    size_t variable_count, setting_count;
};

static bool sort_words(struct words *words, char **argv, int argc)
{
    for (int i = 0; i < argc; i++) {
        bool is_setting = strcmp(argv[i], "-s") == 0;
        i += is_setting;
        if (i == argc || i >= MOST_WORDS)
            return false;
        if (is_setting)
            words->settings[words->setting_count++] = argv[i];
        else
            words->variables[words->variable_count++] = argv[i];
    }
    return true;
}

static int run_plan(const struct vf_plan *plan, const char *report, enum vf_exit_status *status)
{
    struct vf_engine_settings settings = {
        .verbosity = VF_VERBOSITY_ERRORS, .grace_ns = 10 * VF_NS_PER_S, .handles_signals = true};
    struct vf_engine *engine;
    int err = vf_engine_create(&engine, plan, &settings);
    if (!err)
        err = vf_engine_allocate(engine);
    if (!err)
        err = vf_engine_join(engine, status);
    if (!err)
        err = vf_engine_report(engine, report, *status);
    vf_engine_destroy(&engine);
    return err;
}

static enum vf_exit_status run(const struct vf_flow_request *request,
                               const struct vf_node_list *nodes, const char *report)
{
    enum vf_exit_status status = VF_EXIT_INTERNAL;
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow *flow = NULL;
    struct vf_plan *plan = NULL;
    int err = vf_flow_load(request, nodes, &diagnostics, &flow);
    vf_diagnostics_print(&diagnostics, stderr);
    vf_diagnostics_finish(&diagnostics);
    if (err)
        return VF_EXIT_INVALID_FLOW;
    err = vf_plan_create(&plan, flow, nodes);
    vf_flow_destroy(&flow);
    if (!err)
        err = run_plan(plan, report, &status);
    vf_plan_destroy(&plan);
    if (err)
        vf_log(VF_LOG_ERROR, "the flow could not be run: %s", strerror(-err));
    return err ? VF_EXIT_INTERNAL : status;
}

int main(int argc, char **argv)
{
    static const struct vf_node *items[MOST_NODES];
    struct vf_node_list nodes = {.items = items};
    struct words words = {0};
    if (argc < 3 || !sort_words(&words, argv + 3, argc - 3)) {
        fprintf(stderr, "usage: bench_flow REPORT FLOW [-s PATH=VALUE | NAME=VALUE]...\n");
        return VF_EXIT_USAGE;
    }
    for (size_t i = 0; i < VF_COUNT(own_nodes); i++)
        items[nodes.count++] = own_nodes[i];
    for (size_t i = 0; i < vf_all_nodes.count && nodes.count < MOST_NODES; i++)
        items[nodes.count++] = vf_all_nodes.items[i];
    vf_log_set_level(VF_LOG_ERROR);
    struct vf_flow_request request = {
        .file = argv[2],
        .variables = words.variables,
        .variable_count = words.variable_count,
        .settings = words.settings,
        .setting_count = words.setting_count,
    };
    return (int)run(&request, &nodes, argv[1]);
}
