/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/answers.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/vision/model/found.h"

/* The key points of an object, as y, x and a score. */
static json_t *list_points(struct vf_model *model, unsigned place, const struct vf_found *item)
{
    const struct vf_card *card = vf_model_card(model);
    size_t count = (size_t)card->point_count;
    float(*points)[3] = count ? calloc(count, sizeof(*points)) : NULL;
    json_t *list =
        points && vf_model_points(model, place, item, points) == VF_OK ? json_array() : NULL;
    for (size_t i = 0; i < count && list; i++) {
        json_t *point =
            json_pack("[o, o]", vf_found_pixels(points[i][1]), vf_found_pixels(points[i][0]));
        if (card->point_numbers == 3)
            json_array_append_new(point, json_real(round(points[i][2] * 10000.0) / 10000));
        json_array_append_new(list, point);
    }
    free(points);
    return list;
}

json_t *vf_model_describe(struct vf_model *model, unsigned place, const struct vf_found_list *found)
{
    json_t *all = json_array();
    for (size_t i = 0; i < found->count; i++) {
        const struct vf_found *item = &found->items[i];
        json_t *object = vf_found_describe(item, &vf_model_card(model)->classes);
        json_t *points = list_points(model, place, item);
        if (points)
            json_object_set_new(object, "points", points);
        json_array_append_new(all, object);
    }
    return all;
}

int vf_model_send_masks(const struct vf_answer *answer, struct vf_model *model, unsigned place,
                        const struct vf_found_list *found)
{
    struct vf_mask_grid grid = {0};
    struct vf_payload *payload = NULL;
    struct vf_message *message = NULL;
    int err = vf_model_masks(model, place, &grid);
    if (err)
        return err == VF_DROPPED ? VF_OK : err;
    size_t size = grid.width * grid.height;
    if (found->count)
        err = vf_node_allocate(answer->run, found->count * size, &payload);
    for (size_t i = 0; i < found->count && !err; i++)
        err = vf_model_mask(model, place, &grid, &found->items[i], payload->data + i * size);
    if (!err)
        err = vf_message_create(&message, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (!err) {
        message->description.array = (struct vf_array){
            .dtype = "|u1", .dimensions = 3, .shape = {found->count, grid.height, grid.width}};
        vf_message_follow(message, answer->input);
    }
    vf_mask_grid_finish(&grid);
    return vf_node_emit_made(answer->run, answer->port, err, &message);
}

int vf_tensor_send(const struct vf_answer *answer, const struct vf_tensor *tensor)
{
    struct vf_payload *payload = NULL;
    struct vf_message *message = NULL;
    struct vf_array array = {.dimensions = tensor->rank};
    size_t size = vf_element_size(tensor->element);
    for (unsigned i = 0; i < tensor->rank; i++) {
        array.shape[i] = (uint64_t)tensor->shape[i];
        size *= (size_t)tensor->shape[i];
    }
    snprintf(array.dtype, sizeof(array.dtype), "%s", vf_element_dtype(tensor->element));
    int err = size ? vf_node_allocate(answer->run, size, &payload) : VF_OK;
    if (!err && size)
        memcpy(payload->data, tensor->data, size);
    if (!err)
        err = vf_message_create(&message, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (!err) {
        message->description.array = array;
        vf_message_follow(message, answer->input);
    }
    return vf_node_emit_made(answer->run, answer->port, err, &message);
}
