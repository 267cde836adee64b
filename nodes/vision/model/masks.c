/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/masks.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* One side of the frame, of which the model has seen a part. */
struct side {
    int frame, area_at,
        area; /* pixels of the frame: all, and where the part begins and how long it is */
    int place_at, place; /* where that is in the picture */
    int picture;
    size_t map;
};

/* A mask is as fine as the map where it shows the frame. */
static size_t length_of(const struct side *side)
{
    double cells = (double)side->map * side->place / side->picture;
    double length = round(cells * side->frame / side->area);
    return length < 1 ? 1 : (size_t)length;
}

static size_t *make_table(const struct side *side, size_t length)
{
    size_t *table = calloc(length, sizeof(*table));
    for (size_t i = 0; i < length && table; i++) {
        double frame = ((double)i + 0.5) * side->frame / (double)length;
        double within = (frame - side->area_at) / side->area;
        double picture = side->place_at + within * side->place;
        double cell = floor(picture * (double)side->map / side->picture);
        bool is_seen = within >= 0 && within < 1 && cell >= 0 && cell < (double)side->map;
        table[i] = is_seen ? (size_t)cell : SIZE_MAX;
    }
    return table;
}

int vf_mask_grid_init(struct vf_mask_grid *grid, const struct vf_map_size *map,
                      const struct vf_model_fitting *fitting, int width, int height)
{
    const struct side columns = {
        fitting->frame_width, fitting->area.x, fitting->area.width, fitting->place.x,
        fitting->place.width, width,           map->width};
    const struct side rows = {
        fitting->frame_height, fitting->area.y, fitting->area.height, fitting->place.y,
        fitting->place.height, height,          map->height};
    *grid = (struct vf_mask_grid){
        .map = *map, .width = length_of(&columns), .height = length_of(&rows)};
    grid->across = (double)fitting->frame_width / (double)grid->width;
    grid->down = (double)fitting->frame_height / (double)grid->height;
    grid->columns = make_table(&columns, grid->width);
    grid->rows = make_table(&rows, grid->height);
    if (grid->columns && grid->rows)
        return VF_OK;
    vf_mask_grid_finish(grid);
    return -ENOMEM;
}

void vf_mask_grid_finish(struct vf_mask_grid *grid)
{
    free(grid->columns);
    free(grid->rows);
    *grid = (struct vf_mask_grid){0};
}

void vf_mask_grid_fill(const struct vf_mask_grid *grid, const uint8_t *map,
                       const struct vf_found *item, uint8_t *mask)
{
    for (size_t y = 0; y < grid->height; y++) {
        double row = ((double)y + 0.5) * grid->down;
        bool is_row = grid->rows[y] != SIZE_MAX && row >= item->ymin && row < item->ymax;
        for (size_t x = 0; x < grid->width; x++) {
            double column = ((double)x + 0.5) * grid->across;
            bool is_in = is_row && grid->columns[x] != SIZE_MAX && column >= item->xmin &&
                         column < item->xmax;
            *mask++ = is_in ? map[grid->rows[y] * grid->map.width + grid->columns[x]] : 0;
        }
    }
}
