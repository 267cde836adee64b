/* SPDX-License-Identifier: MIT */
/* messengers.c - three processes that exchange messages without an engine and without nodes.
 *
 * A plan says which tasks there are and how they are connected. This program makes their memory,
 * forks a process for each task, and lets each use its messenger: the first one publishes the
 * numbers from 1 to 5, the second passes the odd ones on and answers the others with nothing, the
 * last one prints them. With the transport of a new flow no task needs a socket.
 *
 *     cc messengers.c $(pkg-config --cflags --libs libvflow)
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/edge/messenger.h"
#include "engine/flow/flow.h"
#include "engine/flow/plan/plan.h"
#include "engine/run/memory.h"
#include "nodes/all_nodes.h"

#define TASKS 3

/* The types of the nodes give the edges their types; no node runs here. */
static int make_plan(struct vf_plan **plan)
{
    struct vf_flow *flow;
    struct vf_flow_node *node;
    int err = vf_flow_create(&flow, "messengers");
    if (!err)
        err = vf_flow_add_node(flow, "first", "int_source", &node);
    if (!err)
        err = vf_flow_add_node(flow, "second", "identity", &node);
    if (!err)
        err = vf_flow_add_input(node, NULL, "first", NULL);
    if (!err)
        err = vf_flow_add_node(flow, "last", "print", &node);
    if (!err)
        err = vf_flow_add_input(node, NULL, "second", NULL);
    if (!err)
        err = vf_plan_create(plan, flow, &vf_all_nodes);
    vf_flow_destroy(&flow);
    return err;
}

static int publish_numbers(struct vf_messenger *messenger)
{
    int err = VF_OK;
    for (int number = 1; number <= 5 && !err; number++) {
        struct vf_message *message;
        err = vf_message_create_integer(&message, number);
        if (err)
            break;
        message->description.origin.number = (uint64_t)number;
        err = vf_messenger_publish(messenger, 0, &message);
        vf_message_destroy(&message); /* does nothing if it was taken */
    }
    int told = vf_messenger_publish_termination(messenger, err ? VF_END_FAILED : VF_END_COMPLETE);
    return err ? err : told;
}

static bool is_odd(const struct vf_message *message)
{
    size_t length;
    const char *text = vf_message_json(message, &length);
    return text && length && (text[length - 1] - '0') % 2 == 1;
}

static int pass_odd_numbers(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    int err;
    while ((err = vf_messenger_receive(messenger, &inputs)) == VF_OK) {
        if (is_odd(inputs->items[0]))
            err = vf_messenger_passthrough(messenger, 0, 0);
        if (err < 0)
            break;
    }
    int told = vf_messenger_passthrough_termination(messenger);
    return err < 0 ? err : told;
}

static int print_numbers(struct vf_messenger *messenger)
{
    const struct vf_inputs *inputs;
    int err;
    while ((err = vf_messenger_receive(messenger, &inputs)) == VF_OK) {
        size_t length;
        const char *text = vf_message_json(inputs->items[0], &length);
        printf("%.*s\n", (int)length, text);
    }
    return err == VF_END ? VF_OK : err;
}

/* Waits until every task has its messenger: each closes its end, and then the pipe ends. */
static void wait_for_all(const int barrier[2])
{
    char nothing;
    close(barrier[1]);
    while (read(barrier[0], &nothing, 1) > 0)
        ;
}

/* What the process of one task does. */
static int work(struct vf_run_memory *memory, unsigned task, const int barrier[2])
{
    static int (*const tasks[])(struct vf_messenger *
                                messenger) = {publish_numbers, pass_odd_numbers, print_numbers};
    struct vf_task_wires wires = {0};
    struct vf_messenger *messenger = NULL;
    int err = vf_run_memory_enter(memory, task, &wires);
    if (!err)
        err = vf_messenger_create(&messenger, &wires);
    wait_for_all(barrier);
    if (!err)
        err = vf_messenger_connect(messenger);
    if (!err)
        err = tasks[task - 1](messenger);
    vf_messenger_destroy(&messenger);
    vf_run_memory_leave(memory, &wires);
    return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(struct vf_run_memory *memory)
{
    int barrier[2], failures = 0, status;
    if (pipe(barrier) != 0)
        return EXIT_FAILURE;
    for (unsigned task = 1; task <= TASKS; task++) {
        pid_t child = fork();
        if (child == 0)
            exit(work(memory, task, barrier));
        failures += child < 0;
    }
    close(barrier[0]);
    close(barrier[1]);
    while (wait(&status) > 0)
        failures += status != 0;
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(void)
{
    struct vf_run_memory *memory = NULL;
    struct vf_plan *plan = NULL;
    int status = EXIT_FAILURE;
    int err = make_plan(&plan);
    if (!err)
        err = vf_run_memory_create(&memory, plan);
    if (!err)
        status = run(memory);
    vf_run_memory_destroy(&memory);
    vf_plan_destroy(&plan);
    return status;
}
