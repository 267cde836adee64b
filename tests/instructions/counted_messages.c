/* SPDX-License-Identifier: MIT */
/* Messages from task to task: messengers that share the memory of one process, and take turns. */
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/edge/messenger.h"
#include "tests/instructions/counted.h"

#define READERS 16
#define MOST_TASKS (READERS + 1)
#define MOST_EDGES READERS
#define DEPTH 8
#define CELLS (DEPTH + 8)
#define ARENA_BYTES ((size_t)1 << 20)
#define PAGE ((size_t)4096)

struct task {
    struct vf_task_wires wires;
    struct vf_edge_end in[MOST_EDGES], out[MOST_EDGES];
    struct vf_messenger *messenger;
};

static struct task tasks[MOST_TASKS + 1]; /* by id */
static unsigned task_count, edge_count;
static struct vf_edge_terms terms[MOST_EDGES];
static uint8_t *arena_bytes[MOST_TASKS + 1];
static size_t arena_sizes[MOST_TASKS + 1];
static _Atomic uint32_t stop_levels[MOST_TASKS + 1], is_over[MOST_TASKS + 1];
static int64_t number;

static void *zeroed(size_t size)
{
    void *bytes = aligned_alloc(PAGE, (size + PAGE - 1) / PAGE * PAGE);
    MUST(bytes);
    return memset(bytes, 0, size);
}

static void add_task(void)
{
    unsigned id = ++task_count;
    struct vf_task_wires *wires = &tasks[id].wires;
    arena_sizes[id] = ARENA_BYTES;
    arena_bytes[id] = zeroed(ARENA_BYTES);
    *wires = (struct vf_task_wires){
        .task = id,
        .in = tasks[id].in,
        .out = tasks[id].out,
        .rules = {.by = VF_JOIN_BY_ORIGIN},
        .doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        .stop_level = &stop_levels[id],
        .arenas = {.bytes = arena_bytes, .sizes = arena_sizes, .count = MOST_TASKS + 1},
        .page = zeroed(sizeof(struct vf_task_page)),
    };
    MUST(wires->doorbell >= 0);
    MUST(vf_arena_create(&wires->arena, id, arena_bytes[id], ARENA_BYTES, 2 * CELLS) == VF_OK);
}

static void add_edge(unsigned from, unsigned to, unsigned input)
{
    struct vf_task_wires *sender = &tasks[from].wires, *receiver = &tasks[to].wires;
    struct vf_edge_terms *made = &terms[edge_count];
    *made = (struct vf_edge_terms){.id = edge_count++,
                                   .sender = from,
                                   .receiver = to,
                                   .input = input,
                                   .depth = DEPTH,
                                   .cells = CELLS,
                                   .origin_stream = 1U << 8U,
                                   .carries_gaps = true,
                                   .outbox = zeroed(vf_outbox_page_size(CELLS)),
                                   .inbox = zeroed(vf_inbox_page_size(CELLS))};
    tasks[from].out[sender->out_count++] = (struct vf_edge_end){
        .terms = made, .doorbell = receiver->doorbell, .is_over = &is_over[to]};
    tasks[to].in[receiver->in_count++] = (struct vf_edge_end){
        .terms = made, .doorbell = sender->doorbell, .is_over = &is_over[from]};
    if (input >= receiver->input_count)
        receiver->input_count = input + 1;
}

static void connect_all(void)
{
    for (unsigned id = 1; id <= task_count; id++)
        MUST(vf_messenger_create(&tasks[id].messenger, &tasks[id].wires) == VF_OK);
    for (unsigned id = 1; id <= task_count; id++)
        MUST(vf_messenger_connect(tasks[id].messenger) == VF_OK);
}

static void end(void)
{
    for (unsigned id = 1; id <= task_count; id++)
        vf_messenger_destroy(&tasks[id].messenger);
    for (unsigned id = 1; id <= task_count; id++) {
        vf_arena_destroy(&tasks[id].wires.arena);
        free(arena_bytes[id]);
        free(tasks[id].wires.page);
        close(tasks[id].wires.doorbell);
        tasks[id] = (struct task){0};
    }
    for (unsigned i = 0; i < edge_count; i++) {
        free(terms[i].outbox);
        free(terms[i].inbox);
    }
    task_count = edge_count = 0;
}

static void publish(void)
{
    struct vf_message *message;
    MUST(vf_message_create_integer(&message, ++number) == VF_OK);
    MUST(vf_messenger_publish(tasks[1].messenger, 0, &message) == VF_OK);
}

/* Takes what has come, which must be of every input. */
static void receive(unsigned id)
{
    const struct vf_inputs *inputs;
    MUST(vf_messenger_receive(tasks[id].messenger, &inputs) == VF_OK);
    for (unsigned i = 0; i < inputs->count; i++)
        MUST(inputs->items[i]);
}

static void release(unsigned id)
{
    MUST(vf_messenger_release(tasks[id].messenger) == VF_OK);
}

static void pass_on(unsigned id)
{
    receive(id);
    MUST(vf_messenger_passthrough(tasks[id].messenger, 0, 0) == VF_OK);
    release(id);
}

static void begin_edge(void)
{
    add_task();
    add_task();
    add_edge(1, 2, 0);
    connect_all();
}

static void step_edge(void)
{
    publish();
    receive(2);
    release(2);
}

static void begin_fan_out(void)
{
    add_task();
    for (unsigned i = 0; i < READERS; i++) {
        add_task();
        add_edge(1, task_count, 0);
    }
    connect_all();
}

static void step_fan_out(void)
{
    publish();
    for (unsigned id = 2; id <= task_count; id++) {
        receive(id);
        release(id);
    }
}

static void begin_join(void)
{
    for (unsigned i = 0; i < 4; i++)
        add_task();
    add_edge(1, 2, 0);
    add_edge(1, 3, 0);
    add_edge(2, 4, 0);
    add_edge(3, 4, 1);
    connect_all();
}

static void step_join(void)
{
    publish();
    pass_on(2);
    pass_on(3);
    receive(4);
    release(4);
}

const struct counted counted_edge = {begin_edge, step_edge, end};
const struct counted counted_fan_out = {begin_fan_out, step_fan_out, end};
const struct counted counted_join = {begin_join, step_join, end};
