/* SPDX-License-Identifier: MIT */
#include "engine/flow/plan/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/flow/plan/part.h"

#define SPREAD_OF_LEAVING 0x10000U /* lanes that have left are in no spread that is planned */

struct comparison {
    const struct vf_plan *present, *wanted;
    struct vf_plan_change *change;
    unsigned *twins; /* of each task of the present plan, by id: that in the wanted one; 0: none */
    /* Of each edge of one plan, the one in the other that goes on in its record; NULL: none does. */
    const struct vf_plan_edge **presents, **wanteds;
};

static const struct vf_plan_task *task_of(const struct vf_plan *plan, unsigned id)
{
    return &plan->tasks[id - 1];
}

static bool is_live(const struct vf_plan_edge *edge)
{
    return !edge->is_leaving;
}

/* Whether one process can go on where another of the other description stopped. */
static bool are_of_one_kind(const struct vf_plan_task *a, const struct vf_plan_task *b)
{
    return strcmp(a->name, b->name) == 0 && a->replica_count == b->replica_count &&
           a->node->kind == b->node->kind && strcmp(a->node->name, b->node->name) == 0 &&
           !a->group == !b->group && a->is_gather == b->is_gather;
}

/* Finds for each task of the wanted plan the one that it is at present. The tasks of a node that
 * differ in number have none. */
static void pair_tasks(struct comparison *compared)
{
    const struct vf_plan *present = compared->present, *wanted = compared->wanted;
    struct vf_plan_change *change = compared->change;
    for (size_t i = 0; i < wanted->task_count; i++) {
        for (size_t j = 0; j < present->task_count && !change->twins[i]; j++) {
            if (present->tasks[j].is_leaving ||
                !are_of_one_kind(&present->tasks[j], &wanted->tasks[i]))
                continue;
            change->twins[i] = present->tasks[j].id;
            compared->twins[present->tasks[j].id] = wanted->tasks[i].id;
        }
    }
}

/* The id that a task of the wanted plan has after the change. */
static unsigned id_of(const struct comparison *compared, unsigned wanted)
{
    return compared->change->twins[wanted - 1];
}

/* The number of a producer's messages names its task: struct vf_origin. */
static uint32_t stream_of(const struct comparison *compared, uint32_t wanted)
{
    unsigned task = wanted >> 8;
    if (!task || task > compared->wanted->task_count)
        return wanted;
    return id_of(compared, task) << 8 | (wanted & 0xffU);
}

/* Whether the messages of one edge can go on in the record of the other: both ends see the same.
 * With fewer cells than wanted, a sender waits more often; where a join waits further down, it could
 * wait forever. */
static bool is_same_record(const struct comparison *compared, const struct vf_plan_edge *present,
                           const struct vf_plan_edge *wanted)
{
    return present->sender == id_of(compared, wanted->sender) &&
           present->receiver == id_of(compared, wanted->receiver) &&
           present->sender_port == wanted->sender_port && present->input == wanted->input &&
           present->input_port == wanted->input_port && present->drop == wanted->drop &&
           present->wire == wanted->wire && present->delay_ns == wanted->delay_ns &&
           present->depth == wanted->depth && present->is_unordered == wanted->is_unordered &&
           present->lane == wanted->lane && !present->spread == !wanted->spread &&
           (present->cells >= wanted->cells || !wanted->carries_gaps);
}

static void pair_edges(struct comparison *compared)
{
    memset((void *)compared->presents, 0,
           compared->present->edge_count * sizeof(compared->presents[0]));
    memset((void *)compared->wanteds, 0,
           compared->wanted->edge_count * sizeof(compared->wanteds[0]));
    for (size_t i = 0; i < compared->wanted->edge_count; i++) {
        const struct vf_plan_edge *wanted = &compared->wanted->edges[i];
        for (size_t j = 0; j < compared->present->edge_count && !compared->wanteds[i]; j++) {
            const struct vf_plan_edge *present = &compared->present->edges[j];
            if (!is_live(present) || compared->presents[j] ||
                !is_same_record(compared, present, wanted))
                continue;
            compared->wanteds[i] = present;
            compared->presents[j] = wanted;
        }
    }
}

static bool is_same_latest(const struct vf_latest *a, const struct vf_latest *b)
{
    return a->has_ticks == b->has_ticks && a->rate.num == b->rate.num &&
           a->rate.den == b->rate.den && a->may_lack == b->may_lack && a->forgets == b->forgets &&
           a->gone_after_ns == b->gone_after_ns;
}

static bool is_same_recovery(const struct vf_recovery *a, const struct vf_recovery *b)
{
    return a->restart == b->restart && a->max_restarts == b->max_restarts &&
           a->backoff_ns == b->backoff_ns && a->on_error == b->on_error &&
           a->stall_after_ns == b->stall_after_ns;
}

static bool is_same_sandbox(const struct vf_plan_sandbox *a, const struct vf_plan_sandbox *b)
{
    bool is_same =
        a->wish == b->wish && a->has_network == b->has_network && a->path_count == b->path_count;
    for (size_t i = 0; is_same && i < a->path_count; i++)
        is_same = strcmp(a->paths[i], b->paths[i]) == 0;
    return is_same;
}

static bool has_same_wishes(const struct vf_plan_task *a, const struct vf_plan_task *b)
{
    bool is_same = a->wish_count == b->wish_count;
    for (unsigned i = 0; is_same && i < a->wish_count; i++)
        is_same = vf_wish_is_same(&a->wishes[i], &b->wishes[i]);
    return is_same;
}

/* Whether a process that has been told one of the descriptions does what the other asks for. */
static bool is_same_description(const struct vf_plan_task *a, const struct vf_plan_task *b)
{
    return a->mark == b->mark && a->join == b->join && a->tolerance_ns == b->tolerance_ns &&
           a->missing == b->missing && a->end == b->end && a->gpu == b->gpu &&
           a->gpu_number == b->gpu_number && a->input_count == b->input_count &&
           is_same_latest(&a->latest, &b->latest) && is_same_recovery(&a->recovery, &b->recovery) &&
           is_same_sandbox(&a->sandbox, &b->sandbox) && has_same_wishes(a, b);
}

/* Whether a sender treats both alike. */
static bool is_same_to_sender(const struct vf_plan_edge *present, const struct vf_plan_edge *wanted)
{
    return present->group == wanted->group && present->spread == wanted->spread &&
           present->carries_gaps == wanted->carries_gaps;
}

static bool has_same_edges(const struct comparison *compared, unsigned id)
{
    const struct vf_plan *present = compared->present, *wanted = compared->wanted;
    for (size_t i = 0; i < present->edge_count; i++) {
        const struct vf_plan_edge *edge = &present->edges[i], *twin = compared->presents[i];
        bool is_own = is_live(edge) && (edge->sender == id || edge->receiver == id);
        if (is_own && (!twin || (edge->sender == id && !is_same_to_sender(edge, twin))))
            return false;
    }
    for (size_t i = 0; i < wanted->edge_count; i++) {
        const struct vf_plan_edge *edge = &wanted->edges[i];
        bool is_own = id_of(compared, edge->sender) == id || id_of(compared, edge->receiver) == id;
        if (is_own && !compared->wanteds[i])
            return false;
    }
    return true;
}

static void part(struct comparison *compared, unsigned id)
{
    unsigned wanted = compared->twins[id];
    compared->twins[id] = 0;
    compared->change->twins[wanted - 1] = 0;
}

/* The order in which replicas hand on what they get is that of their edges: with others, they begin
 * it again, and only all together. Returns whether some have to, and parts them from their twins. */
static bool part_replicas(struct comparison *compared)
{
    const struct vf_plan *present = compared->present;
    bool has_parted = false;
    for (size_t i = 0; i < present->task_count; i++) {
        const struct vf_plan_task *task = &present->tasks[i];
        if (!task->replica || !compared->twins[task->id] || has_same_edges(compared, task->id))
            continue;
        unsigned first = task->id - task->replica + 1;
        for (unsigned id = first; id < first + task->replica_count; id++) {
            if (compared->twins[id])
                part(compared, id);
        }
        has_parted = true;
    }
    return has_parted;
}

/* Numbers the tasks that have no twin after all others. */
static void number_added(struct comparison *compared)
{
    struct vf_plan *merged = &compared->change->merged;
    merged->task_count = compared->present->task_count;
    for (size_t i = 0; i < compared->wanted->task_count; i++) {
        unsigned *twin = &compared->change->twins[i];
        if (!*twin || *twin > compared->present->task_count)
            *twin = (unsigned)++merged->task_count;
    }
}

static void pair_all(struct comparison *compared)
{
    pair_tasks(compared);
    do {
        number_added(compared);
        pair_edges(compared);
    } while (part_replicas(compared));
}

static void choose_steps(struct comparison *compared)
{
    struct vf_plan_change *change = compared->change;
    for (size_t i = 0; i < compared->present->task_count; i++) {
        const struct vf_plan_task *task = &compared->present->tasks[i];
        unsigned twin = compared->twins[task->id];
        if (task->is_leaving)
            change->steps[i] = VF_PLAN_KEEP;
        else if (!twin)
            change->steps[i] = VF_PLAN_LEAVE;
        else if (!is_same_description(task, task_of(compared->wanted, twin)) ||
                 !has_same_edges(compared, task->id))
            change->steps[i] = VF_PLAN_RENEW;
    }
    for (size_t i = compared->present->task_count; i < change->merged.task_count; i++)
        change->steps[i] = VF_PLAN_ADD;
}

/* Whether a task gets messages of this port of this sender already. */
static bool is_fed_by(const struct comparison *compared, unsigned receiver, unsigned sender,
                      unsigned port)
{
    const struct vf_plan_task *task = task_of(compared->present, receiver);
    for (size_t i = 0; i < task->in_count; i++) {
        const struct vf_plan_edge *edge = task->in_edges[i];
        if (is_live(edge) && edge->sender == sender && edge->sender_port == port)
            return true;
    }
    return false;
}

/* Finds the input at which a task that stays goes on with what it gets by a live edge: where the same
 * sender is, or who has come in its place. Returns false where there is none. */
static bool find_input(const struct comparison *compared, const struct vf_plan_edge *present,
                       unsigned *input)
{
    const struct vf_plan_task *task = task_of(compared->wanted, compared->twins[present->receiver]);
    bool is_found = false;
    for (size_t i = 0; i < task->in_count; i++) {
        const struct vf_plan_edge *edge = task->in_edges[i];
        unsigned sender = id_of(compared, edge->sender);
        bool is_same = sender == present->sender && edge->sender_port == present->sender_port &&
                       edge->input_port == present->input_port;
        bool is_successor = edge->input == present->input &&
                            !is_fed_by(compared, present->receiver, sender, edge->sender_port);
        if (!is_same && (is_found || !is_successor))
            continue;
        *input = edge->input;
        is_found = true;
        if (is_same)
            return true;
    }
    return is_found;
}

/* The live edge by which an input of a task came before the change; NULL: it had none. */
static const struct vf_plan_edge *live_edge_at(const struct comparison *compared, unsigned receiver,
                                               unsigned input)
{
    const struct vf_plan_task *task = task_of(compared->present, receiver);
    for (size_t i = 0; i < task->in_count; i++) {
        if (is_live(task->in_edges[i]) && task->in_edges[i]->input == input)
            return task->in_edges[i];
    }
    return NULL;
}

/* Takes over an edge that is, with what becomes of it. */
static void keep_edge(const struct comparison *compared, size_t index)
{
    const struct vf_plan_edge *twin = compared->presents[index];
    struct vf_plan_edge *edge = &compared->change->merged.edges[index];
    *edge = compared->present->edges[index];
    if (twin) {
        edge->group = twin->group;
        edge->spread = twin->spread;
        edge->carries_gaps = twin->carries_gaps;
        edge->origin_stream = stream_of(compared, twin->origin_stream);
        return;
    }
    if (!edge->is_leaving && edge->spread)
        edge->spread += SPREAD_OF_LEAVING * (unsigned)(compared->present->edge_count + 1);
    const struct vf_plan_edge *live =
        edge->is_leaving ? live_edge_at(compared, edge->receiver, edge->input) : edge;
    edge->is_leaving = true;
    if (compared->twins[edge->receiver] && !edge->is_abandoned)
        edge->is_abandoned = !live || !find_input(compared, live, &edge->input);
}

/* Adds an edge that is wanted: its turn comes after that of all that lead to its input. */
static void add_edge(const struct comparison *compared, const struct vf_plan_edge *wanted)
{
    struct vf_plan *merged = &compared->change->merged;
    struct vf_plan_edge *edge = &merged->edges[merged->edge_count];
    bool is_first = true;
    *edge = *wanted;
    edge->id = (unsigned)merged->edge_count;
    edge->sender = id_of(compared, wanted->sender);
    edge->receiver = id_of(compared, wanted->receiver);
    edge->origin_stream = stream_of(compared, wanted->origin_stream);
    edge->longer = edge->id;
    edge->is_added = true;
    for (size_t i = 0; i < compared->change->edge_count; i++) {
        const struct vf_plan_edge *other = &merged->edges[i];
        if (other->receiver != edge->receiver || other->input != edge->input || other->is_abandoned)
            continue;
        is_first = false;
        if (other->turn >= edge->turn)
            edge->turn = other->turn + 1;
    }
    edge->is_new_input = is_first && edge->receiver <= compared->present->task_count;
    merged->edge_count++;
}

static int merge_edges(const struct comparison *compared)
{
    struct vf_plan *merged = &compared->change->merged;
    size_t most = compared->present->edge_count + compared->wanted->edge_count;
    merged->edges = calloc(most + 1, sizeof(*merged->edges));
    if (!merged->edges)
        return -ENOMEM;
    merged->edge_count = compared->present->edge_count;
    for (size_t i = 0; i < compared->present->edge_count; i++)
        keep_edge(compared, i);
    for (size_t i = 0; i < compared->wanted->edge_count; i++) {
        if (!compared->wanteds[i])
            add_edge(compared, &compared->wanted->edges[i]);
    }
    return VF_OK;
}

/* A task as it is wanted, with what it keeps of what it was. */
static void renew_task(struct vf_plan_task *task, const struct vf_plan_task *wanted)
{
    struct vf_plan_task former = *task;
    *task = *wanted;
    task->id = former.id;
    task->name = former.name;
    bool keeps_gpu = former.gpu == wanted->gpu && former.gpu_number == wanted->gpu_number;
    task->gpu_id = keeps_gpu ? former.gpu_id : wanted->gpu_id;
}

/* Of the edges into one task: input after input, and turn after turn. */
static int compare_inputs(const void *a, const void *b)
{
    const struct vf_plan_edge *one = *(const struct vf_plan_edge *const *)a;
    const struct vf_plan_edge *other = *(const struct vf_plan_edge *const *)b;
    if (one->input != other->input)
        return one->input < other->input ? -1 : 1;
    if (one->turn != other->turn)
        return one->turn < other->turn ? -1 : 1;
    return one->id < other->id ? -1 : 1;
}

/* Gives a task the lists of its edges. */
static int connect_task(const struct vf_plan *merged, struct vf_plan_task *task)
{
    task->in_count = task->out_count = 0;
    for (size_t i = 0; i < merged->edge_count; i++) {
        task->in_count += merged->edges[i].receiver == task->id;
        task->out_count += merged->edges[i].sender == task->id;
    }
    task->in_edges = calloc(task->in_count + 1, sizeof(const struct vf_plan_edge *));
    task->out_edges = calloc(task->out_count + 1, sizeof(const struct vf_plan_edge *));
    if (!task->in_edges || !task->out_edges)
        return -ENOMEM;
    size_t in = 0, out = 0;
    for (size_t i = 0; i < merged->edge_count; i++) {
        if (merged->edges[i].receiver == task->id)
            task->in_edges[in++] = &merged->edges[i];
        if (merged->edges[i].sender == task->id)
            task->out_edges[out++] = &merged->edges[i];
    }
    qsort((void *)task->in_edges, in, sizeof(task->in_edges[0]), compare_inputs);
    return VF_OK;
}

static int merge_tasks(const struct comparison *compared)
{
    const struct vf_plan_change *change = compared->change;
    struct vf_plan *merged = &compared->change->merged;
    merged->tasks = calloc(merged->task_count + 1, sizeof(*merged->tasks));
    if (!merged->tasks)
        return -ENOMEM;
    for (size_t i = 0; i < compared->present->task_count; i++) {
        struct vf_plan_task *task = &merged->tasks[i];
        *task = compared->present->tasks[i];
        task->in_edges = task->out_edges = NULL;
        task->is_leaving = task->is_leaving || change->steps[i] == VF_PLAN_LEAVE;
        if (change->steps[i] == VF_PLAN_RENEW)
            renew_task(task, task_of(compared->wanted, compared->twins[task->id]));
    }
    for (size_t i = 0; i < compared->wanted->task_count; i++) {
        unsigned id = change->twins[i];
        if (change->steps[id - 1] == VF_PLAN_ADD) {
            merged->tasks[id - 1] = compared->wanted->tasks[i];
            merged->tasks[id - 1].id = id;
        }
    }
    for (size_t i = 0; i < merged->task_count; i++)
        merged->tasks[i].in_edges = merged->tasks[i].out_edges = NULL;
    for (size_t i = 0; i < merged->task_count; i++) {
        int err = connect_task(merged, &merged->tasks[i]);
        if (err)
            return err;
    }
    return VF_OK;
}

int vf_plan_change_init(struct vf_plan_change *change, const struct vf_plan *present,
                        const struct vf_plan *wanted)
{
    struct comparison compared = {.present = present, .wanted = wanted, .change = change};
    int err = -ENOMEM;
    *change = (struct vf_plan_change){
        .merged = *present, .task_count = present->task_count, .edge_count = present->edge_count};
    change->merged.tasks = NULL;
    change->merged.edges = NULL;
    change->merged.memory = wanted->memory;
    change->merged.is_memory_known = wanted->is_memory_known;
    change->steps = calloc(present->task_count + wanted->task_count + 1, sizeof(*change->steps));
    change->twins = calloc(wanted->task_count + 1, sizeof(*change->twins));
    compared.twins = calloc(present->task_count + 1, sizeof(*compared.twins));
    compared.presents = calloc(present->edge_count + 1, sizeof(const struct vf_plan_edge *));
    compared.wanteds = calloc(wanted->edge_count + 1, sizeof(const struct vf_plan_edge *));
    if (change->steps && change->twins && compared.twins && compared.presents && compared.wanteds) {
        pair_all(&compared);
        choose_steps(&compared);
        err = merge_edges(&compared);
    }
    if (!err)
        err = merge_tasks(&compared);
    free(compared.twins);
    free((void *)compared.presents);
    free((void *)compared.wanteds);
    if (err)
        vf_plan_change_finish(change);
    return err;
}

void vf_plan_change_finish(struct vf_plan_change *change)
{
    for (size_t i = 0; change->merged.tasks && i < change->merged.task_count; i++) {
        free((void *)change->merged.tasks[i].in_edges);
        free((void *)change->merged.tasks[i].out_edges);
    }
    free(change->merged.tasks);
    free(change->merged.edges);
    free(change->steps);
    free(change->twins);
    *change = (struct vf_plan_change){0};
}

/* Whose numbers the messages of a task have, as it is fed at present. */
static uint32_t stream_into(const struct vf_plan_task *task)
{
    for (size_t i = 0; i < task->in_count; i++) {
        if (is_live(task->in_edges[i]))
            return task->in_edges[i]->origin_stream;
    }
    return 0;
}

/* Returns whether anything is not as it was. */
static bool is_change(const struct vf_plan_change *change)
{
    bool is_change = false;
    for (size_t i = 0; i < change->merged.task_count; i++)
        is_change = is_change || change->steps[i] != VF_PLAN_KEEP;
    return is_change;
}

static bool keeps_pieces(const struct vf_plan *plan)
{
    const char *path;
    bool keeps_some = false;
    for (size_t i = 0; i < plan->task_count; i++)
        keeps_some = keeps_some || vf_part_pieces(&plan->tasks[i], &path);
    return keeps_some;
}

bool vf_plan_change_describe_obstacle(const struct vf_plan_change *change,
                                      const struct vf_plan *present, const struct vf_plan *wanted,
                                      struct vf_text *text)
{
    if (present->mode != wanted->mode || present->transport.kind != wanted->transport.kind)
        vf_text_print(text, "the mode and the transport cannot be changed while the flow runs");
    else if (present->host_count || wanted->host_count)
        vf_text_print(text, "a flow on several hosts cannot be changed while it runs");
    else if (is_change(change) && (keeps_pieces(present) || keeps_pieces(wanted)))
        vf_text_print(text,
                      "a flow that keeps pieces (checkpoint) cannot be changed while it runs: "
                      "they have to be of one flow; stop it, and run the other");
    for (size_t i = 0; !text->length && i < present->task_count; i++) {
        const struct vf_plan_task *task = &change->merged.tasks[i];
        bool joins = !task->is_leaving && task->join == VF_JOIN_ORIGIN &&
                     present->tasks[i].join == VF_JOIN_ORIGIN;
        if (joins && stream_into(&present->tasks[i]) != stream_into(task))
            vf_text_print(text,
                          "%s joins what comes from one producer, which cannot be replaced by "
                          "another while the flow runs",
                          task->name);
    }
    return text->length > 0;
}

/* Exchanges what two tasks have, but for what makes them out: each goes with its plan. */
static void exchange(struct vf_plan_task *present, struct vf_plan_task *merged,
                     struct vf_plan_task *wanted)
{
    const char *name = wanted->name;
    char *gpu_id = merged->gpu_id == wanted->gpu_id ? present->gpu_id : wanted->gpu_id;
    *wanted = *present;
    wanted->name = name;
    wanted->gpu_id = gpu_id;
}

void vf_plan_change_carry_out(struct vf_plan_change *change, struct vf_plan *present,
                              struct vf_plan **wanted)
{
    struct vf_plan *lender = *wanted;
    for (size_t i = 0; i < lender->task_count; i++) {
        struct vf_plan_task *task = &lender->tasks[i];
        unsigned id = change->twins[i];
        enum vf_plan_step step = change->steps[id - 1];
        if (step != VF_PLAN_RENEW && step != VF_PLAN_ADD)
            continue;
        free((void *)task->in_edges);
        free((void *)task->out_edges);
        if (step == VF_PLAN_RENEW)
            exchange(&present->tasks[id - 1], &change->merged.tasks[id - 1], task);
        else
            *task = (struct vf_plan_task){0};
        task->in_edges = task->out_edges = NULL;
    }
    for (size_t i = 0; i < present->task_count; i++) {
        free((void *)present->tasks[i].in_edges);
        free((void *)present->tasks[i].out_edges);
    }
    free(present->tasks);
    free(present->edges);
    present->tasks = change->merged.tasks;
    present->task_count = change->merged.task_count;
    present->edges = change->merged.edges;
    present->edge_count = change->merged.edge_count;
    present->memory = change->merged.memory;
    present->is_memory_known = change->merged.is_memory_known;
    change->merged.tasks = NULL;
    change->merged.edges = NULL;
    lender->lender = present->lender;
    present->lender = lender;
    *wanted = NULL;
}
