/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/found.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "nodes/value/boxes.h"

int vf_found_send(struct vf_node_run *run, unsigned port, const struct vf_found_list *found,
                  const struct vf_message *input)
{
    struct vf_payload *payload = NULL;
    struct vf_message *message = NULL;
    size_t row = VF_BOX_COLUMNS * sizeof(double);
    int err = found->count ? vf_node_allocate(run, found->count * row, &payload) : VF_OK;
    for (size_t i = 0; i < found->count && !err; i++) {
        const struct vf_found *item = &found->items[i];
        const double numbers[VF_BOX_COLUMNS] = {item->ymin, item->xmin,  item->ymax,
                                                item->xmax, item->class, item->score};
        memcpy(payload->data + i * row, numbers, row);
    }
    if (!err)
        err = vf_message_create(&message, VF_VALUE_ARRAY, &payload);
    vf_payload_drop(&payload);
    if (!err) {
        message->description.array = (struct vf_array){
            .dtype = "<f8", .dimensions = 2, .shape = {found->count, VF_BOX_COLUMNS}};
        vf_message_follow(message, input);
    }
    return vf_node_emit_made(run, port, err, &message);
}

int vf_found_send_value(struct vf_node_run *run, unsigned port, json_t *value,
                        const struct vf_message *input)
{
    struct vf_message *message = NULL;
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    json_decref(value);
    int err = text ? vf_message_create_json(&message, text, strlen(text)) : -ENOMEM;
    free(text);
    if (!err)
        vf_message_follow(message, input);
    if (!err)
        err = vf_node_emit(run, port, &message);
    vf_message_destroy(&message);
    return err;
}

int vf_found_send_rows(struct vf_node_run *run, unsigned port, const struct vf_found_list *found,
                       const struct vf_message *input)
{
    json_t *all = json_array();
    for (size_t i = 0; i < found->count; i++) {
        const struct vf_found *item = &found->items[i];
        json_array_append_new(all,
                              json_pack("[f, f, f, f, I, f]", item->ymin, item->xmin, item->ymax,
                                        item->xmax, (json_int_t)item->class, item->score));
    }
    return vf_found_send_value(run, port, all, input);
}

int vf_found_send_null(struct vf_node_run *run, unsigned port, const struct vf_message *input)
{
    return vf_found_send_value(run, port, json_null(), input);
}

json_t *vf_found_pixels(double number)
{
    return json_real(round(number * 100) / 100);
}

json_t *vf_found_describe(const struct vf_found *item, const struct vf_option_texts *names)
{
    json_t *corners = json_array();
    const double places[] = {item->ymin, item->xmin, item->ymax, item->xmax};
    for (size_t i = 0; i < VF_COUNT(places); i++)
        json_array_append_new(corners, vf_found_pixels(places[i]));
    json_t *object = json_pack("{s:o, s:I, s:f}", "box", corners, "class", (json_int_t)item->class,
                               "score", round(item->score * 10000) / 10000);
    json_t *slanted = item->is_slanted ? json_array() : NULL;
    for (size_t i = 0; i < VF_COUNT(item->corners) && slanted; i += 2)
        json_array_append_new(slanted, json_pack("[o, o]", vf_found_pixels(item->corners[i + 1]),
                                                 vf_found_pixels(item->corners[i])));
    if (slanted)
        json_object_set_new(object, "corners", slanted);
    if (item->class < names->count)
        json_object_set_new(object, "name", json_string(names->items[item->class]));
    return object;
}

int vf_found_send_objects(struct vf_node_run *run, unsigned port, const struct vf_found_list *found,
                          const struct vf_option_texts *names, const struct vf_message *input)
{
    json_t *all = json_array();
    for (size_t i = 0; i < found->count; i++)
        json_array_append_new(all, vf_found_describe(&found->items[i], names));
    return vf_found_send_value(run, port, all, input);
}
