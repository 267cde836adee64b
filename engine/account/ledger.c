/* SPDX-License-Identifier: MIT */
#include "engine/account/ledger.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "engine/account/partners.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/edge/page/task_page.h"

/* One check of a run that is over. */
struct audit {
    const struct vf_plan *plan;
    const struct vf_run_memory *memory;
    const bool *is_whole;
    unsigned complaints;
};

struct vf_edge_account vf_ledger_edge(const struct vf_run_memory *memory,
                                      const struct vf_plan_edge *edge)
{
    const struct vf_edge_terms *terms = vf_run_memory_edge(memory, edge->id);
    /* In the order in which a message passes them backwards, so that none is seen to have left
     * before it came. */
    struct vf_edge_account account = {
        .done = vf_page_load(&terms->inbox->data_done),
        .taken = vf_page_load(&terms->inbox->data_taken),
        .unmatched = vf_page_load(&terms->inbox->unmatched),
        .dropped_oldest = vf_page_load(&terms->inbox->skipped),
        .invalid = vf_page_load(&terms->inbox->invalid),
        .published = vf_page_load(&terms->outbox->data_published),
        .dropped_newest = vf_page_load(&terms->outbox->dropped),
        .refused = vf_page_load(&terms->outbox->refused),
        .payload_bytes = vf_page_load(&terms->outbox->payload_bytes),
        .wire_bytes = vf_page_load(&terms->outbox->wire_bytes),
    };
    uint64_t gone = account.taken + account.unmatched + account.dropped_oldest;
    account.unread = account.published > gone ? account.published - gone : 0;
    account.produced = account.published + account.dropped_newest + account.refused;
    return account;
}

struct vf_task_account vf_ledger_task(const struct vf_run_memory *memory, unsigned task)
{
    const struct vf_task_page *page = vf_run_memory_page(memory, task);
    return (struct vf_task_account){
        .answered = vf_page_load(&page->answered),
        .filtered = vf_page_load(&page->filtered),
        .failed = vf_page_load(&page->failed),
        .set_aside = vf_page_load(&page->set_aside),
        .unkept = vf_page_load(&page->unkept),
        .inputs = vf_page_load(&page->inputs),
    };
}

static bool is_whole(const struct audit *audit, unsigned task)
{
    return audit->is_whole[task - 1];
}

static const struct vf_plan_task *task_of(const struct audit *audit, unsigned task)
{
    return &audit->plan->tasks[task - 1];
}

static void complain(struct audit *audit, const struct vf_plan_edge *edge, const char *format, ...)
    VF_PRINTF(3, 4);

/* Logs what does not balance on an edge, with its numbers. */
static void complain(struct audit *audit, const struct vf_plan_edge *edge, const char *format, ...)
{
    const struct vf_plan_task *sender = task_of(audit, edge->sender);
    struct vf_text numbers = {0};
    va_list arguments;
    va_start(arguments, format);
    vf_text_vprint(&numbers, format, arguments);
    va_end(arguments);
    vf_log(VF_LOG_ERROR, "the ledger of %s.%s -> %s does not balance: %s", sender->name,
           sender->node->outputs.items[edge->sender_port].name,
           task_of(audit, edge->receiver)->name, numbers.bytes ? numbers.bytes : "");
    vf_text_finish(&numbers);
    audit->complaints++;
}

/* Returns whether two edges get the messages of one port for one input in turn. */
static bool are_lanes(const struct vf_plan_edge *one, const struct vf_plan_edge *other)
{
    return one->id == other->id ||
           (one->spread && one->spread == other->spread && one->sender == other->sender &&
            one->sender_port == other->sender_port && one->input == other->input);
}

/* What the port of an edge had emitted when the edge came to the flow, and when it left. */
struct stay {
    uint64_t from, until; /* UINT64_MAX: it has not left */
};

static struct stay stay_of(const struct audit *audit, const struct vf_plan_edge *edge)
{
    const struct vf_outbox_page *page = vf_run_memory_edge(audit->memory, edge->id)->outbox;
    uint64_t joined_at = vf_page_load(&page->joined_at), left_at = vf_page_load(&page->left_at);
    return (struct stay){.from = joined_at ? joined_at - 1 : 0,
                         .until = left_at ? left_at - 1 : UINT64_MAX};
}

/* Adds up an edge, or all lanes of a spread. Returns false for all lanes but the first. */
static bool add_lanes(const struct audit *audit, const struct vf_plan_edge *edge,
                      struct vf_edge_account *sum)
{
    const struct vf_plan_task *sender = task_of(audit, edge->sender);
    *sum = (struct vf_edge_account){0};
    for (size_t i = 0; i < sender->out_count; i++) {
        const struct vf_plan_edge *other = sender->out_edges[i];
        if (!are_lanes(edge, other))
            continue;
        if (other->id < edge->id)
            return false;
        struct vf_edge_account account = vf_ledger_edge(audit->memory, other);
        sum->published += account.published;
        sum->dropped_newest += account.dropped_newest;
        sum->refused += account.refused;
        sum->produced += account.produced;
    }
    return true;
}

/* What the sender says of the port against what it says of the edge. */
static void check_sender(struct audit *audit, const struct vf_plan_edge *edge)
{
    const struct vf_task_page *page = vf_run_memory_page(audit->memory, edge->sender);
    bool is_counted_alone = edge->sender_port < VF_PAGE_PORTS - 1 ||
                            task_of(audit, edge->sender)->node->outputs.count <= VF_PAGE_PORTS;
    struct vf_edge_account sum;
    if (!is_counted_alone || !add_lanes(audit, edge, &sum))
        return;
    struct stay stay = stay_of(audit, edge);
    uint64_t emitted = vf_page_load(&page->emitted[edge->sender_port]);
    if (emitted > stay.until)
        emitted = stay.until;
    emitted = emitted > stay.from ? emitted - stay.from : 0;
    if (is_whole(audit, edge->sender) ? emitted == sum.produced : emitted >= sum.produced)
        return;
    complain(audit, edge,
             "%" PRIu64 " were produced, but %" PRIu64 " published, %" PRIu64
             " dropped and %" PRIu64 " refused",
             emitted, sum.published, sum.dropped_newest, sum.refused);
}

/* Whether nothing that comes on an edge can lack a partner: it is that of the only input of a task, or a
 * lane of it, that takes each message as it comes. A task in place of one that lied before it died finds more that was
 * published than it is given. */
static bool has_no_partners(const struct audit *audit, const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *receiver = task_of(audit, edge->receiver);
    bool joins = receiver->join == VF_JOIN_TIME || receiver->join == VF_JOIN_LATEST;
    return vf_partners_are_none(receiver) && !joins && !receiver->node->looks_ahead &&
           edge->drop != VF_DROP_OLDEST && !vf_run_memory_edge(audit->memory, edge->id)->is_remote;
}

/* What the sender says against what the receiver says. */
static void check_receiver(struct audit *audit, const struct vf_plan_edge *edge)
{
    const struct vf_edge_terms *terms = vf_run_memory_edge(audit->memory, edge->id);
    struct vf_edge_account account = vf_ledger_edge(audit->memory, edge);
    uint64_t gone = account.taken + account.unmatched + account.dropped_oldest;
    /* What a task had sent that died may have been lost on its way through a socket. */
    bool has_lost = terms->is_remote && !is_whole(audit, edge->sender);
    bool must_be_empty = atomic_load(&terms->inbox->is_closed) == VF_CLOSED_AFTER_END && !has_lost;
    bool is_even = must_be_empty && is_whole(audit, edge->receiver) ? gone == account.published
                                                                    : gone <= account.published;
    if (account.invalid) {
        complain(audit, edge,
                 "%" PRIu64 " times what the sender's memory said could not be, and was left out",
                 account.invalid);
        return;
    }
    if (account.dropped_oldest && edge->drop != VF_DROP_OLDEST)
        is_even = false;
    if (account.unmatched && must_be_empty && is_whole(audit, edge->receiver) &&
        has_no_partners(audit, edge))
        is_even = false;
    if (!is_even)
        complain(audit, edge,
                 "%" PRIu64 " were published, but %" PRIu64 " taken, %" PRIu64
                 " unmatched and %" PRIu64 " replaced",
                 account.published, account.taken, account.unmatched, account.dropped_oldest);
    uint64_t left_queue = account.taken + account.unmatched;
    bool is_released = left_queue <= account.done || !is_whole(audit, edge->receiver);
    if (!is_released || account.done > account.published)
        complain(audit, edge,
                 "%" PRIu64 " were published and %" PRIu64 " left the queue, but %" PRIu64
                 " were released",
                 account.published, left_queue, account.done);
}

/* What came on the edges of one input, or with `of_all` on all. */
static uint64_t taken_on(const struct audit *audit, const struct vf_plan_task *task, unsigned input,
                         bool of_all)
{
    uint64_t taken = 0;
    for (size_t i = 0; i < task->in_count; i++) {
        const struct vf_plan_edge *edge = task->in_edges[i];
        if (of_all || (edge->input == input && !edge->is_abandoned))
            taken += vf_ledger_edge(audit->memory, task->in_edges[i]).taken;
    }
    return taken;
}

/* Whether a task has had an input as long as it runs. */
static bool has_always_had(const struct vf_plan_task *task, const struct vf_plan_edge *edge)
{
    bool is_new = edge->is_abandoned;
    for (size_t i = 0; i < task->in_count; i++)
        is_new |= task->in_edges[i]->input == edge->input && task->in_edges[i]->is_new_input;
    return !is_new;
}

/* Whether the task may be given an input of which this edge has nothing. */
static bool may_lack(const struct vf_plan_task *task, const struct vf_plan_edge *edge)
{
    return task->join == VF_JOIN_ORIGIN && task->node->takes_gaps &&
           (edge->input > 0 || vf_node_takes_several(task->node));
}

static void check_inputs(struct audit *audit, const struct vf_plan_task *task)
{
    uint64_t inputs = vf_ledger_task(audit->memory, task->id).inputs;
    bool come_one_by_one = task->node->takes == VF_TAKES_EACH;
    for (size_t i = 0;
         i < task->in_count && task->join != VF_JOIN_TIME && task->join != VF_JOIN_LATEST; i++) {
        uint64_t taken = taken_on(audit, task, task->in_edges[i]->input, come_one_by_one);
        bool is_equal = come_one_by_one || (has_always_had(task, task->in_edges[i]) &&
                                            !may_lack(task, task->in_edges[i]));
        bool is_even = is_equal ? taken == inputs : taken <= inputs;
        if (!is_even)
            complain(audit, task->in_edges[i],
                     "%" PRIu64 " were taken, but %s was given %" PRIu64 " inputs", taken,
                     task->name, inputs);
        if (come_one_by_one)
            break;
    }
}

/* What the task joins against what the tasks before it say that they did not answer. */
static void check_partners(struct audit *audit, const struct vf_plan_task *task)
{
    struct vf_partners partners;
    int err = vf_partners_check(audit->plan, audit->memory, audit->is_whole, task, &partners);
    if (!err && partners.edge)
        complain(audit, partners.edge,
                 "%" PRIu64 " were unmatched, but of what came with them at most %" PRIu64
                 " can have been missing; one of these has sent other frames than it was given, or "
                 "left some out: %s",
                 partners.unmatched, partners.lacking,
                 partners.tasks.bytes ? partners.tasks.bytes : task->name);
    vf_text_finish(&partners.tasks);
    if (err) {
        audit->complaints++;
        vf_log(VF_LOG_ERROR, "the ledger of %s cannot be checked: %s", task->name, strerror(-err));
    }
}

static void check_task(struct audit *audit, const struct vf_plan_task *task)
{
    struct vf_task_account account = vf_ledger_task(audit->memory, task->id);
    uint64_t settled = account.answered + account.filtered + account.failed;
    bool is_even =
        is_whole(audit, task->id) ? settled == account.inputs : settled <= account.inputs;
    if (!is_even) {
        audit->complaints++;
        vf_log(VF_LOG_ERROR,
               "the ledger of %s does not balance: of %" PRIu64 " inputs %" PRIu64
               " were answered, %" PRIu64 " filtered and %" PRIu64 " failed",
               task->name, account.inputs, account.answered, account.filtered, account.failed);
    }
    if (is_whole(audit, task->id))
        check_inputs(audit, task);
}

/* Whether an end of an edge is on a host that is lost: what it had counted last is not known. */
static bool is_lost(const struct audit *audit, const struct vf_plan_edge *edge)
{
    return vf_run_memory_is_lost(audit->memory, edge->sender) ||
           vf_run_memory_is_lost(audit->memory, edge->receiver);
}

unsigned vf_ledger_check(const struct vf_plan *plan, const struct vf_run_memory *memory,
                         const bool *whole)
{
    struct audit audit = {.plan = plan, .memory = memory, .is_whole = whole};
    for (size_t i = 0; i < plan->task_count; i++) {
        if (vf_run_memory_is_lost(memory, plan->tasks[i].id))
            continue;
        check_task(&audit, &plan->tasks[i]);
        check_partners(&audit, &plan->tasks[i]);
    }
    for (size_t i = 0; i < plan->edge_count; i++) {
        if (is_lost(&audit, &plan->edges[i]))
            continue;
        check_sender(&audit, &plan->edges[i]);
        check_receiver(&audit, &plan->edges[i]);
    }
    return audit.complaints;
}
