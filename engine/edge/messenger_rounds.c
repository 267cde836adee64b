/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "engine/base/failpoint.h"
#include "engine/base/log.h"
#include "engine/edge/messenger_inside.h"

void vf_messenger_begin_round(struct vf_messenger *messenger)
{
    vf_fan_out_begin_round(messenger->fan_out, messenger->rounds + 1);
}

void vf_messenger_begin_flush(struct vf_messenger *messenger)
{
    if (messenger->wires->in_count) /* a producer has one for each message */
        vf_messenger_begin_round(messenger);
}

static void mark_task(const struct vf_messenger *messenger, uint64_t round)
{
    struct vf_task_page *page = messenger->wires->page;
    struct vf_task_mark *mark = &page->marks[round % 2];
    mark->answered = atomic_load_explicit(&page->answered, memory_order_relaxed);
    mark->filtered = atomic_load_explicit(&page->filtered, memory_order_relaxed);
    mark->failed = atomic_load_explicit(&page->failed, memory_order_relaxed);
    mark->set_aside = atomic_load_explicit(&page->set_aside, memory_order_relaxed);
    for (size_t port = 0; port < messenger->port_count && port < VF_PAGE_PORTS; port++) {
        mark->emitted[port] = atomic_load_explicit(&page->emitted[port], memory_order_relaxed);
        if (!messenger->wires->in_count)
            mark->made[port] = messenger->made[port];
    }
    /* Where inputs are not divided, the others are zero in both marks, as the memory was. */
    mark->passed[0] = messenger->passed[0];
    if (messenger->wires->rules.is_divided)
        memcpy(mark->passed, messenger->passed, sizeof(mark->passed));
}

void vf_messenger_forget_repeated(struct vf_messenger *messenger)
{
    for (unsigned port = 0; messenger->is_replaying && port < messenger->port_count; port++) {
        vf_fan_out_forget_repeated(messenger->fan_out, port);
        messenger->recounted[port] = 0;
    }
    messenger->is_replaying = false;
}

void vf_messenger_end_round(struct vf_messenger *messenger, uint64_t passed)
{
    uint64_t round = messenger->rounds + 1;
    if (messenger->wires->in_count) /* a producer may take up its ports in another order */
        vf_messenger_forget_repeated(messenger);
    unsigned answers = messenger->answering.answers;
    if (answers < VF_PAGE_INPUTS)
        messenger->passed[answers] = passed;
    mark_task(messenger, round);
    vf_join_end_round(messenger->join, round,
                      messenger->ahead ? vf_ahead_place(messenger->ahead) : NULL);
    vf_fan_out_end_round(messenger->fan_out, round);
    (void)VF_FAILPOINT("release.round");
    messenger->rounds = round;
    atomic_store_explicit(&messenger->wires->page->answers, 0, memory_order_relaxed);
    atomic_store_explicit(&messenger->wires->page->rounds, round, memory_order_release);
}

uint64_t vf_messenger_rounds(const struct vf_messenger *messenger)
{
    return messenger->rounds;
}

const struct vf_made *vf_messenger_made(const struct vf_messenger *messenger, unsigned port)
{
    static const struct vf_made none = {.timestamp = VF_NO_TIMESTAMP};
    return port < messenger->port_count ? &messenger->made[port] : &none;
}

/* Finds what a cell held: one of the task's own payloads, or one that it had received. */
static int lend(void *context, uint32_t arena, uint64_t offset, uint64_t size,
                struct vf_payload **payload)
{
    const struct vf_messenger *messenger = context;
    if (arena == VF_ARENA_PART && offset) /* it was sent to the process before, and is again */
        arena = 0;
    *payload = vf_fan_out_hold_payload(messenger->fan_out, arena, offset);
    if (*payload)
        return VF_OK;
    if (arena == messenger->wires->task)
        return vf_arena_claim(messenger->wires->arena, offset, (size_t)size, payload);
    for (size_t i = 0; !*payload && i < messenger->wires->in_count; i++)
        *payload = vf_inbox_hold_payload(messenger->inboxes[i], arena, offset);
    return *payload ? VF_OK : -EPROTO;
}

/* Counts what was published in the round that is begun again: its readers have done so, too. */
static void recount(struct vf_messenger *messenger, uint64_t emitted[VF_PAGE_PORTS])
{
    messenger->is_replaying = true;
    for (unsigned port = 0; port < messenger->port_count; port++) {
        messenger->recounted[port] = vf_fan_out_repeated(messenger->fan_out, port);
        emitted[port < VF_PAGE_PORTS ? port : VF_PAGE_PORTS - 1] += messenger->recounted[port];
    }
}

/* What the process before says of a port may be anything: it goes by that what its node makes next. */
static void take_over_made(struct vf_messenger *messenger, size_t port, struct vf_made *mark)
{
    if (messenger->wires->in_count)
        return;
    if (vf_made_mend(mark))
        messenger->made[port] = *mark;
    else
        messenger->is_spoilt = true;
}

bool vf_messenger_can_go_on(const struct vf_messenger *messenger)
{
    if (messenger->is_spoilt)
        vf_log(VF_LOG_ERROR, "the process before it has left numbers of messages that there cannot "
                             "be; nothing can go on from there");
    return !messenger->is_spoilt;
}

static void take_over_counts(struct vf_messenger *messenger)
{
    struct vf_task_page *page = messenger->wires->page;
    struct vf_task_mark mark = {0};
    messenger->rounds = atomic_load_explicit(&page->rounds, memory_order_acquire);
    if (messenger->rounds)
        mark = page->marks[messenger->rounds % 2];
    recount(messenger, mark.emitted);
    atomic_store(&page->inputs, mark.answered + mark.filtered + mark.failed);
    atomic_store(&page->answered, mark.answered);
    atomic_store(&page->filtered, mark.filtered);
    atomic_store(&page->failed, mark.failed);
    atomic_store(&page->set_aside, mark.set_aside);
    for (size_t port = 0; port < VF_PAGE_PORTS; port++)
        atomic_store(&page->emitted[port], mark.emitted[port]);
    for (size_t port = 0; port < messenger->port_count && port < VF_PAGE_PORTS; port++)
        take_over_made(messenger, port, &mark.made[port]);
    if (messenger->wires->in_count == 0)
        atomic_store(&page->frame, messenger->made[0].count);
}

/* Between sockets, what a process had received, and what it had sent and was not received, goes
 * with it where nobody keeps it: the task can only be ended. */
static void take_over_ends(struct vf_messenger *messenger, uint64_t rounds)
{
    for (size_t i = 0; i < messenger->wires->in_count; i++)
        vf_inbox_take_over(messenger->inboxes[i]);
    vf_fan_out_take_over(messenger->fan_out, rounds);
}

/* Nothing more comes for what was answered, or passed by the join. */
static void close_passed(struct vf_messenger *messenger, uint64_t rounds, uint64_t passed)
{
    const struct vf_task_wires *wires = messenger->wires;
    if (rounds)
        memcpy(messenger->passed, wires->page->marks[rounds % 2].passed, sizeof(messenger->passed));
    if (passed > messenger->passed[0])
        messenger->passed[0] = passed;
    for (unsigned i = 0; i < VF_PAGE_INPUTS && !wires->is_replica && wires->in_count; i++)
        vf_fan_out_close_origins(
            messenger->fan_out, i,
            &(struct vf_gap){.number = messenger->passed[i], .time_ns = VF_NO_TIMESTAMP});
}

int vf_messenger_resume(struct vf_messenger *messenger)
{
    const struct vf_task_wires *wires = messenger->wires;
    uint64_t rounds = atomic_load(&wires->page->rounds);
    int err = VF_OK;
    if (messenger->is_remote && (!wires->is_replaceable || vf_messenger_must_halt(messenger))) {
        take_over_ends(messenger, rounds);
        take_over_counts(messenger);
        return VF_OK;
    }
    for (size_t i = 0; !err && i < wires->in_count; i++)
        err = vf_inbox_resume(messenger->inboxes[i], rounds);
    if (!err)
        err = VF_FAILPOINT("resume.outboxes");
    if (!err)
        err = vf_fan_out_resume(messenger->fan_out, rounds, lend, messenger);
    uint64_t passed = 0;
    if (!err)
        err = vf_join_resume(messenger->join, &passed);
    for (size_t i = 0; !err && i < wires->in_count; i++)
        vf_inbox_forget_answered(messenger->inboxes[i]);
    if (!err)
        err = VF_FAILPOINT("resume.counts");
    if (err)
        return err;
    take_over_counts(messenger);
    messenger->joined.passed = passed;
    close_passed(messenger, rounds, passed);
    unsigned answers = atomic_load(&wires->page->answers);
    if (wires->rules.is_divided && answers)
        vf_join_prefer(messenger->join, answers - 1);
    return VF_OK;
}
