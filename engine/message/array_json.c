/* SPDX-License-Identifier: MIT */
#include "engine/message/array_json.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/message/array_items.h"

#define FLOAT_DIGITS 9 /* that tell any float from all others */

/* The numbers that are still to come. */
struct reader {
    const struct vf_array *array;
    const uint8_t *at;
    size_t item_size;
};

/* 0.1 as a float is 0.10000000149 as a double, which nobody has written. */
static double shorten(float real)
{
    char digits[32];
    for (int precision = 6; precision <= FLOAT_DIGITS; precision++) {
        snprintf(digits, sizeof(digits), "%.*g", precision, (double)real);
        if (strtof(digits, NULL) == real)
            break;
    }
    return strtod(digits, NULL);
}

static json_t *make_number(const struct reader *reader)
{
    const char *dtype = reader->array->dtype;
    int64_t whole;
    double real;
    if (dtype[1] == 'b')
        return json_boolean(reader->at[0]);
    if (vf_array_item_whole(&whole, dtype, reader->at))
        return json_integer(whole);
    vf_array_items_read(&real, dtype, reader->at, 1);
    if (!isfinite(real))
        return json_null();
    bool is_narrow = dtype[1] == 'f' && reader->item_size < sizeof(double);
    return json_real(is_narrow ? shorten((float)real) : real);
}

static json_t *make_list(struct reader *reader, unsigned dimension)
{
    if (dimension == reader->array->dimensions) {
        json_t *number = make_number(reader);
        reader->at += reader->item_size;
        return number;
    }
    json_t *list = json_array();
    for (uint64_t i = 0; i < reader->array->shape[dimension]; i++) {
        if (json_array_append_new(list, make_list(reader, dimension + 1)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static void print_shape(struct vf_text *text, const struct vf_array *array)
{
    for (uint32_t i = 0; i < array->dimensions; i++)
        vf_text_print(text, "%s%llu", i ? " x " : "", (unsigned long long)array->shape[i]);
}

/* Lists cost memory even where there are no numbers in them: 65537 x 0. */
static bool is_small(const struct vf_array *array)
{
    uint64_t count = 1;
    for (uint32_t i = 0; i < array->dimensions; i++) {
        if (array->shape[i] > VF_ARRAY_JSON_LIMIT)
            return false;
        count *= array->shape[i] ? array->shape[i] : 1;
        if (count > VF_ARRAY_JSON_LIMIT)
            return false;
    }
    return true;
}

json_t *vf_array_to_json(const struct vf_message *message)
{
    const struct vf_array *array = &message->description.array;
    static const uint8_t nothing[8];
    struct reader reader = {
        .array = array,
        .at = message->payload ? message->payload->data : nothing,
        .item_size = vf_array_item_size(array->dtype),
    };
    if (!is_small(array)) {
        struct vf_text shape = {0};
        print_shape(&shape, array);
        vf_log(VF_LOG_ERROR,
               "an array of %s numbers is too large for a line of text, which takes %d; zmq_out "
               "sends arrays of any size",
               shape.bytes ? shape.bytes : "many", VF_ARRAY_JSON_LIMIT);
        vf_text_finish(&shape);
        return NULL;
    }
    json_t *lists = make_list(&reader, 0);
    if (!lists)
        vf_log(VF_LOG_ERROR, "memory is too short for an array as text");
    return lists;
}
