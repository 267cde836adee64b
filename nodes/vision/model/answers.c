/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/answers.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

#define BOX_COLUMNS 6

int vf_found_send_boxes(const struct vf_answer *answer, const struct vf_found_list *found)
{
    struct vf_node_run *run = answer->run;
    struct vf_payload *payload = NULL;
    struct vf_message *message = NULL;
    size_t row = BOX_COLUMNS * sizeof(double);
    int err = found->count ? vf_node_allocate(run, found->count * row, &payload) : VF_OK;
    for (size_t i = 0; i < found->count && !err; i++) {
        const struct vf_found *item = &found->items[i];
        const double numbers[BOX_COLUMNS] = {item->ymin, item->xmin,  item->ymax,
                                             item->xmax, item->class, item->score};
        memcpy(payload->data + i * row, numbers, row);
    }
    if (!err)
        err = vf_message_create(&message, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (!err) {
        message->description.array = (struct vf_array){
            .dtype = "<f8", .dimensions = 2, .shape = {found->count, BOX_COLUMNS}};
        vf_message_follow(message, answer->input);
    }
    return vf_node_emit_made(run, answer->port, err, &message);
}

/* To a hundredth of a pixel: more is noise. */
static json_t *rounded(double number)
{
    return json_real(round(number * 100) / 100);
}

/* The key points of an object, as y, x and a score. */
static json_t *list_points(struct vf_model *model, unsigned place, const struct vf_found *item)
{
    const struct vf_card *card = vf_model_card(model);
    size_t count = (size_t)card->point_count;
    float(*points)[3] = count ? calloc(count, sizeof(*points)) : NULL;
    json_t *list =
        points && vf_model_points(model, place, item, points) == VF_OK ? json_array() : NULL;
    for (size_t i = 0; i < count && list; i++) {
        json_t *point = json_pack("[o, o]", rounded(points[i][1]), rounded(points[i][0]));
        if (card->point_numbers == 3)
            json_array_append_new(point, json_real(round(points[i][2] * 10000.0) / 10000));
        json_array_append_new(list, point);
    }
    free(points);
    return list;
}

static json_t *describe(const struct vf_option_texts *names, const struct vf_found *item)
{
    json_t *corners = json_array();
    const double places[] = {item->ymin, item->xmin, item->ymax, item->xmax};
    for (size_t i = 0; i < VF_COUNT(places); i++)
        json_array_append_new(corners, rounded(places[i]));
    json_t *object = json_pack("{s:o, s:I, s:f}", "box", corners, "class", (json_int_t)item->class,
                               "score", round(item->score * 10000) / 10000);
    json_t *slanted = item->is_slanted ? json_array() : NULL;
    for (size_t i = 0; i < VF_COUNT(item->corners) && slanted; i += 2)
        json_array_append_new(
            slanted, json_pack("[o, o]", rounded(item->corners[i + 1]), rounded(item->corners[i])));
    if (slanted)
        json_object_set_new(object, "corners", slanted);
    if (item->class < names->count)
        json_object_set_new(object, "name", json_string(names->items[item->class]));
    return object;
}

json_t *vf_found_describe(struct vf_model *model, unsigned place, const struct vf_found_list *found)
{
    json_t *all = json_array();
    for (size_t i = 0; i < found->count; i++) {
        json_t *object = describe(&vf_model_card(model)->classes, &found->items[i]);
        json_t *points = list_points(model, place, &found->items[i]);
        if (points)
            json_object_set_new(object, "points", points);
        json_array_append_new(all, object);
    }
    return all;
}

int vf_value_send(const struct vf_answer *answer, json_t *value)
{
    struct vf_message *message = NULL;
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    int err = text ? vf_message_create_json(&message, text, strlen(text)) : -ENOMEM;
    free(text);
    if (!err)
        vf_message_follow(message, answer->input);
    if (!err)
        err = vf_node_emit(answer->run, answer->port, &message);
    vf_message_destroy(&message);
    return err;
}

int vf_found_send_objects(const struct vf_answer *answer, struct vf_model *model, unsigned place,
                          const struct vf_found_list *found)
{
    return vf_value_send(answer, vf_found_describe(model, place, found));
}

int vf_found_send_named(const struct vf_answer *answer, const struct vf_option_texts *names,
                        const struct vf_found_list *found)
{
    json_t *all = json_array();
    for (size_t i = 0; i < found->count; i++)
        json_array_append_new(all, describe(names, &found->items[i]));
    return vf_value_send(answer, all);
}

int vf_found_send_rows(const struct vf_answer *answer, const struct vf_found_list *found)
{
    json_t *all = json_array();
    for (size_t i = 0; i < found->count; i++) {
        const struct vf_found *item = &found->items[i];
        json_array_append_new(all,
                              json_pack("[f, f, f, f, I, f]", item->ymin, item->xmin, item->ymax,
                                        item->xmax, (json_int_t)item->class, item->score));
    }
    return vf_value_send(answer, all);
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
