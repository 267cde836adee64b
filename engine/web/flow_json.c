/* SPDX-License-Identifier: MIT */
#include "engine/web/flow_json.h"

#include <stdlib.h>
#include <string.h>

#include "engine/account/report.h"
#include "engine/base/text.h"
#include "engine/flow/plan/view.h"
#include "engine/flow/vocabulary.h"
#include "engine/message/description_json.h"
#include "engine/node/option/value_json.h"
#include "engine/web/box_ports.h"
#include "engine/web/layout/layers.h"

#define BOX_HEIGHT 76
#define BOX_WIDTH_LEAST 216
#define BOX_WIDTH_MOST 340
#define LETTER 8        /* pixels of one of a name */
#define BOX_PADDING 104 /* with the shape before it, and the rate behind it */

static double width_of(const struct vf_plan_task *task)
{
    double width = BOX_PADDING + LETTER * (double)strlen(task->name);
    return width < BOX_WIDTH_LEAST  ? BOX_WIDTH_LEAST
           : width > BOX_WIDTH_MOST ? BOX_WIDTH_MOST
                                    : width;
}

/* Lays out the flow. *layers is NULL where memory was short. */
static void lay_out(const struct vf_plan *plan, struct vf_layers **layers)
{
    struct vf_layers_node *nodes = calloc(plan->task_count + 1, sizeof(*nodes));
    struct vf_layers_edge *edges = calloc(plan->edge_count + 1, sizeof(*edges));
    *layers = NULL;
    for (size_t i = 0; nodes && i < plan->task_count; i++)
        nodes[i] = (struct vf_layers_node){width_of(&plan->tasks[i]), BOX_HEIGHT};
    for (size_t i = 0; edges && i < plan->edge_count; i++)
        edges[i] = (struct vf_layers_edge){plan->edges[i].sender - 1, plan->edges[i].receiver - 1};
    const struct vf_layers_graph graph = {.nodes = nodes,
                                          .node_count = plan->task_count,
                                          .edges = edges,
                                          .edge_count = plan->edge_count};
    if (!nodes || !edges || vf_layers_create(layers, &graph) < 0)
        *layers = NULL;
    free(edges);
    free(nodes);
}

static json_t *text(const char *bytes)
{
    return vf_text_to_json(bytes, strlen(bytes));
}

static json_t *ports_json(const struct vf_port_list *ports)
{
    json_t *list = json_array();
    for (size_t i = 0; i < ports->count; i++) {
        const struct vf_port *port = &ports->items[i];
        if (!port->is_numbered)
            json_array_append_new(list, json_pack("{ss ss}", "name", port->name, "type",
                                                  vf_port_type_name(port->type)));
    }
    return list;
}

/* The options of a node by itself, or of each member of a group by its name. */
static json_t *options_json(const struct vf_plan_task *task)
{
    if (!task->group)
        return vf_option_values_json(&task->node->options, task->options);
    json_t *object = json_object();
    for (size_t i = 0; i < vf_group_member_count(task->group); i++) {
        const struct vf_node *node = vf_group_member_node(task->group, i);
        json_object_set_new(
            object, vf_group_member_name(task->group, i),
            vf_option_values_json(&node->options, vf_group_member_options(task->group, i)));
    }
    return object;
}

static json_t *task_json(const struct vf_plan_task *task, const struct vf_layers_box *box)
{
    struct vf_text node = {0};
    vf_report_print_node_name(&node, task);
    json_t *object =
        json_pack("{so so ss ss so* ss* sf sf sf sf}", "name", text(task->name), "node",
                  text(node.bytes ? node.bytes : ""), "type", task->node->name, "kind",
                  vf_node_kind_name(task->node->kind), "gpu",
                  task->gpu_id ? text(task->gpu_id) : NULL, "summary", task->node->summary, "x",
                  box->x, "y", box->y, "width", width_of(task), "height", (double)BOX_HEIGHT);
    vf_text_finish(&node);
    json_object_set_new(object, "options", options_json(task));
    json_object_set_new(object, "outputs", ports_json(&task->node->outputs));
    json_object_set_new(object, "inputs", ports_json(&task->node->inputs));
    return object;
}

static json_t *points_json(const struct vf_layers_line *line)
{
    json_t *points = json_array();
    for (size_t i = 0; i < line->count; i++)
        json_array_append_new(points, json_pack("[ff]", line->points[i].x, line->points[i].y));
    return points;
}

static json_t *edge_json(const struct vf_plan *plan, const struct vf_plan_edge *edge,
                         const struct vf_layers_line *line)
{
    const struct vf_plan_task *sender = vf_plan_sender(plan, edge);
    const struct vf_port *port = &sender->node->outputs.items[edge->sender_port];
    struct vf_text input = {0};
    vf_plan_task_input(&input, vf_plan_receiver(plan, edge), edge->input);
    json_t *object = json_pack(
        "{si so ss so so ss si ss so sb sb so}", "id", (int)edge->id, "from", text(sender->name),
        "port", port->name, "to", text(vf_plan_receiver(plan, edge)->name), "input",
        text(input.bytes ? input.bytes : ""), "type", vf_port_type_name(port->type), "queue",
        (int)edge->depth, "drop", vf_drop_policy_name(edge->drop), "points", points_json(line),
        "picture",
        (port->type == VF_PORT_VIDEO || port->type == VF_PORT_ANY) &&
            !vf_plan_edge_is_private(plan, edge),
        "boxes", vf_web_boxes_of(plan, edge) != NULL, "leaving", json_boolean(edge->is_leaving));
    vf_text_finish(&input);
    return object;
}

json_t *vf_web_flow_json(const struct vf_web_spec *spec, bool has_control)
{
    const struct vf_plan *plan = spec->plan;
    struct vf_layers *layers;
    lay_out(plan, &layers);
    json_t *tasks = json_array(), *edges = json_array();
    for (size_t i = 0; layers && i < plan->task_count; i++)
        json_array_append_new(tasks, task_json(&plan->tasks[i], &layers->boxes[i]));
    for (size_t i = 0; layers && i < plan->edge_count; i++)
        json_array_append_new(edges, edge_json(plan, &plan->edges[i], &layers->lines[i]));
    json_t *object =
        !layers ? NULL
                : json_pack("{so so ss ss ss si sb sf sf sO sO}", "name", text(spec->card->name),
                            "flow", text(spec->card->flow), "mode",
                            spec->card->is_realtime ? "realtime" : "batch", "since",
                            spec->card->since, "version", VF_VERSION, "revision",
                            (int)spec->revision, "control", has_control, "width", layers->width,
                            "height", layers->height, "tasks", tasks, "edges", edges);
    json_decref(tasks);
    json_decref(edges);
    vf_layers_destroy(&layers);
    return object;
}
