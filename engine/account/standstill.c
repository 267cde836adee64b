/* SPDX-License-Identifier: MIT */
#include "engine/account/standstill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/account/waits.h"
#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/flow/plan/view.h"

/* A dead-lock is believed after so many looks, of which none saw anything move for so long. */
#define DEAD_LOCK_LOOKS 3
#define DEAD_LOCK_LEAST_NS VF_NS_PER_S

/* What a task had counted when it last moved, and when that was seen. */
struct pace {
    uint64_t sum;
    int64_t since_ns;
};

struct vf_stuck {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    struct pace *paces;  /* task id i at [i - 1] */
    bool is_told;        /* of the present standstill */
    unsigned dead_looks; /* in a row that saw all tasks wait for each other */
};

int vf_stuck_create(struct vf_stuck **stuck, const struct vf_plan *plan,
                    const struct vf_run_memory *memory, int64_t now_ns)
{
    struct vf_stuck *made = calloc(1, sizeof(*made));
    *stuck = made;
    if (!made)
        return -ENOMEM;
    made->plan = plan;
    made->memory = memory;
    made->paces = calloc(plan->task_count + 1, sizeof(*made->paces));
    if (!made->paces) {
        vf_stuck_destroy(stuck);
        return -ENOMEM;
    }
    for (size_t i = 0; i < plan->task_count; i++)
        made->paces[i].since_ns = now_ns;
    return VF_OK;
}

void vf_stuck_destroy(struct vf_stuck **stuck)
{
    if (*stuck)
        free((*stuck)->paces);
    free(*stuck);
    *stuck = NULL;
}

static uint64_t load(const _Atomic uint64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

/* What a task makes shows on its edges; it counts here only where there is none. */
static uint64_t sum_page(const struct vf_task_page *page, bool is_read)
{
    uint64_t sum = load(&page->inputs) + load(&page->answered) + load(&page->filtered) +
                   load(&page->failed) + load(&page->errors);
    for (size_t i = 0; i < VF_PAGE_PORTS && !is_read; i++)
        sum += load(&page->emitted[i]);
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
    return load(&page->published) + load(&page->data_published) + load(&page->refused);
}

static uint64_t sum_inbox(const struct vf_inbox_page *page)
{
    return load(&page->received) + load(&page->taken) + load(&page->data_taken) +
           load(&page->unmatched) + load(&page->skipped) + load(&page->data_done) +
           atomic_load(&page->is_closed);
}

/* Adds up all that a task counts. None of it says that it is merely alive, so the sum changes when
 * something moves and, but for a chance that does not matter, only then. */
static uint64_t sum_task(const struct vf_stuck *stuck, const struct vf_plan_task *task)
{
    uint64_t sum = sum_page(vf_run_memory_page(stuck->memory, task->id), task->out_count > 0);
    for (size_t i = 0; i < task->out_count; i++)
        sum += sum_outbox(vf_run_memory_edge(stuck->memory, task->out_edges[i]->id));
    for (size_t i = 0; i < task->in_count; i++)
        sum += sum_inbox(vf_run_memory_edge(stuck->memory, task->in_edges[i]->id)->inbox);
    return sum;
}

static bool has_ended(const struct vf_stuck *stuck, size_t task)
{
    const struct vf_task_page *page = vf_run_memory_page(stuck->memory, (unsigned)task + 1);
    return atomic_load(&page->state) == VF_TASK_ENDED;
}

/* Returns when something moved last. */
static int64_t last_move(const struct vf_stuck *stuck)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < stuck->plan->task_count; i++) {
        if (stuck->paces[i].since_ns > last)
            last = stuck->paces[i].since_ns;
    }
    return last;
}

bool vf_stuck_look(struct vf_stuck *stuck, int64_t now_ns, int64_t limit_ns)
{
    bool is_running = false;
    for (size_t i = 0; i < stuck->plan->task_count; i++) {
        uint64_t sum = sum_task(stuck, &stuck->plan->tasks[i]);
        is_running |= !has_ended(stuck, i);
        if (sum == stuck->paces[i].sum)
            continue;
        stuck->paces[i] = (struct pace){.sum = sum, .since_ns = now_ns};
        stuck->is_told = false;
    }
    bool stands = is_running && limit_ns > 0 && now_ns - last_move(stuck) >= limit_ns;
    bool is_news = stands && !stuck->is_told;
    stuck->is_told |= is_news;
    return is_news;
}

bool vf_stuck_is_dead_lock(struct vf_stuck *stuck, int64_t now_ns)
{
    struct vf_stuck_waits waits;
    bool is_dead = false;
    if (now_ns - last_move(stuck) >= DEAD_LOCK_LEAST_NS &&
        vf_stuck_waits_init(&waits, stuck->plan, stuck->memory) == VF_OK) {
        is_dead = vf_stuck_waits_is_dead_lock(&waits);
        vf_stuck_waits_finish(&waits);
    }
    stuck->dead_looks = is_dead ? stuck->dead_looks + 1 : 0;
    return stuck->dead_looks >= DEAD_LOCK_LOOKS;
}

int64_t vf_stuck_stood_ns(const struct vf_stuck *stuck, unsigned task, int64_t now_ns)
{
    return now_ns - stuck->paces[task - 1].since_ns;
}

static const char *task_name(const struct vf_stuck *stuck, unsigned task)
{
    return stuck->plan->tasks[task - 1].name;
}

/* Adds what one task waits for; or does, which is then the cause. */
static void print_task(const struct vf_stuck *stuck, const struct vf_stuck_waits *waits,
                       unsigned task, int64_t now_ns, struct vf_text *text)
{
    const struct vf_task_page *page = vf_run_memory_page(stuck->memory, task);
    const struct vf_standing *standing = &waits->standings[task - 1];
    double stood = (double)vf_stuck_stood_ns(stuck, task, now_ns) / VF_NS_PER_S;
    unsigned long long frame = load(&page->frame);
    vf_text_print(text, "%s ", task_name(stuck, task));
    switch (standing->stand) {
    case VF_STAND_BUSY:
        if (load(&page->inputs) >
            load(&page->answered) + load(&page->filtered) + load(&page->failed))
            vf_text_print(text, "is busy with frame %llu for %.1f s", frame, stood);
        else
            vf_text_print(text, "is busy for %.1f s", stood);
        break;
    case VF_STAND_SILENT:
        vf_text_print(text, "has made nothing for %.1f s: it waits for the world outside", stood);
        break;
    case VF_STAND_OPENING:
        vf_text_print(text, "has not opened within %.1f s", stood);
        break;
    case VF_STAND_INPUT:
        vf_text_print(text, "waits for input");
        break;
    case VF_STAND_ROOM:
        vf_text_print(text, "waits for room");
        break;
    case VF_STAND_RELEASE:
        vf_text_print(text, "waits for memory");
        break;
    case VF_STAND_OVER:
        vf_text_print(text, "has ended");
        break;
    }
}

/* Adds one thing that a task waits for. */
static void print_wait(const struct vf_stuck *stuck, const struct vf_wait *wait,
                       enum vf_stand stand, bool is_first, struct vf_text *text)
{
    const char *name = task_name(stuck, wait->task);
    unsigned long long count = wait->count;
    if (stand == VF_STAND_INPUT) {
        vf_text_print(text, " from %s", name);
        if (count)
            vf_text_print(text, ", though %llu wait%s in the queue", count, count == 1 ? "s" : "");
    } else if (stand == VF_STAND_ROOM) {
        vf_text_print(text, "%s to %s (%llu of %u)", is_first ? " in the queue" : "", name, count,
                      wait->edge->depth);
    } else {
        vf_text_print(text, "%s %s is done with %llu message%s", is_first ? " until" : "", name,
                      count, count == 1 ? "" : "s");
    }
}

static void print_clause(const struct vf_stuck *stuck, const struct vf_stuck_waits *waits,
                         unsigned task, int64_t now_ns, struct vf_text *text)
{
    const struct vf_standing *standing = &waits->standings[task - 1];
    print_task(stuck, waits, task, now_ns, text);
    for (size_t i = 0; i < standing->count; i++) {
        const struct vf_wait *wait = &standing->waits[i];
        if (i)
            vf_text_print(text, wait->group == wait[-1].group ? " or" : " and");
        print_wait(stuck, wait, standing->stand, i == 0, text);
    }
}

/* What is being described. */
struct account {
    const struct vf_stuck *stuck;
    const struct vf_stuck_waits *waits;
    bool *is_told; /* task id i at [i - 1] */
    int64_t now_ns;
    struct vf_text *text;
};

/* Adds a task, and whatever it waits for that has not been told. `lead` stands in front. */
static void tell_chain(struct account *account, unsigned task, const char *lead)
{
    const struct vf_standing *standing = &account->waits->standings[task - 1];
    if (account->is_told[task - 1] || standing->stand == VF_STAND_OVER)
        return;
    account->is_told[task - 1] = true;
    vf_text_print(account->text, "%s", account->text->length ? lead : "");
    print_clause(account->stuck, account->waits, task, account->now_ns, account->text);
    for (size_t i = 0; i < standing->count; i++)
        tell_chain(account, standing->waits[i].task, "; ");
}

/* Adds which queues are full in the circle of `first`, as the flow file has them; but for one whose
 * reader waits for just that queue, and those behind a task that gathers, which nobody can
 * lengthen. */
static void advise(const struct account *account, unsigned first)
{
    const struct vf_plan_task *tasks = account->stuck->plan->tasks;
    const char *lead = "\na longer queue may help: that of ";
    unsigned member = first;
    do {
        const struct vf_wait *wait = vf_stuck_waits_next(account->waits, member);
        bool is_full = account->waits->standings[member - 1].stand == VF_STAND_ROOM &&
                       vf_stuck_waits_next(account->waits, wait->task)->edge != wait->edge;
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
    for (unsigned task = 1; task <= account->stuck->plan->task_count; task++) {
        if (account->is_told[task - 1] || !vf_stuck_waits_circle(account->waits, task, &first) ||
            account->is_told[first - 1])
            continue;
        vf_text_print(account->text,
                      "%sthey wait for each other: ", account->text->length ? "\n" : "");
        unsigned member = first;
        do {
            account->is_told[member - 1] = true;
            print_clause(account->stuck, account->waits, member, account->now_ns, account->text);
            member = vf_stuck_waits_next(account->waits, member)->task;
            vf_text_print(account->text, "%s", member == first ? "" : "; ");
        } while (member != first);
        advise(account, first);
    }
}

static void tell_all(struct account *account)
{
    size_t tasks = account->stuck->plan->task_count;
    tell_circles(account);
    for (unsigned task = 1; task <= tasks; task++) {
        if (!account->waits->standings[task - 1].is_waited_for)
            tell_chain(account, task, "\n");
    }
    for (unsigned task = 1; task <= tasks; task++)
        tell_chain(account, task, "\n");
}

int vf_stuck_describe(const struct vf_stuck *stuck, int64_t now_ns, struct vf_text *text)
{
    struct vf_stuck_waits waits;
    struct account account = {.stuck = stuck, .waits = &waits, .now_ns = now_ns, .text = text};
    int err = vf_stuck_waits_init(&waits, stuck->plan, stuck->memory);
    if (err)
        return err;
    account.is_told = calloc(stuck->plan->task_count + 1, sizeof(*account.is_told));
    if (account.is_told)
        tell_all(&account);
    err = account.is_told && !text->failed ? VF_OK : -ENOMEM;
    free(account.is_told);
    vf_stuck_waits_finish(&waits);
    return err;
}

void vf_stuck_tell(const struct vf_stuck *stuck, int64_t now_ns, enum vf_log_level level)
{
    struct vf_text text = {0};
    vf_log(level, "nothing has moved for %.1f s",
           (double)(now_ns - last_move(stuck)) / VF_NS_PER_S);
    if (vf_stuck_describe(stuck, now_ns, &text) == VF_OK) {
        char *rest = text.bytes;
        for (char *line; (line = strsep(&rest, "\n"));)
            vf_log(level, "%s", line);
    }
    vf_text_finish(&text);
}
