/* SPDX-License-Identifier: MIT */
#include "engine/account/standstill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account/wait_graph.h"
#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/edge/page/task_page.h"
#include "engine/flow/plan/view.h"

/* A dead-lock is believed after this many looks, none of which saw anything move for this long. */
#define DEAD_LOCK_LOOKS 3
#define DEAD_LOCK_LEAST_NS VF_NS_PER_S

/* What a task had counted when it last moved, and when that was seen. */
struct pace {
    uint64_t sum;
    int64_t since_ns;
    bool is_told; /* that it starves */
};

struct vf_standstill {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    struct pace *paces;  /* task id i at [i - 1] */
    bool *follow;        /* likewise: what happens to the run, and are no part of it here */
    bool is_told;        /* of the present standstill */
    unsigned dead_looks; /* in a row that saw all tasks wait for each other */
};

int vf_standstill_create(struct vf_standstill **standstill, const struct vf_plan *plan,
                         const struct vf_run_memory *memory, int64_t now_ns)
{
    struct vf_standstill *made = calloc(1, sizeof(*made));
    *standstill = made;
    if (!made)
        return -ENOMEM;
    made->plan = plan;
    made->memory = memory;
    made->paces = calloc(plan->task_count + 1, sizeof(*made->paces));
    made->follow = calloc(plan->task_count + 1, sizeof(*made->follow));
    if (!made->paces || !made->follow) {
        vf_standstill_destroy(standstill);
        return -ENOMEM;
    }
    for (size_t i = 0; i < plan->task_count; i++)
        made->paces[i].since_ns = now_ns;
    vf_plan_mark_followers(plan, made->follow);
    return VF_OK;
}

void vf_standstill_destroy(struct vf_standstill **standstill)
{
    if (*standstill) {
        free((*standstill)->paces);
        free((*standstill)->follow);
    }
    free(*standstill);
    *standstill = NULL;
}

/* What a task makes shows on its edges; it counts here only where there is none. */
static uint64_t sum_page(const struct vf_task_page *page, bool is_read)
{
    uint64_t sum = vf_page_load(&page->inputs) + vf_page_load(&page->answered) +
                   vf_page_load(&page->filtered) + vf_page_load(&page->failed) +
                   vf_page_load(&page->errors);
    for (size_t i = 0; i < VF_PAGE_PORTS && !is_read; i++)
        sum += vf_page_load(&page->emitted[i]);
    return sum + (atomic_load(&page->started_ns) != 0) +
           (atomic_load(&page->state) == VF_TASK_ENDED);
}

/* Where messages are dropped for want of room, sending moves nothing as long as nobody takes
 * any. */
static uint64_t sum_outbox(const struct vf_edge_terms *terms)
{
    const struct vf_outbox_page *page = terms->outbox;
    if (terms->overflow != VF_OVERFLOW_WAIT)
        return 0;
    return vf_page_load(&page->published) + vf_page_load(&page->data_published) +
           vf_page_load(&page->refused);
}

static uint64_t sum_inbox(const struct vf_inbox_page *page)
{
    return vf_page_load(&page->received) + vf_page_load(&page->taken) +
           vf_page_load(&page->data_taken) + vf_page_load(&page->unmatched) +
           vf_page_load(&page->skipped) + vf_page_load(&page->data_done) +
           atomic_load(&page->is_closed);
}

/* Adds up all that a task counts. None of it says that it is merely alive, so the sum changes when
 * something moves and, but for a chance that does not matter, only then. */
static uint64_t sum_task(const struct vf_standstill *standstill, const struct vf_plan_task *task)
{
    uint64_t sum = sum_page(vf_run_memory_page(standstill->memory, task->id), task->out_count > 0);
    for (size_t i = 0; i < task->out_count; i++)
        sum += sum_outbox(vf_run_memory_edge(standstill->memory, task->out_edges[i]->id));
    for (size_t i = 0; i < task->in_count; i++)
        sum += sum_inbox(vf_run_memory_edge(standstill->memory, task->in_edges[i]->id)->inbox);
    return sum;
}

static bool has_ended(const struct vf_standstill *standstill, size_t task)
{
    const struct vf_task_page *page = vf_run_memory_page(standstill->memory, (unsigned)task + 1);
    return atomic_load(&page->state) == VF_TASK_ENDED;
}

/* Returns when something moved last. */
static int64_t last_move(const struct vf_standstill *standstill)
{
    int64_t last = standstill->paces[0].since_ns; /* where nothing is looked at: the start */
    for (size_t i = 0; i < standstill->plan->task_count; i++) {
        if (!standstill->follow[i] && standstill->paces[i].since_ns > last)
            last = standstill->paces[i].since_ns;
    }
    return last;
}

/* Whether somebody has paused a source: then nothing need move. */
static bool is_paused(const struct vf_standstill *standstill)
{
    for (unsigned task = 1; task <= standstill->plan->task_count; task++) {
        if (vf_run_memory_is_paused(standstill->memory, task))
            return true;
    }
    return false;
}

bool vf_standstill_look(struct vf_standstill *standstill, int64_t now_ns, int64_t limit_ns)
{
    bool is_running = false, is_held = is_paused(standstill);
    for (size_t i = 0; i < standstill->plan->task_count; i++) {
        uint64_t sum = sum_task(standstill, &standstill->plan->tasks[i]);
        is_running |= !standstill->follow[i] && !has_ended(standstill, i);
        if (sum == standstill->paces[i].sum && !is_held)
            continue;
        standstill->paces[i] = (struct pace){.sum = sum, .since_ns = now_ns};
        standstill->is_told = standstill->is_told && standstill->follow[i];
    }
    bool stands = is_running && limit_ns > 0 && now_ns - last_move(standstill) >= limit_ns;
    bool is_news = stands && !standstill->is_told;
    standstill->is_told |= is_news;
    return is_news;
}

bool vf_standstill_is_dead_lock(struct vf_standstill *standstill, int64_t now_ns)
{
    struct vf_wait_graph graph;
    bool is_dead = false;
    if (now_ns - last_move(standstill) >= DEAD_LOCK_LEAST_NS &&
        vf_wait_graph_init(&graph, standstill->plan, standstill->memory) == VF_OK) {
        is_dead = vf_wait_graph_is_dead_lock(&graph);
        vf_wait_graph_finish(&graph);
    }
    standstill->dead_looks = is_dead ? standstill->dead_looks + 1 : 0;
    return standstill->dead_looks >= DEAD_LOCK_LOOKS;
}

int64_t vf_standstill_stood_ns(const struct vf_standstill *standstill, unsigned task,
                               int64_t now_ns)
{
    return now_ns - standstill->paces[task - 1].since_ns;
}

static const char *task_name(const struct vf_standstill *standstill, unsigned task)
{
    return standstill->plan->tasks[task - 1].name;
}

/* Adds what one task waits for; or does, which is then the cause. */
static void print_task(const struct vf_standstill *standstill, const struct vf_wait_graph *graph,
                       unsigned task, int64_t now_ns, struct vf_text *text)
{
    const struct vf_task_page *page = vf_run_memory_page(standstill->memory, task);
    const struct vf_task_status *status = &graph->statuses[task - 1];
    double stood = (double)vf_standstill_stood_ns(standstill, task, now_ns) / VF_NS_PER_S;
    unsigned long long frame = vf_page_load(&page->frame);
    vf_text_print(text, "%s ", task_name(standstill, task));
    switch (status->activity) {
    case VF_ACTIVITY_BUSY:
        if (vf_page_load(&page->inputs) > vf_page_load(&page->answered) +
                                              vf_page_load(&page->filtered) +
                                              vf_page_load(&page->failed))
            vf_text_print(text, "is busy with frame %llu for %.1f s", frame, stood);
        else
            vf_text_print(text, "is busy for %.1f s", stood);
        break;
    case VF_ACTIVITY_SILENT:
        vf_text_print(text, "has received nothing from outside for %.1f s", stood);
        break;
    case VF_ACTIVITY_PAUSED:
        vf_text_print(text, "is paused");
        break;
    case VF_ACTIVITY_OPENING:
        vf_text_print(text, "has not opened within %.1f s", stood);
        break;
    case VF_ACTIVITY_INPUT:
        vf_text_print(text, "waits for input");
        break;
    case VF_ACTIVITY_ROOM:
        vf_text_print(text, "waits for room");
        break;
    case VF_ACTIVITY_RELEASE:
        vf_text_print(text, "waits for memory");
        break;
    case VF_ACTIVITY_OVER:
        vf_text_print(text, "has ended");
        break;
    }
}

/* Adds one thing that a task waits for. */
static void print_wait(const struct vf_standstill *standstill, const struct vf_wait *wait,
                       enum vf_activity activity, bool is_first, struct vf_text *text)
{
    const char *name = task_name(standstill, wait->task);
    unsigned long long count = wait->count;
    if (activity == VF_ACTIVITY_INPUT) {
        vf_text_print(text, " from %s", name);
        if (count)
            vf_text_print(text, ", though %llu wait%s in the queue", count, count == 1 ? "s" : "");
    } else if (activity == VF_ACTIVITY_ROOM) {
        vf_text_print(text, "%s to %s (%llu of %u)", is_first ? " in the queue" : "", name, count,
                      wait->edge->depth);
    } else {
        vf_text_print(text, "%s %s is done with %llu message%s", is_first ? " until" : "", name,
                      count, count == 1 ? "" : "s");
    }
}

/* Whether an earlier wait is told in the same words: several ports of a task are waited for. */
static bool is_repeated(const struct vf_task_status *status, size_t at)
{
    const struct vf_wait *wait = &status->waits[at];
    for (size_t i = 0; i < at; i++)
        if (status->activity == VF_ACTIVITY_INPUT && status->waits[i].task == wait->task &&
            status->waits[i].group == wait->group && status->waits[i].count == wait->count)
            return true;
    return false;
}

static void print_clause(const struct vf_standstill *standstill, const struct vf_wait_graph *graph,
                         unsigned task, int64_t now_ns, struct vf_text *text)
{
    const struct vf_task_status *status = &graph->statuses[task - 1];
    print_task(standstill, graph, task, now_ns, text);
    for (size_t i = 0; i < status->count; i++) {
        const struct vf_wait *wait = &status->waits[i];
        if (is_repeated(status, i))
            continue;
        if (i)
            vf_text_print(text, wait->group == wait[-1].group ? " or" : " and");
        print_wait(standstill, wait, status->activity, i == 0, text);
    }
}

/* What is being described. */
struct account {
    const struct vf_standstill *standstill;
    const struct vf_wait_graph *graph;
    bool *is_told; /* task id i at [i - 1] */
    int64_t now_ns;
    struct vf_text *text;
};

/* Adds a task, and whatever it waits for that has not been named. `lead` stands in front. */
static void tell_chain(struct account *account, unsigned task, const char *lead)
{
    const struct vf_task_status *status = &account->graph->statuses[task - 1];
    if (account->is_told[task - 1] || status->activity == VF_ACTIVITY_OVER)
        return;
    account->is_told[task - 1] = true;
    vf_text_print(account->text, "%s", account->text->length ? lead : "");
    print_clause(account->standstill, account->graph, task, account->now_ns, account->text);
    for (size_t i = 0; i < status->count; i++)
        tell_chain(account, status->waits[i].task, "; ");
}

/* Adds which queues are full in the circle of `first`, as the flow file has them; but for one whose
 * reader waits for just that queue, and those downstream of a task that gathers, which nobody can
 * lengthen. */
static void advise(const struct account *account, unsigned first)
{
    const struct vf_plan_task *tasks = account->standstill->plan->tasks;
    const char *lead = "\na longer queue may help: that of ";
    unsigned member = first;
    do {
        const struct vf_wait *wait = vf_wait_graph_next(account->graph, member);
        bool is_full = account->graph->statuses[member - 1].activity == VF_ACTIVITY_ROOM &&
                       vf_wait_graph_next(account->graph, wait->task)->edge != wait->edge;
        if (is_full && !tasks[member - 1].is_gather) {
            vf_text_print(account->text, "%s", lead);
            vf_plan_task_unit(account->text, &tasks[wait->task - 1]);
            vf_text_print(account->text, " from ");
            vf_plan_task_unit(account->text, &tasks[member - 1]);
            vf_text_print(account->text, ", now %u", wait->edge->depth);
            lead = ", that of ";
        }
        member = wait->task;
    } while (member != first);
}

static void tell_circles(struct account *account)
{
    unsigned first;
    for (unsigned task = 1; task <= account->standstill->plan->task_count; task++) {
        if (account->is_told[task - 1] || !vf_wait_graph_circle(account->graph, task, &first) ||
            account->is_told[first - 1])
            continue;
        vf_text_print(account->text,
                      "%sthey wait for each other: ", account->text->length ? "\n" : "");
        unsigned member = first;
        do {
            account->is_told[member - 1] = true;
            print_clause(account->standstill, account->graph, member, account->now_ns,
                         account->text);
            member = vf_wait_graph_next(account->graph, member)->task;
            vf_text_print(account->text, "%s", member == first ? "" : "; ");
        } while (member != first);
        advise(account, first);
    }
}

static void tell_all(struct account *account)
{
    size_t tasks = account->standstill->plan->task_count;
    tell_circles(account);
    for (unsigned task = 1; task <= tasks; task++) {
        if (!account->graph->statuses[task - 1].is_waited_for)
            tell_chain(account, task, "\n");
    }
    for (unsigned task = 1; task <= tasks; task++)
        tell_chain(account, task, "\n");
}

int vf_standstill_describe(const struct vf_standstill *standstill, int64_t now_ns,
                           struct vf_text *text)
{
    struct vf_wait_graph graph;
    struct account account = {
        .standstill = standstill, .graph = &graph, .now_ns = now_ns, .text = text};
    int err = vf_wait_graph_init(&graph, standstill->plan, standstill->memory);
    if (err)
        return err;
    account.is_told = calloc(standstill->plan->task_count + 1, sizeof(*account.is_told));
    if (account.is_told)
        tell_all(&account);
    err = account.is_told && !text->failed ? VF_OK : -ENOMEM;
    free(account.is_told);
    vf_wait_graph_finish(&graph);
    return err;
}

void vf_standstill_log(const struct vf_standstill *standstill, int64_t now_ns,
                       enum vf_log_level level)
{
    struct vf_text text = {0};
    vf_log(level, "nothing has moved for %.1f s",
           (double)(now_ns - last_move(standstill)) / VF_NS_PER_S);
    if (vf_standstill_describe(standstill, now_ns, &text) == VF_OK) {
        char *rest = text.bytes;
        for (char *line; (line = strsep(&rest, "\n"));)
            vf_log(level, "%s", line);
    }
    vf_text_finish(&text);
}

/* Whether a task that joins by time or order has not moved for so long, which has not been told. */
static bool may_starve(const struct vf_standstill *standstill, const struct vf_plan_task *task,
                       int64_t now_ns, int64_t limit_ns)
{
    const struct pace *pace = &standstill->paces[task->id - 1];
    bool is_strict = task->join == VF_JOIN_TIME || task->join == VF_JOIN_ORDER;
    return is_strict && task->in_count > 1 && !pace->is_told && now_ns - pace->since_ns >= limit_ns;
}

/* Whether it waits for an input that has brought nothing yet. */
static bool starves(const struct vf_standstill *standstill, const struct vf_wait_graph *graph,
                    const struct vf_plan_task *task)
{
    const struct vf_task_status *status = &graph->statuses[task->id - 1];
    for (size_t i = 0; i < status->count && status->activity == VF_ACTIVITY_INPUT; i++) {
        const struct vf_edge_terms *terms =
            vf_run_memory_edge(standstill->memory, status->waits[i].edge->id);
        if (!vf_page_load(&terms->outbox->data_published))
            return true;
    }
    return false;
}

static void tell_starved(const struct account *account, const struct vf_plan_task *task)
{
    const struct pace *pace = &account->standstill->paces[task->id - 1];
    struct vf_text text = {0};
    struct account own = *account;
    own.text = &text;
    own.is_told = calloc(account->standstill->plan->task_count + 1, sizeof(*own.is_told));
    if (own.is_told)
        tell_chain(&own, task->id, "");
    vf_log(VF_LOG_WARNING,
           "%s has joined nothing for %.1f s, since one of its inputs has brought nothing yet%s%s; "
           "with join: {by: latest} it goes on without",
           task->name, (double)(account->now_ns - pace->since_ns) / VF_NS_PER_S,
           text.length ? ": " : "", text.length ? text.bytes : "");
    free(own.is_told);
    vf_text_finish(&text);
}

void vf_standstill_log_starved(struct vf_standstill *standstill, int64_t now_ns, int64_t limit_ns)
{
    struct vf_wait_graph graph;
    struct account account = {.standstill = standstill, .graph = &graph, .now_ns = now_ns};
    const struct vf_plan *plan = standstill->plan;
    size_t first = 0;
    if (limit_ns <= 0 || standstill->is_told) /* of the whole flow, who waits for whom was told */
        return;
    while (first < plan->task_count &&
           !may_starve(standstill, &plan->tasks[first], now_ns, limit_ns))
        first++;
    if (first == plan->task_count || vf_wait_graph_init(&graph, plan, standstill->memory) != VF_OK)
        return;
    for (size_t i = first; i < plan->task_count; i++) {
        if (!may_starve(standstill, &plan->tasks[i], now_ns, limit_ns) ||
            !starves(standstill, &graph, &plan->tasks[i]))
            continue;
        tell_starved(&account, &plan->tasks[i]);
        standstill->paces[i].is_told = true;
    }
    vf_wait_graph_finish(&graph);
}
