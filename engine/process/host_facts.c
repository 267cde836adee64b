/* SPDX-License-Identifier: MIT */
#include "engine/process/host_facts.h"

#include "engine/base/array.h"
#include "engine/process/outcomes.h"

/* What is not in the page of a task. */
enum outcome_fact {
    IS_OVER,
    IS_WHOLE,
    HAS_FINISHED,
    EXIT_STATUS,
    SIGNAL,
    REASON,
    RESTARTS,
    OUTCOME_FACTS
};

/* A number of a page, or several in a row. */
struct field {
    size_t offset, size, count;
};

#define FIELD(type, name)                                     \
    {                                                         \
        offsetof(type, name), sizeof(((type *)NULL)->name), 1 \
    }
#define FIELDS(type, name)                                                                    \
    {                                                                                         \
        offsetof(type, name), sizeof(((type *)NULL)->name[0]), VF_COUNT(((type *)NULL)->name) \
    }

static const struct field task_fields[] = {
    FIELD(struct vf_task_page, state),      FIELD(struct vf_task_page, end_reason),
    FIELD(struct vf_task_page, is_endless), FIELD(struct vf_task_page, is_live),
    FIELD(struct vf_task_page, frame),      FIELD(struct vf_task_page, inputs),
    FIELD(struct vf_task_page, answered),   FIELD(struct vf_task_page, filtered),
    FIELD(struct vf_task_page, failed),     FIELD(struct vf_task_page, set_aside),
    FIELD(struct vf_task_page, unkept),     FIELD(struct vf_task_page, errors),
    FIELD(struct vf_task_page, busy_ns),    FIELD(struct vf_task_page, waiting_ns),
    FIELD(struct vf_task_page, blocked_ns), FIELD(struct vf_task_page, media_us),
    FIELDS(struct vf_task_page, expected),  FIELDS(struct vf_task_page, emitted),
};

static const struct field outbox_fields[] = {
    FIELD(struct vf_outbox_page, published),     FIELD(struct vf_outbox_page, data_published),
    FIELD(struct vf_outbox_page, dropped),       FIELD(struct vf_outbox_page, refused),
    FIELD(struct vf_outbox_page, payload_bytes), FIELD(struct vf_outbox_page, wire_bytes),
};

static const struct field inbox_fields[] = {
    FIELD(struct vf_inbox_page, received),   FIELD(struct vf_inbox_page, taken),
    FIELD(struct vf_inbox_page, data_taken), FIELD(struct vf_inbox_page, unmatched),
    FIELD(struct vf_inbox_page, skipped),    FIELD(struct vf_inbox_page, data_done),
    FIELD(struct vf_inbox_page, is_closed),  FIELD(struct vf_inbox_page, ended),
    FIELD(struct vf_inbox_page, invalid),
};

static size_t count_words(const struct field *fields, size_t count)
{
    size_t words = 0;
    for (size_t i = 0; i < count; i++)
        words += fields[i].count;
    return words;
}

size_t vf_host_facts_of_task(void)
{
    return OUTCOME_FACTS + count_words(task_fields, VF_COUNT(task_fields));
}

size_t vf_host_facts_of_edge(void)
{
    return VF_COUNT(inbox_fields); /* the longer one */
}

static void collect_fields(const struct field *fields, size_t count, const void *page,
                           uint64_t *words)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = (const uint8_t *)page + fields[i].offset;
        for (size_t j = 0; j < fields[i].count; j++, at += fields[i].size)
            *words++ = fields[i].size == sizeof(uint32_t)
                           ? atomic_load((const _Atomic uint32_t *)(const void *)at)
                           : atomic_load((const _Atomic uint64_t *)(const void *)at);
    }
}

static void spread_fields(const struct field *fields, size_t count, const uint64_t *words,
                          void *page)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = (uint8_t *)page + fields[i].offset;
        for (size_t j = 0; j < fields[i].count; j++, at += fields[i].size, words++) {
            if (fields[i].size == sizeof(uint32_t))
                atomic_store((_Atomic uint32_t *)(void *)at, (uint32_t)*words);
            else
                atomic_store((_Atomic uint64_t *)(void *)at, *words);
        }
    }
}

static void collect_task(const struct vf_engine *engine, size_t task, uint64_t *words)
{
    const struct vf_task_outcome *outcome = &engine->outcomes[task];
    unsigned id = (unsigned)task + 1;
    /* First, so that what has been counted before is there when it says so. */
    words[IS_OVER] = vf_run_memory_is_over(engine->memory, id);
    words[IS_WHOLE] = words[IS_OVER] && vf_outcome_is_whole(engine, outcome);
    words[HAS_FINISHED] = outcome->has_finished;
    words[EXIT_STATUS] = (uint64_t)outcome->exit_status + 1;
    words[SIGNAL] = (uint64_t)outcome->signal;
    words[REASON] = outcome->reason;
    words[RESTARTS] = outcome->restarts;
    collect_fields(task_fields, VF_COUNT(task_fields), vf_run_memory_page(engine->memory, id),
                   words + OUTCOME_FACTS);
}

void vf_host_facts_collect(const struct vf_engine *engine, const struct vf_host_board *board,
                           uint64_t *row)
{
    const struct vf_plan *plan = engine->plan;
    for (size_t i = 0; i < plan->task_count; i++) {
        if (plan->tasks[i].host == board->here)
            collect_task(engine, i, row + board->task_at[i + 1]);
    }
    for (size_t i = 0; i < plan->edge_count; i++) {
        const struct vf_edge_terms *terms = vf_run_memory_edge(engine->memory, (unsigned)i);
        if (vf_plan_sender(plan, &plan->edges[i])->host == board->here)
            collect_fields(outbox_fields, VF_COUNT(outbox_fields), terms->outbox,
                           row + board->sender_at[i]);
        if (vf_plan_receiver(plan, &plan->edges[i])->host == board->here)
            collect_fields(inbox_fields, VF_COUNT(inbox_fields), terms->inbox,
                           row + board->receiver_at[i]);
    }
}

/* It came from another machine: what is no such number stays as it is. */
static void spread_task(struct vf_engine *engine, size_t task, const uint64_t *words)
{
    struct vf_task_outcome *outcome = &engine->outcomes[task];
    const uint64_t *page = words + OUTCOME_FACTS;
    bool is_state_known = page[0] < VF_TASK_STATES && page[1] <= VF_END_FAILED;
    if (!is_state_known || words[REASON] > VF_END_FAILED)
        return;
    outcome->has_finished = words[HAS_FINISHED] != 0;
    outcome->exit_status = (int)(words[EXIT_STATUS] & 0xffff) - 1;
    outcome->signal = (int)(words[SIGNAL] & 0x7f);
    outcome->reason = (enum vf_end_reason)words[REASON];
    outcome->restarts = (unsigned)words[RESTARTS];
    vf_run_memory_tell_restarts(engine->memory, (unsigned)task + 1, outcome->restarts);
    spread_fields(task_fields, VF_COUNT(task_fields), page,
                  vf_run_memory_foreign_page(engine->memory, (unsigned)task + 1));
}

void vf_host_facts_spread(struct vf_engine *engine, const struct vf_host_board *board,
                          unsigned host, const uint64_t *row)
{
    const struct vf_plan *plan = engine->plan;
    for (size_t i = 0; i < plan->task_count; i++) {
        if (plan->tasks[i].host == host)
            spread_task(engine, i, row + board->task_at[i + 1]);
    }
    for (size_t i = 0; i < plan->edge_count; i++) {
        const struct vf_edge_terms *terms = vf_run_memory_edge(engine->memory, (unsigned)i);
        if (vf_plan_sender(plan, &plan->edges[i])->host == host)
            spread_fields(outbox_fields, VF_COUNT(outbox_fields), row + board->sender_at[i],
                          terms->outbox);
        if (vf_plan_receiver(plan, &plan->edges[i])->host == host)
            spread_fields(inbox_fields, VF_COUNT(inbox_fields), row + board->receiver_at[i],
                          terms->inbox);
    }
}

bool vf_host_facts_is_over(const struct vf_host_board *board, const struct vf_plan_task *task,
                           const uint64_t *row)
{
    return row[board->task_at[task->id] + IS_OVER] != 0;
}

bool vf_host_facts_is_whole(const struct vf_host_board *board, const struct vf_plan_task *task,
                            const uint64_t *row)
{
    return row[board->task_at[task->id] + IS_WHOLE] != 0;
}
