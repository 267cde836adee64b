/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/task_net.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/wire/wire.h"
#include "tests/unit/support/scratch.h"

#define MAX_EDGES 16
#define ARENA_SIZE ((size_t)4 << 20)
#define PAGE ((size_t)4096)

struct task {
    struct vf_task_wires wires;
    struct vf_edge_end in[MAX_EDGES], out[MAX_EDGES];
    net_body *body;
    struct vf_messenger *messenger; /* of its present process */
    pthread_t thread;
};

static struct task tasks[NET_TASKS + 1]; /* by id */
static size_t task_count;
static struct vf_edge_terms terms[MAX_EDGES];
static struct vf_edge_terms sender_terms[MAX_EDGES], receiver_terms[MAX_EDGES];
static size_t edge_count;
static uint8_t *arena_bytes[NET_TASKS + 1];
static size_t arena_sizes[NET_TASKS + 1];
static struct vf_address address;
static _Atomic uint32_t stop_levels[NET_TASKS + 1];
static _Atomic uint32_t is_over[NET_TASKS + 1];
static pthread_barrier_t all_created;
static _Thread_local struct task *own_task; /* whose thread this is */

static void *zeroed(size_t size)
{
    void *bytes = aligned_alloc(PAGE, (size + PAGE - 1) / PAGE * PAGE);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, 0, size);
    return bytes;
}

static void init_task(unsigned id)
{
    struct vf_task_wires *wires = &tasks[id].wires;
    arena_sizes[id] = ARENA_SIZE;
    arena_bytes[id] = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ck_assert_ptr_ne(arena_bytes[id], MAP_FAILED);
    *wires = (struct vf_task_wires){
        .task = id,
        .address = address,
        .in = tasks[id].in,
        .out = tasks[id].out,
        .rules = {.by = VF_JOIN_BY_ORIGIN},
        .doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        .stop_level = &stop_levels[id],
        .arenas = {.bytes = arena_bytes, .sizes = arena_sizes, .count = NET_TASKS + 1},
        .page = zeroed(sizeof(struct vf_task_page)),
    };
    ck_assert_int_ge(wires->doorbell, 0);
    atomic_init(&stop_levels[id], VF_STOP_NONE);
    atomic_init(&is_over[id], 0);
    net_set_payloads(id, NET_PAYLOADS);
}

/* What each end knows of the edge: where they share no memory, a copy of the other's page. */
static void init_ends(size_t edge, bool is_remote)
{
    struct vf_edge_terms *sender = &sender_terms[edge], *receiver = &receiver_terms[edge];
    terms[edge].is_remote = is_remote;
    *sender = *receiver = terms[edge];
    if (!is_remote)
        return;
    sender->inbox = zeroed(vf_inbox_page_size(terms[edge].cells));
    receiver->outbox = zeroed(sizeof(*receiver->outbox));
}

static void init_edge(const struct net_edge *edge, bool is_remote)
{
    size_t number = edge_count++;
    struct vf_edge_terms *made = &terms[number];
    struct task *sender = &tasks[edge->from], *receiver = &tasks[edge->to];
    uint32_t cells = edge->depth + 1 + NET_TASKS + 4; /* enough for any chain behind it */
    *made = (struct vf_edge_terms){.id = (uint32_t)number,
                                   .sender = edge->from,
                                   .sender_port = edge->port,
                                   .receiver = edge->to,
                                   .input = edge->input,
                                   .depth = edge->depth,
                                   .cells = cells,
                                   .group = edge->group,
                                   .origin_stream = edge->from << 8 | edge->port,
                                   .overflow = edge->overflow,
                                   .carries_gaps = true,
                                   .outbox = zeroed(vf_outbox_page_size(cells)),
                                   .inbox = zeroed(vf_inbox_page_size(cells))};
    init_ends(number, is_remote);
    sender->out[sender->wires.out_count++] =
        (struct vf_edge_end){.terms = &sender_terms[number],
                             .doorbell = receiver->wires.doorbell,
                             .is_over = &is_over[edge->to]};
    receiver->in[receiver->wires.in_count++] =
        (struct vf_edge_end){.terms = &receiver_terms[number],
                             .doorbell = sender->wires.doorbell,
                             .is_over = &is_over[edge->from]};
    if (edge->input >= receiver->wires.input_count)
        receiver->wires.input_count = edge->input + 1;
}

void net_init(const struct net_edge *edges, size_t count, bool is_remote)
{
    scratch_create();
    address = (struct vf_address){.directory = is_remote ? scratch_path() : NULL};
    task_count = edge_count = 0;
    for (size_t i = 0; i < count; i++) {
        task_count = edges[i].from > task_count ? edges[i].from : task_count;
        task_count = edges[i].to > task_count ? edges[i].to : task_count;
    }
    for (unsigned id = 1; id <= task_count; id++)
        init_task(id);
    for (size_t i = 0; i < count; i++)
        init_edge(&edges[i], is_remote);
}

void net_set_reports_ends(unsigned task)
{
    tasks[task].wires.rules.reports_ends = true;
}

void net_set_answers_late(unsigned task)
{
    tasks[task].wires.answers_late = true;
}

void net_set_divided(unsigned task)
{
    tasks[task].wires.rules.by = VF_JOIN_BY_ARRIVAL;
    tasks[task].wires.rules.is_divided = true;
    for (size_t i = 0; i < edge_count; i++) {
        if (terms[i].sender == task)
            terms[i].answers = sender_terms[i].answers = receiver_terms[i].answers =
                terms[i].sender_port + 1;
    }
}

void net_set_looks_ahead(unsigned task, unsigned inputs)
{
    tasks[task].wires.looks_ahead = inputs;
}

void net_set_join(unsigned task, enum vf_join_by by)
{
    tasks[task].wires.rules.by = by;
}

void net_set_payloads(unsigned task, unsigned limit)
{
    struct vf_arena **arena = &tasks[task].wires.arena;
    vf_arena_destroy(arena);
    ck_assert_int_eq(vf_arena_create(arena, task, arena_bytes[task], ARENA_SIZE, limit), VF_OK);
}

void net_set_replaceable(unsigned task)
{
    tasks[task].wires.is_replaceable = true;
    for (size_t i = 0; i < edge_count; i++) {
        if (terms[i].receiver == task)
            sender_terms[i].is_replaceable = true;
    }
}

static void *run_task(void *argument)
{
    struct task *task = own_task = argument;
    ck_assert_int_eq(vf_messenger_create(&task->messenger, &task->wires), VF_OK);
    pthread_barrier_wait(&all_created);
    ck_assert_int_eq(vf_messenger_connect(task->messenger), VF_OK);
    task->body(task->messenger);
    vf_messenger_close(task->messenger);
    vf_messenger_destroy(&task->messenger);
    atomic_store(&is_over[task->wires.task], VF_OVER);
    return NULL;
}

struct vf_messenger *net_replace(struct vf_messenger *messenger)
{
    struct vf_task_wires *wires = &own_task->wires;
    ck_assert_ptr_eq(messenger, own_task->messenger);
    vf_messenger_destroy(&own_task->messenger);
    net_set_payloads(wires->task, NET_PAYLOADS);
    wires->process = wires->is_resumed ? wires->process + 1 : 2;
    wires->is_resumed = true;
    ck_assert_int_eq(vf_messenger_create(&own_task->messenger, wires), VF_OK);
    ck_assert_int_eq(vf_messenger_connect(own_task->messenger), VF_OK);
    return own_task->messenger;
}

void net_start(net_body *const *bodies)
{
    ck_assert_int_eq(pthread_barrier_init(&all_created, NULL, (unsigned)task_count), 0);
    for (size_t i = 0; i < task_count; i++) {
        struct task *task = &tasks[i + 1];
        task->body = bodies[i];
        ck_assert(task->body != NULL);
        ck_assert_int_eq(pthread_create(&task->thread, NULL, run_task, task), 0);
    }
}

void net_join(void)
{
    for (size_t i = 0; i < task_count; i++)
        ck_assert_int_eq(pthread_join(tasks[i + 1].thread, NULL), 0);
    pthread_barrier_destroy(&all_created);
}

void net_request_stop(unsigned task, enum vf_stop_level level)
{
    uint64_t one = 1;
    atomic_store(&stop_levels[task], level);
    ck_assert_int_eq(write(tasks[task].wires.doorbell, &one, sizeof(one)), sizeof(one));
}

const struct vf_task_page *net_page(unsigned task)
{
    return tasks[task].wires.page;
}

const struct vf_edge_terms *net_terms(size_t edge)
{
    return &terms[edge];
}

size_t net_touched(unsigned task)
{
    return vf_arena_touched(tasks[task].wires.arena);
}

const struct vf_address *net_address(void)
{
    return &address;
}

void net_finish(void)
{
    for (unsigned id = 1; id <= task_count; id++) {
        vf_arena_destroy(&tasks[id].wires.arena);
        munmap(arena_bytes[id], ARENA_SIZE);
        close(tasks[id].wires.doorbell);
        free(tasks[id].wires.page);
    }
    for (size_t i = 0; i < edge_count; i++) {
        if (terms[i].is_remote) {
            free(sender_terms[i].inbox);
            free(receiver_terms[i].outbox);
        }
        free(terms[i].outbox);
        free(terms[i].inbox);
    }
    scratch_remove();
}

int net_publish(struct vf_messenger *messenger, unsigned port, int64_t number)
{
    struct vf_message *message;
    ck_assert_int_eq(vf_message_create_integer(&message, number), VF_OK);
    int result = vf_messenger_publish(messenger, port, &message);
    ck_assert_ptr_null(message);
    return result;
}

void net_publish_all(struct vf_messenger *messenger, int64_t last)
{
    for (int64_t number = 1; number <= last; number++)
        ck_assert_int_eq(net_publish(messenger, 0, number), VF_OK);
    ck_assert_int_eq(vf_messenger_publish_termination(messenger, VF_END_COMPLETE), VF_OK);
}

int64_t net_number(const struct vf_message *message)
{
    char text[32] = "";
    size_t length;
    const char *json = vf_message_json(message, &length);
    ck_assert_ptr_nonnull(json);
    ck_assert_uint_lt(length, sizeof(text));
    memcpy(text, json, length);
    return strtoll(text, NULL, 10);
}

int64_t net_receive(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    int err = vf_messenger_receive(messenger, &inputs);
    ck_assert(err == VF_OK || err == VF_END);
    return err ? 0 : net_number(inputs->items[0]);
}

int64_t net_receive_all(struct vf_messenger *messenger)
{
    int64_t number, count = 0;
    while ((number = net_receive(messenger)) != 0)
        ck_assert_int_eq(number, ++count);
    return count;
}
