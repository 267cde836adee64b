/* SPDX-License-Identifier: MIT */
#include "cmd/plan_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/flow/plan/view.h"
#include "engine/flow/vocabulary.h"
#include "engine/wire/socket_number.h"

#define MEGABYTE 1e6

/* What a text holds; "" where memory was short. */
static const char *bytes_of(const struct vf_text *text)
{
    return text->bytes && !text->failed ? text->bytes : "";
}

/* Adds how a task puts its inputs together, as far as it is not a matter of course. */
static void describe_join(struct vf_text *text, const struct vf_plan_task *task)
{
    const char *join = vf_node_key_word(VF_KEY_JOIN, task->join);
    vf_text_print(text, "%s", join ? join : "-");
    if (task->join == VF_JOIN_TIME)
        vf_text_print(text, " within %.6g ms%s", (double)task->tolerance_ns / VF_NS_PER_MS,
                      task->missing == VF_MISSING_LAST ? " or the last" : "");
    if (task->join == VF_JOIN_LATEST && task->latest.rate.num)
        vf_text_print(text, " at %.6g fps", (double)task->latest.rate.num / task->latest.rate.den);
    if (task->join != VF_JOIN_NONE && task->end != VF_END_BY_NEED)
        vf_text_print(text, ", until %s end", task->end == VF_END_ALL ? "all" : "any");
}

/* Adds the memory for frames and other payloads, of a task or each of its replicas. */
static void describe_memory(struct vf_text *text, const struct vf_plan_task *task)
{
    if (task->memory)
        vf_text_print(text, "%.1f%s", (double)task->memory / MEGABYTE,
                      task->is_memory_known ? "" : "+?");
    else
        vf_text_print(text, "%s", task->is_memory_known ? "-" : "?");
}

/* Prints a number, or a first and a last one, to the right of a column. */
static void print_range(int first, int last, int width)
{
    char text[32];
    if (first == last)
        snprintf(text, sizeof(text), "%d", first);
    else
        snprintf(text, sizeof(text), "%d-%d", first, last);
    printf("%*s", width, text);
}

/* Widths of the columns whose contents differ from plan to plan. */
struct widths {
    int id, task, type, ends;
    int socket; /* 0: there are none */
    int shift;  /* of socket numbers: what the ports count from is a setting */
};

static void print_ends(struct vf_text *text, const struct vf_plan *plan,
                       const struct vf_plan_edge *edge)
{
    const struct vf_plan_task *receiver = vf_plan_receiver(plan, edge);
    vf_plan_task_label(text, vf_plan_sender(plan, edge));
    vf_text_print(text, ".%s -> ", vf_plan_edge_output(plan, edge));
    vf_plan_task_label(text, receiver);
    vf_text_print(text, ".");
    vf_plan_task_input(text, receiver, edge->input);
}

static void widen(int *width, size_t length)
{
    if ((int)length > *width)
        *width = (int)length;
}

static struct widths measure(const struct vf_plan *plan)
{
    struct widths widths = {.id = 4, .task = 4, .type = 4, .ends = 10};
    if (vf_plan_has_sockets(plan))
        widths.socket = 6;
    if (plan->transport.kind == VF_TRANSPORT_TCP)
        widths.shift = (int)plan->transport.base - VF_SOCKET_BASE;
    for (size_t i = 0; i < plan->task_count; i++) {
        const struct vf_plan_task *task = &plan->tasks[i];
        struct vf_text label = {0};
        vf_plan_task_label(&label, task);
        widen(&widths.task, label.length);
        widen(&widths.type, strlen(task->node->name));
        vf_text_finish(&label);
        if (task->replica) {
            widths.id = 9;
            widths.socket = widths.socket ? 10 : 0;
        }
    }
    for (size_t i = 0; i < plan->edge_count; i++) {
        struct vf_text ends = {0};
        print_ends(&ends, plan, &plan->edges[i]);
        widen(&widths.ends, ends.length);
        vf_text_finish(&ends);
    }
    return widths;
}

/* Adds what a task does when it fails, as far as that is not a matter of course. */
static void describe_recovery(struct vf_text *text, const struct vf_plan_task *task)
{
    struct vf_recovery usual =
        vf_recovery_settle(&vf_node_keys_default.recovery, VF_RESTART_BY_NODE, task->node);
    if (!task->is_gather)
        vf_recovery_describe(text, &task->recovery, &usual);
}

static void print_sockets(int first, int last, const struct widths *widths)
{
    putchar(' ');
    print_range(vf_socket_from_task_id(first) + widths->shift,
                vf_socket_from_task_id(last) + widths->shift, widths->socket);
    putchar(' ');
    print_range(vf_termination_socket_from_task_id(first) + widths->shift,
                vf_termination_socket_from_task_id(last) + widths->shift, widths->socket);
}

static void print_task(const struct vf_plan_task *task, const struct widths *widths)
{
    struct vf_text label = {0}, join = {0}, members = {0}, memory = {0}, recovery = {0};
    int first = (int)task->id, last = first;
    if (task->replica)
        last += (int)task->replica_count - 1;
    vf_plan_task_label(&label, task);
    describe_join(&join, task);
    vf_plan_task_members(&members, task);
    describe_recovery(&recovery, task);
    print_range(first, last, widths->id);
    printf("  %-*s  %-*s", widths->task, bytes_of(&label), widths->type, task->node->name);
    if (widths->socket)
        print_sockets(first, last, widths);
    describe_memory(&memory, task);
    printf(" %6u %9u %9s  %s\n", task->threads, task->payloads, bytes_of(&memory), bytes_of(&join));
    vf_text_finish(&memory);
    if (task->group)
        printf("%*s  runs %s\n", widths->id, "", bytes_of(&members));
    if (recovery.length)
        printf("%*s  %s\n", widths->id, "", bytes_of(&recovery));
    vf_text_finish(&label);
    vf_text_finish(&join);
    vf_text_finish(&members);
    vf_text_finish(&recovery);
}

static void print_tasks(const struct vf_plan *plan, const struct widths *widths)
{
    printf("%*s  %-*s  %-*s", widths->id, "id", widths->task, "task", widths->type, "type");
    if (widths->socket)
        printf(" %*s %*s", widths->socket, "data", widths->socket, "stop");
    printf(" %6s %9s %9s  %s\n", "threads", "payloads", "memory MB", "join");
    for (size_t i = 0; i < plan->task_count; i++) {
        if (vf_plan_task_is_shown(&plan->tasks[i]))
            print_task(&plan->tasks[i], widths);
    }
}

/* Adds why an edge is not what the flow file asks for. */
static void print_reasons(const struct vf_plan *plan, const struct vf_plan_edge *edge)
{
    unsigned lanes = vf_plan_edge_count_lanes(plan, edge);
    if (edge->is_deepened) {
        struct vf_text branch = {0};
        vf_plan_task_label(&branch, &plan->tasks[plan->edges[edge->longer].receiver - 1]);
        printf("  queue %u instead of %u: the branch through %s holds %u", edge->depth,
               edge->asked_depth, bytes_of(&branch), edge->longer_holds);
        vf_text_finish(&branch);
    }
    enum vf_wire_form form = vf_plan_edge_form(plan, edge);
    if (form == VF_WIRE_H264 && !vf_plan_edge_has_pictures(plan, edge))
        form = VF_WIRE_LZ4;
    if (form != VF_WIRE_RAW)
        printf("  by %s%s", vf_wire_form_name(form), form == VF_WIRE_H264 ? ", with loss" : "");
    if (lanes > 1)
        printf("  %u of these%s", lanes, edge->is_unordered ? ", in no order" : "");
}

static void print_edge(const struct vf_plan *plan, const struct vf_plan_edge *edge,
                       const struct widths *widths)
{
    struct vf_text ends = {0};
    print_ends(&ends, plan, edge);
    printf("%4u  %-*s %5u %6s %6u %6u", edge->id, widths->ends, bytes_of(&ends), edge->depth,
           vf_drop_policy_name(edge->drop), edge->group, edge->cells);
    print_reasons(plan, edge);
    putchar('\n');
    vf_text_finish(&ends);
}

static void print_edges(const struct vf_plan *plan, const struct widths *widths)
{
    printf("%4s  %-*s %5s %6s %6s %6s\n", "edge", widths->ends, "from -> to", "queue", "drop",
           "group", "cells");
    for (size_t i = 0; i < plan->edge_count; i++) {
        if (vf_plan_edge_is_shown(plan, &plan->edges[i]))
            print_edge(plan, &plan->edges[i], widths);
    }
}

static void print_transport(const struct vf_plan *plan)
{
    const struct vf_transport *transport = &plan->transport;
    if (transport->kind == VF_TRANSPORT_SHM && vf_plan_has_sockets(plan))
        puts("transport: shm within a host, in shared memory; tcp between two");
    else if (transport->kind == VF_TRANSPORT_SHM)
        puts("transport: shm; messages travel in shared memory, and there are no sockets");
    else if (transport->kind == VF_TRANSPORT_IPC)
        puts("transport: ipc; a socket is a file in a private folder of the run, ipc://RUN/NUMBER");
    else
        printf("transport: tcp; a socket is a port of %s, %s\n", transport->host,
               transport->is_insecure ? "open to whoever reaches it"
                                      : "for this run's own tasks, by keys made for it");
}

/* Says which tasks are on which host. */
static void print_hosts(const struct vf_plan *plan)
{
    for (unsigned i = 0; i < plan->host_count; i++) {
        const struct vf_flow_host *host = &plan->hosts[i];
        const char *lead = ":";
        printf("host %s, %s, ports from %u", host->name, host->address, host->base);
        for (size_t j = 0; j < plan->task_count; j++) {
            struct vf_text label = {0};
            if (plan->tasks[j].host != i || !vf_plan_task_is_shown(&plan->tasks[j]))
                continue;
            vf_plan_task_label(&label, &plan->tasks[j]);
            printf("%s %s", lead, bytes_of(&label));
            vf_text_finish(&label);
            lead = ",";
        }
        putchar('\n');
    }
}

static void print_memory(const struct vf_plan *plan)
{
    printf("\nmemory for frames and other payloads: %.1f MB", (double)plan->memory / MEGABYTE);
    if (plan->memory_limit)
        printf(" of %.1f MB that it may have", (double)plan->memory_limit / MEGABYTE);
    if (!plan->is_memory_known)
        printf(", plus tasks marked ? (known once their first frame has come)");
    putchar('\n');
}

void vf_plan_table_print(const struct vf_plan *plan)
{
    struct widths widths = measure(plan);
    printf("%s: %s, %zu task%s, %zu edge%s\n", plan->file, vf_flow_mode_name(plan->mode),
           plan->task_count, plan->task_count == 1 ? "" : "s", plan->edge_count,
           plan->edge_count == 1 ? "" : "s");
    print_transport(plan);
    print_hosts(plan);
    putchar('\n');
    print_tasks(plan, &widths);
    putchar('\n');
    print_edges(plan, &widths);
    print_memory(plan);
}
