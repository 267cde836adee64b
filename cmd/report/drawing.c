/* SPDX-License-Identifier: MIT */
#include "cmd/report/drawing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/report/html.h"
#include "engine/web/layout/layers.h"

#define NARROWEST_BOX 172
#define WIDEST_BOX 268
#define BOX_HEIGHT 66
#define BOX_INDENT 11
#define CHARACTER 8.0 /* width of one */
#define BAR_HEIGHT 4
#define WIDE 640 /* wider than some windows */
#define HEAD 9   /* of an arrow */
#define THINNEST 1.4
#define THICKEST 7.0

/* A flow whose places are known. */
struct drawing {
    const struct vf_outline *outline;
    struct vf_layers *layers;
    size_t *shown; /* places of the edges that have both their tasks, */
    size_t shown_count;
    uint64_t most; /* messages on one of them */
    int box_width;
    size_t box_text; /* characters that there is room for */
};

/* Makes boxes as wide as the longest name needs, within limits. */
static void size_boxes(struct drawing *drawing)
{
    double width = NARROWEST_BOX;
    for (size_t i = 0; i < drawing->outline->task_count; i++) {
        double own = (double)strlen(drawing->outline->tasks[i].name) * CHARACTER + 2 * BOX_INDENT;
        width = own > width ? own : width;
    }
    drawing->box_width = width < WIDEST_BOX ? (int)width : WIDEST_BOX;
    drawing->box_text = (size_t)((drawing->box_width - 2 * BOX_INDENT) / CHARACTER);
}

static int lay_out(struct drawing *drawing)
{
    const struct vf_outline *outline = drawing->outline;
    struct vf_layers_node *nodes = calloc(outline->task_count + 1, sizeof(*nodes));
    struct vf_layers_edge *edges = calloc(outline->edge_count + 1, sizeof(*edges));
    drawing->shown = calloc(outline->edge_count + 1, sizeof(*drawing->shown));
    int err = nodes && edges && drawing->shown ? VF_OK : -ENOMEM;
    for (size_t i = 0; i < outline->task_count && !err; i++)
        nodes[i] = (struct vf_layers_node){drawing->box_width, BOX_HEIGHT};
    for (size_t i = 0; i < outline->edge_count && !err; i++) {
        const struct vf_outline_edge *edge = &outline->edges[i];
        if (edge->from == VF_OUTLINE_NOBODY || edge->to == VF_OUTLINE_NOBODY)
            continue;
        uint64_t taken = vf_html_count_of(edge->facts, "taken");
        drawing->most = taken > drawing->most ? taken : drawing->most;
        edges[drawing->shown_count] = (struct vf_layers_edge){edge->from, edge->to};
        drawing->shown[drawing->shown_count++] = i;
    }
    const struct vf_layers_graph graph = {.nodes = nodes,
                                          .node_count = outline->task_count,
                                          .edges = edges,
                                          .edge_count = drawing->shown_count};
    if (!err)
        err = vf_layers_create(&drawing->layers, &graph);
    free(nodes);
    free(edges);
    return err;
}

/* A curve that is upright at each point (layers.h), up to the head of an arrow. */
static void add_path(struct vf_text *page, const struct vf_layers_line *line)
{
    const struct vf_layers_point *points = line->points;
    vf_text_print(page, "M%.0f %.0f", points[0].x, points[0].y);
    for (size_t i = 1; i < line->count; i++) {
        double middle = (points[i - 1].y + points[i].y) / 2;
        double y = points[i].y - (i + 1 == line->count ? HEAD - 1 : 0);
        if (points[i].y == points[i - 1].y)
            vf_text_print(page, "L%.0f %.0f", points[i].x, y);
        else
            vf_text_print(page, "C%.0f %.1f %.0f %.1f %.0f %.0f", points[i - 1].x, middle,
                          points[i].x, middle, points[i].x, y);
    }
}

/* Says how much was dropped, beside the head of the arrow: there lines are apart. */
static void add_loss(struct vf_text *page, const struct drawing *drawing, size_t number)
{
    uint64_t dropped = drawing->outline->edges[drawing->shown[number]].dropped;
    const struct vf_layers_line *line = &drawing->layers->lines[number];
    if (!dropped || line->count < 2)
        return;
    const struct vf_layers_point *tip = &line->points[line->count - 1];
    vf_text_print(page, "<text class=\"loss\" x=\"%.0f\" y=\"%.0f\">", tip->x + 11, tip->y - 6);
    vf_html_count(page, dropped);
    vf_text_print(page, " dropped</text>");
}

static void add_edge(struct vf_text *page, const struct drawing *drawing, size_t number)
{
    const struct vf_outline_edge *edge = &drawing->outline->edges[drawing->shown[number]];
    const struct vf_layers_line *line = &drawing->layers->lines[number];
    uint64_t taken = vf_html_count_of(edge->facts, "taken");
    double width = THINNEST;
    if (drawing->most)
        width += (THICKEST - THINNEST) * (double)taken / (double)drawing->most;
    if (line->count < 2)
        return;
    vf_text_print(page, "<g><title>");
    vf_html_text(page, vf_html_text_of(edge->facts, "from"));
    vf_text_print(page, " to ");
    vf_html_text(page, vf_html_text_of(edge->facts, "to"));
    vf_text_print(page, ": ");
    vf_html_count(page, taken);
    vf_text_print(page, " taken, ");
    vf_html_count(page, edge->dropped);
    vf_text_print(page, " dropped</title><path class=\"edge%s\" stroke-width=\"%.1f\" d=\"",
                  edge->dropped ? " drops" : "", width);
    add_path(page, line);
    vf_text_print(page, "\"/>");
    const struct vf_layers_point *tip = &line->points[line->count - 1];
    vf_text_print(page, "<path class=\"tip%s\" d=\"M%.0f %.0fl%.1f -%dh%.1fz\"/>",
                  edge->dropped ? " drops" : "", tip->x, tip->y, -3.5 - 0.7 * width, HEAD,
                  7 + 1.4 * width);
    vf_text_print(page, "</g>");
}

/* What came and what went, in one line. */
static void add_counts(struct vf_text *page, const struct vf_outline_task *task)
{
    if (task->has_in) {
        vf_html_count(page, task->in);
        vf_text_print(page, " in");
    }
    if (task->has_out) {
        vf_text_print(page, "%s", task->has_in ? ", " : "");
        vf_html_count(page, task->out);
        vf_text_print(page, " out");
    }
}

static void add_box(struct vf_text *page, const struct drawing *drawing, size_t number)
{
    const struct vf_outline_task *task = &drawing->outline->tasks[number];
    const struct vf_layers_box *box = &drawing->layers->boxes[number];
    int rail = drawing->box_width - 2 * BOX_INDENT;
    double busy = vf_html_number_of(task->facts, "busy");
    busy = busy < 0 ? 0 : busy > 1 ? 1 : busy;
    uint64_t restarts = vf_html_count_of(task->facts, "restarts");
    vf_text_print(page, "<g transform=\"translate(%.0f %.0f)\"><title>", box->x, box->y);
    vf_html_text(page, task->name);
    vf_text_print(page, " (");
    vf_html_text(page, vf_html_text_of(task->facts, "type"));
    vf_text_print(page, "): at work ");
    vf_html_part(page, busy);
    vf_text_print(page,
                  " of its time</title><rect class=\"box%s\" width=\"%d\" height=\"%d\" rx=\"7\"/>",
                  task->has_failed ? " bad" : "", drawing->box_width, BOX_HEIGHT);
    vf_text_print(page, "<text class=\"name\" x=\"11\" y=\"20\">");
    vf_html_cut(page, task->name, drawing->box_text);
    vf_text_print(page, "</text><text class=\"soft\" x=\"11\" y=\"36\">");
    vf_html_cut(page, vf_html_text_of(task->facts, "type"), drawing->box_text);
    if (task->has_failed)
        vf_text_print(page, "<tspan class=\"loss\">, failed</tspan>");
    else if (restarts)
        vf_text_print(page, "<tspan class=\"loss\">, started again %" PRIu64 "\xc3\x97</tspan>",
                      restarts);
    vf_text_print(page, "</text><text x=\"11\" y=\"52\">");
    add_counts(page, task);
    vf_text_print(page,
                  "</text><rect class=\"rail\" x=\"11\" y=\"57\" width=\"%d\" height=\"%d\"/>"
                  "<rect class=\"busy\" x=\"11\" y=\"57\" width=\"%.1f\" height=\"%d\"/></g>\n",
                  rail, BAR_HEIGHT, rail * busy, BAR_HEIGHT);
}

int vf_drawing_add(struct vf_text *page, const struct vf_outline *outline)
{
    struct drawing drawing = {.outline = outline};
    size_boxes(&drawing);
    int err = lay_out(&drawing);
    if (!err) {
        double width = drawing.layers->width, height = drawing.layers->height;
        if (width > WIDE)
            vf_text_print(page, "<input type=\"checkbox\" id=\"fit\"><label for=\"fit\">Fit it to "
                                "the width of the page</label>\n");
        vf_text_print(page, "<div class=\"graph\" tabindex=\"0\" role=\"region\" "
                            "aria-label=\"Graph of the flow\">\n");
        vf_text_print(page,
                      "<svg class=\"flow\" role=\"img\" aria-label=\"Graph of %zu tasks and %zu "
                      "edges; the tables of tasks and edges have what it shows\" "
                      "style=\"--width:%.0fpx\" viewBox=\"0 0 %.0f %.0f\">\n",
                      outline->task_count, drawing.shown_count, width, width, height);
        for (size_t i = 0; i < drawing.shown_count; i++)
            add_edge(page, &drawing, i);
        for (size_t i = 0; i < drawing.shown_count; i++)
            add_loss(page, &drawing, i);
        for (size_t i = 0; i < outline->task_count; i++)
            add_box(page, &drawing, i);
        vf_text_print(page, "</svg>\n</div>\n");
    }
    vf_layers_destroy(&drawing.layers);
    free(drawing.shown);
    return err;
}
