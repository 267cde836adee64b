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

/* What a node had to do of which each task was at work for a part of the time: task id i at [i - 1]. */
static struct vf_load load_of(const struct vf_plan *plan, size_t first, const double *busy)
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
        load.busy += busy[i] / (double)tasks;
    return load;
}

/* The loads of all nodes, and the first task of each. */
struct node_loads {
    struct vf_load *loads;
    size_t *firsts, count;
};

static bool read_loads(struct node_loads *nodes, const struct vf_plan *plan, const double *busy)
{
    *nodes = (struct node_loads){.loads = calloc(plan->task_count + 1, sizeof(*nodes->loads)),
                                 .firsts = calloc(plan->task_count + 1, sizeof(*nodes->firsts))};
    if (!nodes->loads || !nodes->firsts)
        return false;
    for (size_t i = 0; i < plan->task_count; i += vf_report_node_tasks(plan, i)) {
        nodes->firsts[nodes->count] = i;
        nodes->loads[nodes->count++] = load_of(plan, i, busy);
    }
    return nodes->count > 0;
}

static void finish_loads(struct node_loads *nodes)
{
    free(nodes->loads);
    free(nodes->firsts);
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
        return "read with hw: prefer, or fewer and smaller frames";
    for (size_t i = 0; i < task->node->options.count; i++) {
        if (strcmp(task->node->options.items[i].name, "preset") == 0)
            return "a faster codec or preset, smaller pictures or hw: prefer would help";
    }
    return task->replica_count > 1 || task->node->kind == VF_CONSUMER
               ? "it cannot have replicas; give it less to do"
               : "it remembers messages, so it cannot have replicas; give it less to do";
}

static void add_prospect(struct vf_text *text, const struct vf_prospect *prospect,
                         const struct vf_load *load, const char *then, double fps)
{
    vf_text_print(text, "%u replica%s would make about %.0f frames a second", load->tasks + 1,
                  load->tasks ? "s" : "", fps * prospect->speed_up);
    if (prospect->then_cpu)
        vf_text_print(text, "; then the processors limit it");
    else if (prospect->then != prospect->limiting)
        vf_text_print(text, "; then %s limits it", then);
}

/* Says which node it is. */
static void add_limit(struct vf_text *text, const struct vf_plan_task *task,
                      const struct vf_load *load)
{
    struct vf_text name = {0};
    vf_report_print_node_name(&name, task);
    vf_text_print(text, "%s limits the flow (at work %.0f %% of the time)",
                  name.bytes ? name.bytes : "?", load->busy * 100);
    vf_text_finish(&name);
}

static void add_advice(struct vf_text *text, const struct vf_plan *plan,
                       const struct vf_prospect *prospect, const struct node_loads *nodes,
                       double fps)
{
    const struct vf_load *load = &nodes->loads[prospect->limiting];
    const struct vf_plan_task *task = &plan->tasks[nodes->firsts[prospect->limiting]];
    struct vf_text name = {0};
    vf_report_print_node_name(&name, &plan->tasks[nodes->firsts[prospect->then]]);
    const char *then = name.bytes ? name.bytes : "?";
    add_limit(text, task, load);
    vf_text_print(text, ": ");
    if (prospect->is_cpu_full)
        vf_text_print(text, "all processors are busy, so only less work would help");
    else if (!load->may_share)
        vf_text_print(text, "%s", remedy_of(task));
    else if (prospect->speed_up < WORTH_IT)
        vf_text_print(text, "another replica would not help, since %s is nearly as busy",
                      prospect->then_cpu ? "the machine" : then);
    else
        add_prospect(text, prospect, load, then, fps);
    vf_text_finish(&name);
}

/* Whether enough has come and gone to tell what held it up. */
static bool is_telling(const struct vf_plan *plan, const struct vf_run_memory *memory,
                       int64_t active_ns)
{
    uint64_t most = 0;
    for (size_t i = 0; i < plan->task_count; i += vf_report_node_tasks(plan, i)) {
        struct vf_task_figures figures = vf_report_node_figures(plan, i, memory);
        uint64_t messages = figures.has_in ? figures.in : figures.out;
        most = messages > most ? messages : most;
    }
    return active_ns >= LEAST_NS && most >= LEAST_MESSAGES;
}

void vf_advice_limit(struct vf_text *text, const struct vf_plan *plan,
                     const struct vf_run_memory *memory, const struct vf_task_outcome *outcomes,
                     double fps)
{
    double *busy = calloc(plan->task_count + 1, sizeof(*busy));
    struct node_loads nodes = {0};
    int64_t active = active_ns(plan, memory), cpu_ns = 0;
    for (size_t i = 0; busy && i < plan->task_count; i++) {
        busy[i] = part_of_time(vf_run_memory_page(memory, plan->tasks[i].id));
        cpu_ns += outcomes[i].cpu_ns;
    }
    if (busy && read_loads(&nodes, plan, busy) && fps > 0 && !has_pace(plan, memory) &&
        is_telling(plan, memory, active)) {
        struct vf_prospect prospect = vf_advice_predict(
            nodes.loads, nodes.count, (double)cpu_ns / (double)active, count_cores());
        if (prospect.is_limited)
            add_advice(text, plan, &prospect, &nodes, fps);
    }
    finish_loads(&nodes);
    free(busy);
}

void vf_advice_print_limit(FILE *out, const struct vf_plan *plan,
                           const struct vf_run_memory *memory,
                           const struct vf_task_outcome *outcomes, double fps)
{
    struct vf_text text = {0};
    vf_advice_limit(&text, plan, memory, outcomes, fps);
    if (text.bytes)
        fprintf(out, "%s\n", text.bytes);
    vf_text_finish(&text);
}

const struct vf_plan_task *vf_advice_limit_lately(struct vf_text *text, const struct vf_plan *plan,
                                                  const struct vf_run_memory *memory,
                                                  const struct vf_lately *lately)
{
    const struct vf_plan_task *found = NULL;
    struct node_loads nodes = {0};
    bool is_held_up = lately->is_dropping || !has_pace(plan, memory);
    if (is_held_up && lately->seconds * VF_NS_PER_S >= LEAST_NS &&
        read_loads(&nodes, plan, lately->busy)) {
        struct vf_prospect prospect = vf_advice_predict(nodes.loads, nodes.count, 0, count_cores());
        if (prospect.is_limited) {
            found = &plan->tasks[nodes.firsts[prospect.limiting]];
            add_limit(text, found, &nodes.loads[prospect.limiting]);
        }
    }
    finish_loads(&nodes);
    return found;
}

/* Says for one edge what found no room there. */
static void add_edge(struct vf_text *text, const struct vf_plan *plan,
                     const struct vf_plan_edge *edge, const struct vf_edge_account *account)
{
    const struct vf_plan_task *receiver = vf_plan_receiver(plan, edge);
    const struct vf_plan_task *sender = vf_plan_sender(plan, edge);
    uint64_t dropped = account->dropped_newest + account->dropped_oldest;
    vf_text_print(text, "%s.%s: %" PRIu64 " of %" PRIu64 " (%.0f %%) found no room at %s",
                  sender->name, sender->node->outputs.items[edge->sender_port].name, dropped,
                  account->produced, 100.0 * (double)dropped / (double)account->produced,
                  receiver->name);
    if (2 * dropped > account->produced)
        vf_text_print(text, ", which is too slow for them");
    else if (edge->depth < LONGER_QUEUE)
        vf_text_print(text, "; if it is only late at times, queue: %d at that input gives it time",
                      LONGER_QUEUE);
    if (edge->drop == VF_DROP_NEWEST)
        vf_text_print(text, ", and drop: oldest keeps the newest");
}

bool vf_advice_drops(struct vf_text *text, const struct vf_plan *plan,
                     const struct vf_run_memory *memory, const struct vf_plan_edge *edge)
{
    struct vf_edge_account account = vf_ledger_edge(memory, edge);
    bool has_dropped = account.produced && account.dropped_newest + account.dropped_oldest;
    if (has_dropped)
        add_edge(text, plan, edge, &account);
    return has_dropped;
}

void vf_advice_print_drops(FILE *out, const struct vf_plan *plan,
                           const struct vf_run_memory *memory)
{
    for (size_t i = 0; i < plan->edge_count; i++) {
        struct vf_text text = {0};
        if (vf_advice_drops(&text, plan, memory, &plan->edges[i]) && text.bytes)
            fprintf(out, "%s\n", text.bytes);
        vf_text_finish(&text);
    }
}
