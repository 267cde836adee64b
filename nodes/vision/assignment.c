/* SPDX-License-Identifier: MIT */
#include "nodes/vision/assignment.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* The table as it is solved: with at least as many columns as rows. Rows and columns are numbered from
 * 1; column 0 stands for the row that is being added. */
struct table {
    const double *costs;
    size_t rows, columns;
    bool is_turned; /* its rows are the columns of what was given */
    double limit;
    double *row_potentials, *column_potentials, *slack;
    size_t *row_of, *way; /* by column: the row that has it; the column before it on the path */
    bool *is_visited;
};

/* What costs too much costs more than all other pairs together, so that as few as can be are
 * made. */
static double cost_of(const struct table *table, size_t row, size_t column)
{
    size_t i = table->is_turned ? (column - 1) * table->rows + row - 1
                                : (row - 1) * table->columns + column - 1;
    double cost = table->costs[i];
    return cost < table->limit ? cost : (double)table->rows + 1;
}

/* Takes the cheapest step from the column at the end of the path. Returns the column that it leads
 * to. */
static size_t step(struct table *table, size_t column)
{
    size_t row = table->row_of[column], next = 0;
    double least = INFINITY;
    table->is_visited[column] = true;
    for (size_t i = 1; i <= table->columns; i++) {
        if (table->is_visited[i])
            continue;
        double reduced =
            cost_of(table, row, i) - table->row_potentials[row] - table->column_potentials[i];
        if (reduced < table->slack[i]) {
            table->slack[i] = reduced;
            table->way[i] = column;
        }
        if (table->slack[i] < least) {
            least = table->slack[i];
            next = i;
        }
    }
    for (size_t i = 0; i <= table->columns; i++) {
        if (table->is_visited[i]) {
            table->row_potentials[table->row_of[i]] += least;
            table->column_potentials[i] -= least;
        } else {
            table->slack[i] -= least;
        }
    }
    return next;
}

/* Gives a row a column; others may get another for it. */
static void add_row(struct table *table, size_t row)
{
    size_t column = 0;
    table->row_of[0] = row;
    for (size_t i = 0; i <= table->columns; i++) {
        table->slack[i] = INFINITY;
        table->is_visited[i] = false;
    }
    do
        column = step(table, column);
    while (table->row_of[column]);
    for (size_t before; column; column = before) {
        before = table->way[column];
        table->row_of[column] = table->row_of[before];
    }
}

static void choose(const struct table *table, size_t *chosen)
{
    for (size_t column = 1; column <= table->columns; column++) {
        size_t row = table->row_of[column];
        if (!row || cost_of(table, row, column) > 1)
            continue;
        if (table->is_turned)
            chosen[column - 1] = row - 1;
        else
            chosen[row - 1] = column - 1;
    }
}

int vf_assign(const double *costs, size_t rows, size_t columns, double limit, size_t *chosen)
{
    bool is_turned = rows > columns;
    struct table table = {.costs = costs,
                          .rows = is_turned ? columns : rows,
                          .columns = is_turned ? rows : columns,
                          .is_turned = is_turned,
                          .limit = limit};
    size_t places = table.columns + 1;
    for (size_t row = 0; row < rows; row++)
        chosen[row] = VF_UNASSIGNED;
    table.row_potentials = calloc(table.rows + 1, sizeof(double));
    table.column_potentials = calloc(places, sizeof(double));
    table.slack = calloc(places, sizeof(double));
    table.row_of = calloc(places, sizeof(size_t));
    table.way = calloc(places, sizeof(size_t));
    table.is_visited = calloc(places, sizeof(bool));
    int err = table.row_potentials && table.column_potentials && table.slack && table.row_of &&
                      table.way && table.is_visited
                  ? VF_OK
                  : -ENOMEM;
    for (size_t row = 1; row <= table.rows && !err; row++)
        add_row(&table, row);
    if (!err)
        choose(&table, chosen);
    free(table.row_potentials);
    free(table.column_potentials);
    free(table.slack);
    free(table.row_of);
    free(table.way);
    free(table.is_visited);
    return err;
}
