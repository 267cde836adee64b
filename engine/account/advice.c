/* SPDX-License-Identifier: MIT */
#include "engine/account/advice.h"

#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account/ledger.h"
#include "engine/account/report.h"
#include "engine/base/clock.h"
#include "engine/edge/page/task_page.h"
#include "engine/flow/plan/view.h"

#define LIMITING 0.8         /* busier than that, a node limits its flow */
#define FULL 0.9             /* of all processors: nobody gets more of them */
#define WORTH_IT 1.1         /* times as fast: less is no advice */
#define LEAST_NS VF_NS_PER_S /* a shorter run says nothing about speed */
#define LEAST_MESSAGES 20
#define LONGER_QUEUE 100

struct vf_prospect vf_advice_predict(const struct vf_load *loads, size_t count, double cpu,
                                     unsigned cores)
{
    struct vf_prospect prospect = {.speed_up = 1};
    for (size_t i = 1; i < count; i++) {
        if (loads[i].busy > loads[prospect.limiting].busy)
            prospect.limiting = i;
    }
    const struct vf_load *limiting = &loads[prospect.limiting];
    prospect.is_limited = count && limiting->busy >= LIMITING;
    prospect.is_cpu_full = cpu >= FULL * cores;
    if (!prospect.is_limited)
        return prospect;
    double most = (limiting->tasks + 1) / (limiting->tasks * limiting->busy);
    prospect.then = prospect.limiting;
    for (size_t i = 0; i < count; i++) {
        if (i == prospect.limiting || loads[i].busy <= 0 || 1 / loads[i].busy >= most)
            continue;
        most = 1 / loads[i].busy;
        prospect.then = i;
    }
    prospect.then_cpu = cpu > 0 && cores / cpu < most;
    if (prospect.then_cpu)
        most = cores / cpu;
    prospect.speed_up = most > 1 ? most : 1;
    return prospect;
}

static int64_t load_time(const _Atomic int64_t *time_ns)
{
    return atomic_load_explicit(time_ns, memory_order_relaxed);
}

/* Of moments that a worker may have made up. */
static double part_of_time(const struct vf_task_page *page)
{
    double active = (double)load_time(&page->last_ns) - (double)load_time(&page->first_ns);
    double busy = active > 0 ? (double)load_time(&page->busy_ns) / active : 0;
    return busy < 0 ? 0 : busy > 1 ? 1 : busy;
}

static struct vf_load load_of(const struct vf_plan *plan, size_t first,
                              const struct vf_run_memory *memory)
{
    const struct vf_plan_task *task = &plan->tasks[first];
    const struct vf_node *node = task->node;
    size_t tasks = vf_report_node_tasks(plan, first);
    struct vf_load load = {
        .tasks = (unsigned)tasks,
        .may_share = node->kind != VF_PRODUCER && !node->is_stateful && !node->holds &&
                     !(node->takes == VF_TAKES_EACH && task->in_count > 1) && !node->may_lack,
    };
    for (size_t i = first; i < first + tasks; i++)
        load.busy += part_of_time(vf_run_memory_page(memory, plan->tasks[i].id)) / (double)tasks;
    return load;
}

static unsigned count_cores(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > 0 ? (unsigned)count : 1;
}

/* The time in which messages came and went: from the first task that began to the last that ended. */
static int64_t active_ns(const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    int64_t first_ns = 0, last_ns = 0;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_task_page *page = vf_run_memory_page(memory, plan->tasks[i].id);
        int64_t began_ns = load_time(&page->first_ns), ended_ns = load_time(&page->last_ns);
        first_ns = began_ns > 0 && (!first_ns || began_ns < first_ns) ? began_ns : first_ns;
        last_ns = ended_ns > last_ns ? ended_ns : last_ns;
    }
    return first_ns && last_ns > first_ns ? last_ns - first_ns : 0;
}

/* Returns whether a producer sends as time goes by: then nothing makes the flow faster. */
static bool has_pace(const struct vf_plan *plan, const struct vf_run_memory *memory)
{
    bool is_live = false;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_task_page *page = vf_run_memory_page(memory, plan->tasks[i].id);
        is_live = is_live || atomic_load(&page->is_live);
    }
    return is_live;
}

/* What a node of this type can be made faster by. */
static const char *remedy_of(const struct vf_plan_task *task)
{
    if (task->node->kind == VF_PRODUCER)
        return "read with hw: auto, or fewer and smaller frames";
    for (size_t i = 0; i < task->node->options.count; i++) {
        if (strcmp(task->node->options.items[i].name, "preset") == 0)
            return "a faster codec or preset, smaller pictures or hw: auto would help";
    }
    return task->replica_count > 1 || task->node->kind == VF_CONSUMER
               ? "it cannot have replicas; give it less to do"
               : "it remembers messages, so it cannot have replicas; give it less to do";
}

struct node_names {
    struct vf_text limiting, then;
};

static void print_prospect(FILE *out, const struct vf_prospect *prospect,
                           const struct vf_load *load, const struct node_names *names, double fps)
{
    fprintf(out, "%u replica%s would make about %.0f frames a second", load->tasks + 1,
            load->tasks ? "s" : "", fps * prospect->speed_up);
    if (prospect->then_cpu)
        fprintf(out, "; then the processors limit it\n");
    else if (prospect->then != prospect->limiting)
        fprintf(out, "; then %s limits it\n", names->then.bytes ? names->then.bytes : "?");
    else
        fprintf(out, "\n");
}

static void print_advice(FILE *out, const struct vf_plan *plan, const struct vf_prospect *prospect,
                         const struct vf_load *loads, const size_t *firsts, double fps)
{
    const struct vf_load *load = &loads[prospect->limiting];
    const struct vf_plan_task *task = &plan->tasks[firsts[prospect->limiting]];
    struct node_names names = {0};
    vf_report_print_node_name(&names.limiting, task);
    vf_report_print_node_name(&names.then, &plan->tasks[firsts[prospect->then]]);
    fprintf(out, "%s limits the flow (at work %.0f %% of the time): ",
            names.limiting.bytes ? names.limiting.bytes : "?", load->busy * 100);
    if (prospect->is_cpu_full)
        fprintf(out, "all processors are busy, so only less work would help\n");
    else if (!load->may_share)
        fprintf(out, "%s\n", remedy_of(task));
    else if (prospect->speed_up < WORTH_IT)
        fprintf(out, "another replica would not help, since %s is nearly as busy\n",
                prospect->then_cpu ? "the machine"
                : names.then.bytes ? names.then.bytes
                                   : "?");
    else
        print_prospect(out, prospect, load, &names, fps);
    vf_text_finish(&names.limiting);
    vf_text_finish(&names.then);
}

void vf_advice_print_limit(FILE *out, const struct vf_plan *plan,
                           const struct vf_run_memory *memory,
                           const struct vf_task_outcome *outcomes, double fps)
{
    struct vf_load *loads = calloc(plan->task_count, sizeof(*loads));
    size_t *firsts = calloc(plan->task_count, sizeof(*firsts));
    int64_t active = active_ns(plan, memory), cpu_ns = 0;
    size_t count = 0;
    uint64_t most = 0;
    for (size_t i = 0; loads && firsts && i < plan->task_count;
         i += vf_report_node_tasks(plan, i)) {
        struct vf_task_figures figures = vf_report_node_figures(plan, i, memory);
        uint64_t messages = figures.has_in ? figures.in : figures.out;
        most = messages > most ? messages : most;
        firsts[count] = i;
        loads[count++] = load_of(plan, i, memory);
    }
    for (size_t i = 0; i < plan->task_count; i++)
        cpu_ns += outcomes[i].cpu_ns;
    bool is_telling = active >= LEAST_NS && most >= LEAST_MESSAGES && fps > 0;
    if (count && is_telling && !has_pace(plan, memory)) {
        struct vf_prospect prospect =
            vf_advice_predict(loads, count, (double)cpu_ns / (double)active, count_cores());
        if (prospect.is_limited)
            print_advice(out, plan, &prospect, loads, firsts, fps);
    }
    free(firsts);
    free(loads);
}

/* Says for one edge what found no room there. */
static void print_edge(FILE *out, const struct vf_plan *plan, const struct vf_plan_edge *edge,
                       const struct vf_edge_account *account)
{
    const struct vf_plan_task *receiver = vf_plan_receiver(plan, edge);
    const struct vf_plan_task *sender = vf_plan_sender(plan, edge);
    uint64_t dropped = account->dropped_newest + account->dropped_oldest;
    fprintf(out, "%s.%s: %" PRIu64 " of %" PRIu64 " (%.0f %%) found no room at %s", sender->name,
            sender->node->outputs.items[edge->sender_port].name, dropped, account->produced,
            100.0 * (double)dropped / (double)account->produced, receiver->name);
    if (2 * dropped > account->produced)
        fprintf(out, ", which is too slow for them");
    else if (edge->depth < LONGER_QUEUE)
        fprintf(out, "; if it is only late at times, queue: %d at that input gives it time",
                LONGER_QUEUE);
    fprintf(out, edge->drop == VF_DROP_NEWEST ? ", and drop: oldest keeps the newest\n" : "\n");
}

void vf_advice_print_drops(FILE *out, const struct vf_plan *plan,
                           const struct vf_run_memory *memory)
{
    for (size_t i = 0; i < plan->edge_count; i++) {
        struct vf_edge_account account = vf_ledger_edge(memory, &plan->edges[i]);
        if (account.produced && account.dropped_newest + account.dropped_oldest)
            print_edge(out, plan, &plan->edges[i], &account);
    }
}
