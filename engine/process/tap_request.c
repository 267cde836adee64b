/* SPDX-License-Identifier: MIT */
#include "engine/process/tap_request.h"

#include <stdlib.h>
#include <string.h>

#include "engine/flow/hint.h"
#include "engine/process/engine_inside.h"
#include "engine/process/named_task.h"

/* What a word means. */
struct meaning {
    char task[256];                   /* a task, or a node with its replicas */
    const char *port;                 /* in the word; NULL: the first */
    bool is_input;                    /* it is an input: what its senders send is meant */
    unsigned number;                  /* of the port, in the node */
    const struct vf_plan_task *first; /* of the tasks */
};

static const struct vf_plan_task *find(const struct vf_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->task_count; i++) {
        if (vf_named_task_is(&plan->tasks[i], name))
            return &plan->tasks[i];
    }
    return NULL;
}

/* "detect.2" is a task, "detect.boxes" a port of one. */
static void split(const struct vf_plan *plan, const char *place, struct meaning *meaning)
{
    snprintf(meaning->task, sizeof(meaning->task), "%s", place);
    meaning->first = find(plan, meaning->task);
    char *dot = strrchr(meaning->task, '.');
    if (meaning->first || !dot)
        return;
    *dot = '\0';
    meaning->port = strrchr(place, '.') + 1;
    meaning->first = find(plan, meaning->task);
}

static bool find_port(const struct vf_port_list *ports, const char *name, unsigned *number)
{
    for (size_t i = 0; i < ports->count; i++) {
        if (strcmp(ports->items[i].name, name) != 0)
            continue;
        *number = (unsigned)i;
        return true;
    }
    return false;
}

/* Offers the names of ports, but for those that are `known`. */
static void consider_all(struct vf_hint *hint, const struct vf_port_list *ports,
                         const struct vf_port_list *known)
{
    unsigned number;
    for (size_t i = 0; i < ports->count; i++) {
        if (!known || !find_port(known, ports->items[i].name, &number))
            vf_hint_consider(hint, ports->items[i].name);
    }
}

/* Finds the port. Returns false, and has refused, where there is none. */
static bool find_meaning(struct meaning *meaning, struct vf_control_answer *answer)
{
    const struct vf_node *node = meaning->first->node;
    if (!meaning->port) {
        meaning->is_input = meaning->first->out_count == 0;
        meaning->number = meaning->is_input ? 0 : meaning->first->out_edges[0]->sender_port;
        return true;
    }
    if (find_port(&node->outputs, meaning->port, &meaning->number))
        return true;
    meaning->is_input = find_port(&node->inputs, meaning->port, &meaning->number);
    if (meaning->is_input)
        return true;
    struct vf_hint hint = {.nearest.wanted = meaning->port};
    consider_all(&hint, &node->outputs, NULL);
    consider_all(&hint, &node->inputs, &node->outputs);
    vf_control_refuse(answer, "%s has no port \"%.64s\"%s", meaning->task, meaning->port,
                      vf_hint_text(&hint, "its ports are"));
    vf_hint_finish(&hint);
    return false;
}

/* Opens a task for a reader, once. Returns false, and has refused, where that cannot be. */
static bool open_task(const struct vf_engine *engine, unsigned task, unsigned port, json_t *taps,
                      struct vf_control_answer *answer)
{
    size_t i;
    const json_t *tap;
    json_array_foreach(taps, i, tap)
    {
        if (json_integer_value(json_object_get(tap, "id")) == (json_int_t)task)
            return true;
    }
    int fd = vf_run_memory_tap(engine->memory, task);
    if (fd < 0 || answer->descriptor_count == VF_CONTROL_DESCRIPTORS) {
        vf_control_refuse(answer, "%s cannot be looked at: %s", engine->plan->tasks[task - 1].name,
                          fd < 0 ? strerror(-fd) : "there are too many tasks");
        return false;
    }
    answer->descriptors[answer->descriptor_count++] = dup(fd); /* the control closes it */
    json_array_append_new(taps, json_pack("{si ss si}", "id", (int)task, "task",
                                          engine->plan->tasks[task - 1].name, "port", (int)port));
    return true;
}

/* Returns what comes out of a port, or to an input. */
static const struct vf_port *port_of(const struct vf_engine *engine,
                                     const struct vf_plan_edge *edge)
{
    const struct vf_node *sender = vf_plan_sender(engine->plan, edge)->node;
    return &sender->outputs.items[edge->sender_port];
}

/* Opens all tasks that send what is meant. Returns the port, or NULL: nothing is sent there, or it
 * has been refused. */
static const struct vf_port *open_all(const struct vf_engine *engine, const struct meaning *meaning,
                                      json_t *taps, struct vf_control_answer *answer)
{
    const struct vf_plan *plan = engine->plan;
    const struct vf_port *port = NULL;
    for (size_t i = 0; i < plan->edge_count; i++) {
        const struct vf_plan_edge *edge = &plan->edges[i];
        unsigned end = meaning->is_input ? edge->receiver : edge->sender;
        unsigned number = meaning->is_input ? edge->input_port : edge->sender_port;
        if (edge->is_leaving || number != meaning->number ||
            !vf_named_task_is(&plan->tasks[end - 1], meaning->task))
            continue;
        if (port && port != port_of(engine, edge))
            continue; /* of several senders, the first */
        port = port_of(engine, edge);
        if (vf_plan_edge_is_private(plan, edge)) {
            vf_control_refuse(answer,
                              "the frames there are private; look behind blur_boxes or mask");
            return NULL;
        }
        if (!open_task(engine, edge->sender, edge->sender_port, taps, answer))
            return NULL;
    }
    if (!port)
        vf_control_refuse(answer, "nothing comes to %s.%s", meaning->task,
                          meaning->is_input
                              ? meaning->first->node->inputs.items[meaning->number].name
                              : meaning->first->node->outputs.items[meaning->number].name);
    return port;
}

void vf_tap_request(const struct vf_engine *engine, const char *place,
                    struct vf_control_answer *answer)
{
    struct meaning meaning = {0};
    split(engine->plan, place, &meaning);
    if (engine->state != VF_ENGINE_RUNNING) {
        vf_control_refuse(answer, "the run has not begun yet");
        return;
    }
    if (!meaning.first) {
        vf_named_task_refuse(engine->plan, place, answer);
        return;
    }
    if (!find_meaning(&meaning, answer))
        return;
    json_t *taps = json_array();
    const struct vf_port *port = open_all(engine, &meaning, taps, answer);
    if (!port) {
        json_decref(taps);
        return;
    }
    answer->object = json_pack("{so ss ss si si}", "taps", taps, "name", port->name, "type",
                               vf_port_type_name(port->type), "version", VF_MESSAGE_VERSION, "size",
                               (int)sizeof(struct vf_description));
}
