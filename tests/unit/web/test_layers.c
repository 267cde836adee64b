/* SPDX-License-Identifier: MIT */
/* How a flow is drawn: boxes in layers, and lines between them. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/web/layout/lattice.h"
#include "engine/web/layout/layers.h"
#include "engine/web/layout/order.h"
#include "engine/web/layout/ranks.h"
#include "engine/web/layout/straight.h"

enum { MOST = 400, WIDTH = 200, HEIGHT = 70 };

static struct vf_layers_node nodes[MOST];
static struct vf_layers_edge edges[4 * MOST];
static struct vf_layers_graph graph;
static struct vf_layers *layers;

static void setup(void)
{
    for (size_t i = 0; i < MOST; i++)
        nodes[i] = (struct vf_layers_node){WIDTH, HEIGHT};
    graph = (struct vf_layers_graph){.nodes = nodes, .edges = edges};
    layers = NULL;
}

static void teardown(void)
{
    vf_layers_destroy(&layers);
    ck_assert_ptr_null(layers);
}

static void connect_tasks(size_t from, size_t to)
{
    edges[graph.edge_count++] = (struct vf_layers_edge){from, to};
}

static void check_boxes(void)
{
    for (size_t i = 0; i < layers->box_count; i++) {
        const struct vf_layers_box *a = &layers->boxes[i];
        ck_assert_double_ge(a->x, VF_LAYERS_MARGIN);
        ck_assert_double_ge(a->y, VF_LAYERS_MARGIN);
        ck_assert_double_le(a->x + nodes[i].width, layers->width - VF_LAYERS_MARGIN + 1e-6);
        ck_assert_double_le(a->y + nodes[i].height, layers->height - VF_LAYERS_MARGIN + 1e-6);
        for (size_t k = 0; k < i; k++) {
            const struct vf_layers_box *b = &layers->boxes[k];
            double beside = fmax(b->x - (a->x + nodes[i].width), a->x - (b->x + nodes[k].width));
            double below = fmax(b->y - (a->y + nodes[i].height), a->y - (b->y + nodes[k].height));
            ck_assert_msg(fmax(beside, below) > VF_LAYERS_BOX_GAP - 1e-6,
                          "boxes %zu and %zu are too near", k, i);
        }
    }
}

/* A line that leads through a box would be read as one that ends there. */
static void check_that_upright_lines_pass_boxes(const struct vf_layers_line *line)
{
    for (size_t i = 2; i + 1 < line->count; i++) {
        const struct vf_layers_point *a = &line->points[i - 1], *b = &line->points[i];
        if (a->x != b->x)
            continue;
        for (size_t k = 0; k < layers->box_count; k++) {
            const struct vf_layers_box *box = &layers->boxes[k];
            bool is_within = a->x > box->x && a->x < box->x + nodes[k].width &&
                             fmin(a->y, b->y) < box->y + nodes[k].height &&
                             fmax(a->y, b->y) > box->y;
            ck_assert_msg(!is_within, "a line leads through box %zu", k);
        }
    }
}

static void check_lines(void)
{
    for (size_t i = 0; i < layers->line_count; i++) {
        const struct vf_layers_line *line = &layers->lines[i];
        const struct vf_layers_box *from = &layers->boxes[edges[i].from];
        const struct vf_layers_box *to = &layers->boxes[edges[i].to];
        ck_assert_uint_ge(line->count, 2);
        struct vf_layers_point first = line->points[0], last = line->points[line->count - 1];
        ck_assert_double_eq_tol(first.y, from->y + nodes[edges[i].from].height, 1e-6);
        ck_assert_double_eq_tol(last.y, to->y, 1e-6);
        ck_assert_double_gt(first.x, from->x);
        ck_assert_double_lt(first.x, from->x + nodes[edges[i].from].width);
        ck_assert_double_gt(last.x, to->x);
        ck_assert_double_lt(last.x, to->x + nodes[edges[i].to].width);
        check_that_upright_lines_pass_boxes(line);
    }
}

static void lay_out(size_t node_count)
{
    graph.node_count = node_count;
    ck_assert_int_eq(vf_layers_create(&layers, &graph), VF_OK);
    ck_assert_uint_eq(layers->box_count, node_count);
    ck_assert_uint_eq(layers->line_count, graph.edge_count);
    check_boxes();
    check_lines();
}

/* Returns how many edges do not lead downwards. */
static size_t count_upward(void)
{
    size_t count = 0;
    for (size_t i = 0; i < graph.edge_count; i++)
        count += layers->boxes[edges[i].from].layer >= layers->boxes[edges[i].to].layer;
    return count;
}

/* Returns how many lines cross in the drawing of a connected graph. */
static size_t crossings_of(size_t node_count)
{
    size_t ranks[MOST], crossings;
    bool is_upward[4 * MOST] = {false};
    struct vf_lattice lattice;
    graph.node_count = node_count;
    ck_assert_int_eq(vf_ranks_find(&graph, ranks, is_upward), VF_OK);
    ck_assert_int_eq(vf_lattice_init(&lattice, &graph, ranks, is_upward), VF_OK);
    ck_assert_int_eq(vf_order_find(&lattice, &crossings), VF_OK);
    vf_lattice_finish(&lattice);
    return crossings;
}

static double middle_of(size_t node)
{
    return layers->boxes[node].x + nodes[node].width / 2;
}

static void check_that_line_is_straight(size_t edge)
{
    const struct vf_layers_line *line = &layers->lines[edge];
    for (size_t i = 1; i < line->count; i++)
        ck_assert_double_eq_tol(line->points[i].x, line->points[0].x, 1e-6);
}

START_TEST(nothing_has_no_boxes)
{
    lay_out(0);
    ck_assert_double_eq(layers->width, 0);
}
END_TEST

START_TEST(one_task_stands_within_the_margin)
{
    lay_out(1);
    ck_assert_double_eq(layers->boxes[0].x, VF_LAYERS_MARGIN);
    ck_assert_double_eq(layers->width, WIDTH + 2 * VF_LAYERS_MARGIN);
    ck_assert_double_eq(layers->height, HEIGHT + 2 * VF_LAYERS_MARGIN);
}
END_TEST

START_TEST(a_chain_is_one_straight_line)
{
    for (size_t i = 0; i < 5; i++)
        connect_tasks(i, i + 1);
    lay_out(6);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_uint_eq(layers->boxes[i].layer, i);
        check_that_line_is_straight(i);
    }
}
END_TEST

START_TEST(boxes_of_several_sizes_stand_in_the_middle_of_their_layers)
{
    nodes[1] = (struct vf_layers_node){80, 30};
    nodes[2] = (struct vf_layers_node){320, 110};
    connect_tasks(0, 1);
    connect_tasks(0, 2);
    connect_tasks(1, 3);
    connect_tasks(2, 3);
    lay_out(4);
    ck_assert_double_eq_tol(layers->boxes[1].y + 15, layers->boxes[2].y + 55, 1e-6);
}
END_TEST

START_TEST(two_branches_stand_left_and_right_of_what_they_come_from)
{
    connect_tasks(0, 1);
    connect_tasks(0, 2);
    connect_tasks(1, 3);
    connect_tasks(2, 3);
    lay_out(4);
    ck_assert_double_eq_tol(middle_of(0), (middle_of(1) + middle_of(2)) / 2, 1e-6);
    ck_assert_double_eq_tol(middle_of(3), middle_of(0), 1e-6);
    ck_assert_double_lt(middle_of(1), middle_of(2));
}
END_TEST

START_TEST(edges_of_the_same_two_tasks_run_side_by_side)
{
    connect_tasks(0, 1);
    connect_tasks(0, 1);
    lay_out(2);
    check_that_line_is_straight(0);
    check_that_line_is_straight(1);
    ck_assert_double_gt(layers->lines[1].points[0].x, layers->lines[0].points[0].x + 10);
}
END_TEST

START_TEST(a_long_edge_is_straight_where_it_passes_layers)
{
    connect_tasks(0, 1);
    connect_tasks(1, 2);
    connect_tasks(2, 3);
    connect_tasks(3, 4);
    connect_tasks(0, 4);
    lay_out(5);
    const struct vf_layers_line *line = &layers->lines[4];
    ck_assert_uint_eq(line->count, 8);
    for (size_t i = 2; i < 7; i++)
        ck_assert_double_eq_tol(line->points[i].x, line->points[1].x, 1e-6);
}
END_TEST

START_TEST(a_source_stands_next_to_who_reads_it)
{
    for (size_t i = 0; i < 4; i++)
        connect_tasks(i, i + 1);
    connect_tasks(5, 6);
    connect_tasks(6, 4);
    lay_out(7);
    ck_assert_uint_eq(layers->boxes[4].layer, 4);
    ck_assert_uint_eq(layers->boxes[6].layer, 3);
    ck_assert_uint_eq(layers->boxes[5].layer, 2);
}
END_TEST

START_TEST(layers_make_edges_as_short_as_they_can_be)
{
    /* Two sources of one reader, deep and shallow, and a sink of the first. */
    connect_tasks(0, 1);
    connect_tasks(1, 2);
    connect_tasks(2, 3);
    connect_tasks(0, 4);
    connect_tasks(5, 3);
    connect_tasks(5, 6);
    lay_out(7);
    size_t length = 0;
    for (size_t i = 0; i < graph.edge_count; i++)
        length += layers->boxes[edges[i].to].layer - layers->boxes[edges[i].from].layer;
    ck_assert_uint_eq(length, graph.edge_count);
}
END_TEST

START_TEST(trees_have_no_crossings)
{
    for (size_t i = 1; i < 85; i++)
        connect_tasks((i - 1) / 4, i);
    ck_assert_uint_eq(crossings_of(85), 0);
    lay_out(85);
    ck_assert_uint_eq(count_upward(), 0);
}
END_TEST

START_TEST(lanes_that_are_named_in_disorder_are_untangled)
{
    /* One source, eight lanes of three tasks, one sink: lane i goes on at another number. */
    for (size_t i = 0; i < 8; i++) {
        connect_tasks(0, 1 + i);
        connect_tasks(1 + i, 9 + (5 * i + 3) % 8);
        connect_tasks(9 + (5 * i + 3) % 8, 17 + (3 * i + 1) % 8);
        connect_tasks(17 + (3 * i + 1) % 8, 25);
    }
    ck_assert_uint_eq(crossings_of(26), 0);
    lay_out(26);
}
END_TEST

START_TEST(as_many_lines_cross_as_must)
{
    /* Three tasks that are each read by the same three: K(3,3) in two layers has nine crossings. */
    for (size_t i = 0; i < 9; i++)
        connect_tasks(i / 3, 3 + i % 3);
    ck_assert_uint_eq(crossings_of(6), 9);
}
END_TEST

START_TEST(an_edge_that_closes_a_circle_leads_upwards)
{
    connect_tasks(0, 1);
    connect_tasks(1, 2);
    connect_tasks(2, 3);
    connect_tasks(3, 1);
    lay_out(4);
    ck_assert_uint_eq(count_upward(), 1);
    ck_assert_uint_eq(layers->boxes[3].layer, 3);
    const struct vf_layers_line *line = &layers->lines[3];
    ck_assert_double_gt(line->points[1].y, line->points[0].y);
    ck_assert_double_lt(line->points[line->count - 2].y, layers->boxes[1].y);
}
END_TEST

START_TEST(a_circle_without_a_source_is_laid_out)
{
    connect_tasks(0, 1);
    connect_tasks(1, 2);
    connect_tasks(2, 0);
    lay_out(3);
    ck_assert_uint_eq(count_upward(), 1);
}
END_TEST

START_TEST(a_task_may_read_itself)
{
    connect_tasks(0, 1);
    connect_tasks(1, 1);
    lay_out(2);
    const struct vf_layers_line *line = &layers->lines[1];
    for (size_t i = 2; i + 2 < line->count; i++)
        ck_assert(line->points[i].x < layers->boxes[1].x ||
                  line->points[i].x > layers->boxes[1].x + WIDTH);
}
END_TEST

START_TEST(parts_stand_side_by_side_and_then_in_rows)
{
    for (size_t i = 0; i < 24; i++)
        connect_tasks(2 * i, 2 * i + 1);
    lay_out(48);
    ck_assert_double_eq(layers->boxes[0].y, layers->boxes[2].y);
    ck_assert_double_gt(layers->boxes[46].y, layers->boxes[0].y);
    ck_assert_double_lt(layers->width, 3 * layers->height);
}
END_TEST

/* Fills the graph with edges by chance, mostly to tasks that come soon after. */
static void connect_at_random(size_t node_count, size_t edge_count, unsigned seed)
{
    unsigned state = seed * 2654435761u + 1;
    for (size_t i = 0; i < edge_count; i++) {
        state = state * 1664525u + 1013904223u;
        size_t from = (state >> 8) % node_count;
        state = state * 1664525u + 1013904223u;
        size_t way = 1 + (state >> 8) % 12;
        size_t to =
            state >> 28 ? (from + way) % node_count : (from + node_count - way) % node_count;
        connect_tasks(from, to);
    }
}

START_TEST(any_graph_is_drawn_without_overlap)
{
    size_t node_count = 2 + (size_t)_i * 5 % 60;
    connect_at_random(node_count, (size_t)_i * 7 % 90, (unsigned)_i);
    lay_out(node_count);
}
END_TEST

START_TEST(two_hundred_tasks_are_drawn)
{
    connect_at_random(200, 300, 7);
    lay_out(200);
}
END_TEST

START_TEST(a_chain_of_four_hundred_with_edges_over_all_of_it_is_drawn)
{
    for (size_t i = 0; i + 1 < MOST; i++)
        connect_tasks(i, i + 1);
    for (size_t i = 0; i < 20; i++)
        connect_tasks(i, MOST - 1 - i);
    lay_out(MOST);
}
END_TEST

START_TEST(the_same_graph_gets_the_same_drawing)
{
    connect_at_random(80, 120, 3);
    lay_out(80);
    struct vf_layers *again = NULL;
    ck_assert_int_eq(vf_layers_create(&again, &graph), VF_OK);
    ck_assert_mem_eq(layers->boxes, again->boxes, 80 * sizeof(*again->boxes));
    for (size_t i = 0; i < again->line_count; i++)
        ck_assert_mem_eq(layers->lines[i].points, again->lines[i].points,
                         again->lines[i].count * sizeof(*again->lines[i].points));
    vf_layers_destroy(&again);
}
END_TEST

START_TEST(what_is_no_graph_is_refused)
{
    connect_tasks(0, 2);
    graph.node_count = 2;
    ck_assert_int_eq(vf_layers_create(&layers, &graph), -EINVAL);
    ck_assert_ptr_null(layers);
    graph.edge_count = 0;
    nodes[1].height = NAN;
    ck_assert_int_eq(vf_layers_create(&layers, &graph), -EINVAL);
}
END_TEST

Suite *layers_suite(void);
Suite *layers_suite(void)
{
    Suite *suite = suite_create("layers");
    TCase *tests = tcase_create("layers");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, nothing_has_no_boxes);
    tcase_add_test(tests, one_task_stands_within_the_margin);
    tcase_add_test(tests, a_chain_is_one_straight_line);
    tcase_add_test(tests, boxes_of_several_sizes_stand_in_the_middle_of_their_layers);
    tcase_add_test(tests, two_branches_stand_left_and_right_of_what_they_come_from);
    tcase_add_test(tests, edges_of_the_same_two_tasks_run_side_by_side);
    tcase_add_test(tests, a_long_edge_is_straight_where_it_passes_layers);
    tcase_add_test(tests, a_source_stands_next_to_who_reads_it);
    tcase_add_test(tests, layers_make_edges_as_short_as_they_can_be);
    tcase_add_test(tests, trees_have_no_crossings);
    tcase_add_test(tests, lanes_that_are_named_in_disorder_are_untangled);
    tcase_add_test(tests, as_many_lines_cross_as_must);
    tcase_add_test(tests, an_edge_that_closes_a_circle_leads_upwards);
    tcase_add_test(tests, a_circle_without_a_source_is_laid_out);
    tcase_add_test(tests, a_task_may_read_itself);
    tcase_add_test(tests, parts_stand_side_by_side_and_then_in_rows);
    tcase_add_loop_test(tests, any_graph_is_drawn_without_overlap, 0, 60);
    tcase_add_test(tests, two_hundred_tasks_are_drawn);
    tcase_add_test(tests, a_chain_of_four_hundred_with_edges_over_all_of_it_is_drawn);
    tcase_add_test(tests, the_same_graph_gets_the_same_drawing);
    tcase_add_test(tests, what_is_no_graph_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
