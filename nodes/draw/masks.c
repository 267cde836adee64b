/* SPDX-License-Identifier: MIT */
#include "nodes/draw/masks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/message/array_items.h"
#include "nodes/value/value_text.h"

#define LARGEST_SIDE 32768

static int refuse(const char *problem)
{
    vf_log(VF_LOG_ERROR, "masks cannot be read: %s", problem);
    return -EINVAL;
}

/* Makes *items hold `count` of `size` bytes. */
static int reserve(void **items, size_t count, size_t size)
{
    void *grown = realloc(*items, count * size);
    if (!grown)
        return -ENOMEM;
    *items = grown;
    return VF_OK;
}

static int reserve_row(struct vf_mask_list *masks)
{
    size_t width = (size_t)masks->width;
    if (width <= masks->row_capacity)
        return VF_OK;
    void *row = masks->row, *line = masks->line;
    int err = reserve(&row, width, sizeof(*masks->row));
    masks->row = row;
    if (!err)
        err = reserve(&line, width, sizeof(*masks->line));
    masks->line = line;
    if (!err)
        masks->row_capacity = width;
    return err;
}

int vf_mask_list_read(struct vf_mask_list *masks, const struct vf_message *message)
{
    const struct vf_array *array = &message->description.array;
    if (message->description.type != VF_VALUE_ARRAY)
        return refuse("not an array; masks are one of n x height x width");
    masks->count = 0;
    if (array->dimensions > 0 && array->shape[0] == 0)
        return VF_OK;
    if (array->dimensions != 2 && array->dimensions != 3)
        return refuse("an array of another form than n x height x width");
    const uint64_t *sides = &array->shape[array->dimensions - 2];
    if (sides[0] < 1 || sides[1] < 1 || sides[0] > LARGEST_SIDE || sides[1] > LARGEST_SIDE)
        return refuse("a side of theirs is 0, or more than 32768");
    masks->height = (int)sides[0];
    masks->width = (int)sides[1];
    masks->bytes = message->payload->data;
    memcpy(masks->dtype, array->dtype, sizeof(masks->dtype));
    int err = reserve_row(masks);
    if (!err)
        masks->count = array->dimensions == 3 ? array->shape[0] : 1;
    return err;
}

void vf_mask_list_finish(struct vf_mask_list *masks)
{
    free(masks->row);
    free(masks->line);
    free(masks->columns);
    *masks = (struct vf_mask_list){0};
}

/* Sets the columns of the mask that pixels of a row of `width` go by: the nearest. */
static int map_columns(struct vf_mask_list *masks, int width)
{
    if ((size_t)width > masks->column_capacity) {
        void *columns = masks->columns;
        int err = reserve(&columns, (size_t)width, sizeof(*masks->columns));
        masks->columns = columns;
        if (err)
            return err;
        masks->column_capacity = (size_t)width;
    }
    for (int x = 0; x < width; x++)
        masks->columns[x] = (int)((2 * (int64_t)x + 1) * masks->width / (2 * (int64_t)width));
    return VF_OK;
}

/* Reads row `y` of a mask as coverage. */
static void read_line(struct vf_mask_list *masks, size_t index, int y, double threshold)
{
    size_t width = (size_t)masks->width, item = vf_array_item_size(masks->dtype);
    const uint8_t *bytes =
        masks->bytes + (index * (size_t)masks->height + (size_t)y) * width * item;
    if (item == 1) {
        for (size_t x = 0; x < width; x++)
            masks->line[x] = bytes[x] ? 255 : 0;
        return;
    }
    bool is_real = masks->dtype[1] == 'f';
    vf_array_items_read(masks->row, masks->dtype, bytes, width);
    for (size_t x = 0; x < width; x++)
        masks->line[x] = (is_real ? masks->row[x] >= threshold : masks->row[x] != 0) ? 255 : 0;
}

int vf_mask_list_cover(struct vf_mask_list *masks, size_t index, double threshold, int width,
                       int height, struct vf_coverage *coverage)
{
    const struct vf_rectangle place = {.width = width, .height = height};
    int err = vf_coverage_clear(coverage, &place);
    if (!err)
        err = map_columns(masks, width);
    int last = -1;
    for (int y = 0; y < height && !err; y++) {
        uint8_t *row = coverage->rows + (size_t)y * (size_t)width;
        int mask_row = (int)((2 * (int64_t)y + 1) * masks->height / (2 * (int64_t)height));
        if (mask_row == last) {
            memcpy(row, row - width, (size_t)width);
            continue;
        }
        read_line(masks, index, mask_row, threshold);
        for (int x = 0; x < width; x++)
            row[x] = masks->line[masks->columns[x]];
        last = mask_row;
    }
    return err;
}

void vf_number_list_finish(struct vf_number_list *numbers)
{
    free(numbers->items);
    *numbers = (struct vf_number_list){0};
}

static int read_json(double *items, const struct vf_message *message, size_t count)
{
    json_t *list = vf_value_parse(message);
    int err = json_is_array(list) && json_array_size(list) == count ? VF_OK : -EINVAL;
    for (size_t i = 0; i < count && !err; i++) {
        const json_t *number = json_array_get(list, i);
        items[i] = json_number_value(number);
        err = json_is_number(number) ? VF_OK : -EINVAL;
    }
    json_decref(list);
    return err;
}

static int read_array(double *items, const struct vf_message *message, size_t count)
{
    const struct vf_array *array = &message->description.array;
    if (array->dimensions != 1 || array->shape[0] != count)
        return -EINVAL;
    vf_array_items_read(items, array->dtype, message->payload->data, count);
    return VF_OK;
}

int vf_number_list_read(struct vf_number_list *numbers, const struct vf_message *message,
                        size_t count, const char *name)
{
    if (!numbers->items || count > numbers->capacity) {
        void *items = numbers->items;
        int err = reserve(&items, count + 1, sizeof(*numbers->items));
        numbers->items = items;
        if (err)
            return err;
        numbers->capacity = count;
    }
    bool is_array = message->description.type == VF_VALUE_ARRAY;
    int err = count == 0 ? VF_OK
              : is_array ? read_array(numbers->items, message, count)
                         : read_json(numbers->items, message, count);
    if (err == -EINVAL)
        vf_log(VF_LOG_ERROR, "%s cannot be read: they are not a list of %zu numbers, one a mask",
               name, count);
    return err;
}
