/* SPDX-License-Identifier: MIT */
/* Takes arbitrary bytes for the pages of tasks, and gives every account of the run that there is: rows,
 * progress, advice, the ledger, a report, who waits for whom, the trace. The input is a row of writes:
 * a byte chooses the task and what of its page, two the place there, one how many bytes, which follow;
 * 255 of them are an account in between. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/account/advice.h"
#include "engine/account/ledger.h"
#include "engine/account/progress_line.h"
#include "engine/account/report.h"
#include "engine/account/report_json.h"
#include "engine/account/standstill.h"
#include "engine/account/timeline.h"
#include "engine/account/wait_graph.h"
#include "engine/base/log.h"
#include "engine/flow/file/load.h"
#include "nodes/all_nodes.h"

#define FLOW                                                         \
    "vflow: 1\n"                                                     \
    "nodes:\n"                                                       \
    "  n: {type: int_source, end: 5}\n"                              \
    "  r: {type: identity, inputs: n, replicas: 2}\n"                \
    "  both: {type: joiner, inputs: [r, {from: n, drop: oldest}]}\n" \
    "  out: {type: void, inputs: both}\n"
#define BETWEEN 255

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once. */
static struct vf_plan *plan;
static struct vf_run_memory *memory;
static struct vf_task_outcome *outcomes;
static bool *is_whole;
static FILE *nowhere;

static void make_world(void)
{
    struct vf_flow *flow = NULL;
    struct vf_diagnostics diagnostics = {0};
    struct vf_flow_request request = {.file = "flow"};
    int err = vf_flow_load_text(&request, FLOW, strlen(FLOW), &vf_all_nodes, &diagnostics, &flow);
    if (!err)
        err = vf_plan_create(&plan, flow, &vf_all_nodes);
    if (!err)
        err = vf_run_memory_create(&memory, plan);
    nowhere = fopen("/dev/null", "we");
    if (err || !nowhere)
        abort();
    vf_flow_destroy(&flow);
    vf_diagnostics_finish(&diagnostics);
    vf_log_set_level(VF_LOG_ERROR);
    outcomes = calloc(plan->task_count, sizeof(*outcomes));
    is_whole = calloc(plan->task_count, sizeof(*is_whole));
    if (!outcomes || !is_whole)
        abort();
    for (size_t i = 0; i < plan->task_count; i++) {
        outcomes[i] =
            (struct vf_task_outcome){.task = (unsigned)i + 1, .name = plan->tasks[i].name};
        is_whole[i] = i % 2;
    }
}

/* Everything up to the ring of the trace, which is the end of a page; and the head of that. */
static size_t size_of_records(unsigned task)
{
    const uint8_t *page = (const void *)vf_run_memory_page(memory, task);
    return (size_t)((const uint8_t *)vf_run_memory_trace(memory, task) - page);
}

static void wipe(void)
{
    for (unsigned task = 1; task <= plan->task_count; task++) {
        uint8_t *page = (void *)(uintptr_t)vf_run_memory_page(memory, task);
        memset(page, 0, size_of_records(task) + 4096);
    }
}

static void scribble(const uint8_t **data, size_t *size)
{
    unsigned task = 1 + (*data)[0] / 2 % (unsigned)plan->task_count;
    bool is_trace = (*data)[0] % 2;
    size_t place = (size_t)(*data)[1] << 8 | (*data)[2], length = (*data)[3];
    size_t limit = is_trace ? 4096 : size_of_records(task);
    uint8_t *page = (void *)(uintptr_t)vf_run_memory_page(memory, task);
    *data += 4;
    *size -= 4;
    length = length < *size ? length : *size;
    for (size_t i = 0; i < length; i++)
        page[(is_trace ? size_of_records(task) : 0) + (place + i) % limit] = (*data)[i];
    *data += length;
    *size -= length;
}

static void give_report(void)
{
    json_t *report = NULL;
    struct vf_run_record record = {.plan = plan,
                                   .memory = memory,
                                   .outcomes = outcomes,
                                   .started_ns = 1,
                                   .ended_ns = 2,
                                   .status = VF_EXIT_OK};
    int err = vf_report_json_make(&record, &report);
    assert(err == VF_OK); /* whatever tasks say */
    json_decref(report);
}

static void give_timeline(void)
{
    struct vf_timeline *timeline = NULL;
    struct vf_text trace = {0};
    int err = vf_timeline_create(&timeline, plan, memory, 0);
    if (!err)
        err = vf_timeline_read(timeline, &trace);
    if (!err)
        err = vf_timeline_end(timeline, &trace);
    assert(err == VF_OK);
    vf_timeline_destroy(&timeline);
    vf_text_finish(&trace);
}

static void give_progress(struct vf_progress_track *track, int64_t now_ns)
{
    struct vf_progress progress;
    struct vf_text line = {0};
    vf_progress_track_note(track, now_ns);
    vf_progress_track_read(track, now_ns, &progress);
    vf_progress_line(&line, &progress, 79);
    vf_text_finish(&line);
    json_t *object = vf_progress_json(&progress);
    assert(object);
    json_decref(object);
}

static void give_waits(struct vf_standstill *standstill, int64_t now_ns)
{
    struct vf_text chains = {0};
    struct vf_wait_graph graph = {0};
    (void)vf_standstill_look(standstill, now_ns, VF_NS_PER_S);
    (void)vf_standstill_is_dead_lock(standstill, now_ns);
    int err = vf_standstill_describe(standstill, now_ns, &chains);
    if (!err)
        err = vf_wait_graph_init(&graph, plan, memory);
    assert(err == VF_OK);
    (void)vf_wait_graph_is_dead_lock(&graph);
    vf_wait_graph_finish(&graph);
    vf_text_finish(&chains);
}

static void give_account(struct vf_progress_track *track, struct vf_standstill *standstill,
                         int64_t now_ns)
{
    vf_report_rows(nowhere, plan, memory, outcomes, 0);
    give_progress(track, now_ns);
    give_report();
    give_waits(standstill, now_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vf_progress_track *track = NULL;
    struct vf_standstill *standstill = NULL;
    int64_t now_ns = VF_NS_PER_S;
    if (!plan)
        make_world();
    wipe();
    int err = vf_progress_track_create(&track, plan, memory, 0);
    if (!err)
        err = vf_standstill_create(&standstill, plan, memory, now_ns);
    assert(!err);
    while (size >= 4) {
        bool is_between = data[0] == BETWEEN;
        scribble(&data, &size);
        if (is_between)
            give_account(track, standstill, now_ns += 2 * VF_NS_PER_S);
    }
    give_account(track, standstill, now_ns + 10 * VF_NS_PER_S);
    give_timeline();
    (void)vf_ledger_check(plan, memory, is_whole);
    vf_progress_track_destroy(&track);
    vf_standstill_destroy(&standstill);
    return 0;
}
