/* SPDX-License-Identifier: MIT */
#include "engine/wire/python/array_header.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "engine/base/array.h"

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define NATIVE_ORDER '>'
#else
#define NATIVE_ORDER '<'
#endif

struct number_type {
    const char *code; /* kind and bytes */
    const char *name; /* str(dtype) where the byte order is the machine's */
    size_t size;
};

static const struct number_type types[] = {
    {"b1", "bool", 1},      {"i1", "int8", 1},         {"i2", "int16", 2},   {"i4", "int32", 4},
    {"i8", "int64", 8},     {"u1", "uint8", 1},        {"u2", "uint16", 2},  {"u4", "uint32", 4},
    {"u8", "uint64", 8},    {"f2", "float16", 2},      {"f4", "float32", 4}, {"f8", "float64", 8},
    {"c8", "complex64", 8}, {"c16", "complex128", 16},
};

/* Finds a type by either of its names. Sets *order to its byte order. */
static const struct number_type *find_type(const char *dtype, char *order)
{
    bool has_order = dtype[0] && strchr("<>|=", dtype[0]);
    for (size_t i = 0; i < VF_COUNT(types); i++) {
        if (strcmp(dtype + has_order, types[i].code) != 0 &&
            (has_order || strcmp(dtype, types[i].name) != 0))
            continue;
        *order = NATIVE_ORDER;
        if (has_order && dtype[0] != '=')
            *order = dtype[0];
        if (types[i].size == 1)
            *order = '|'; /* a byte has no order */
        return types[i].size > 1 && *order == '|' ? NULL : &types[i];
    }
    return NULL;
}

size_t vf_numpy_item_size(const char *dtype)
{
    char order;
    const struct number_type *type = find_type(dtype, &order);
    return type ? type->size : 0;
}

void vf_numpy_array_finish(struct vf_numpy_array *array)
{
    if (array->release)
        array->release((void *)(uintptr_t)array->bytes, array->owner);
    *array = (struct vf_numpy_array){0};
}

/* Returns how many bytes the shape asks for, or -1: more than can be. A dimension of 0 does not
 * excuse the others, as in numpy. */
static int64_t count_bytes(const struct vf_numpy_array *array, size_t item_size)
{
    int64_t bytes = (int64_t)item_size;
    bool is_empty = false;
    for (uint32_t i = 0; i < array->dimensions; i++) {
        is_empty |= !array->shape[i];
        if (array->shape[i] && __builtin_mul_overflow(bytes, array->shape[i], &bytes))
            return -1;
    }
    return is_empty ? 0 : bytes;
}

int vf_numpy_array_size(const struct vf_numpy_array *array, size_t *size,
                        struct vf_complaint *complaint)
{
    bool is_ended = memchr(array->dtype, '\0', sizeof(array->dtype));
    size_t item_size = is_ended ? vf_numpy_item_size(array->dtype) : 0;
    if (!item_size)
        return vf_complain(complaint, -EINVAL, "\"%.*s\" is no type of number that can be sent",
                           VF_NUMPY_DTYPE_SIZE, array->dtype);
    if (array->dimensions > VF_NUMPY_MAX_DIMENSIONS)
        return vf_complain(complaint, -EINVAL, "an array of more than %d dimensions",
                           VF_NUMPY_MAX_DIMENSIONS);
    int64_t bytes = count_bytes(array, item_size);
    if (bytes < 0)
        return vf_complain(complaint, -EINVAL, "an array of an impossible size");
    *size = (size_t)bytes;
    return VF_OK;
}

int vf_array_header_print(struct vf_text *header, const struct vf_numpy_array *array,
                          struct vf_complaint *complaint)
{
    size_t size = 0;
    char order = '|';
    int err = vf_numpy_array_size(array, &size, complaint);
    if (err)
        return err;
    if (size != array->size)
        return vf_complain(complaint, -EINVAL, "%zu bytes for an array that has %zu", array->size,
                           size);
    const struct number_type *type = find_type(array->dtype, &order);
    bool is_swapped = order != '|' && order != NATIVE_ORDER;
    if (is_swapped)
        vf_text_print(header, "{\"dtype\": \"%c%s\", \"shape\": [", order, type->code);
    else
        vf_text_print(header, "{\"dtype\": \"%s\", \"shape\": [", type->name);
    for (uint32_t i = 0; i < array->dimensions; i++)
        vf_text_print(header, "%s%" PRIu64, i ? ", " : "", array->shape[i]);
    vf_text_append(header, "]}", 2);
    if (header->failed)
        return vf_complain(complaint, -ENOMEM, "memory is too short for a header");
    return VF_OK;
}

static int read_dtype(struct vf_numpy_array *array, const json_t *dtype,
                      struct vf_complaint *complaint)
{
    char order = '|';
    const char *text = json_string_value(dtype);
    if (!text)
        return vf_complain(complaint, -EBADMSG, "the array's header has no \"dtype\"");
    const struct number_type *type = find_type(text, &order);
    if (!type)
        return vf_complain(complaint, -EBADMSG,
                           "the array is of type \"%.40s\", which is not supported", text);
    snprintf(array->dtype, sizeof(array->dtype), "%c%s", order, type->code);
    return VF_OK;
}

static int read_shape(struct vf_numpy_array *array, const json_t *shape,
                      struct vf_complaint *complaint)
{
    size_t dimensions = json_array_size(shape);
    if (!json_is_array(shape))
        return vf_complain(complaint, -EBADMSG, "the array's header has no \"shape\"");
    if (dimensions > VF_NUMPY_MAX_DIMENSIONS)
        return vf_complain(complaint, -EBADMSG, "the array has %zu dimensions; %d are the most",
                           dimensions, VF_NUMPY_MAX_DIMENSIONS);
    array->dimensions = (uint32_t)dimensions;
    for (size_t i = 0; i < dimensions; i++) {
        const json_t *length = json_array_get(shape, i);
        if (!json_is_integer(length) || json_integer_value(length) < 0)
            return vf_complain(complaint, -EBADMSG,
                               "the array's \"shape\" has an item that is no "
                               "length");
        array->shape[i] = (uint64_t)json_integer_value(length);
    }
    return VF_OK;
}

/* Checks dtype and shape, as read, against the number of bytes that came with them. */
static int check_size(const struct vf_numpy_array *array, size_t bytes_size,
                      struct vf_complaint *complaint)
{
    int64_t size = count_bytes(array, vf_numpy_item_size(array->dtype));
    if (size < 0)
        return vf_complain(complaint, -EBADMSG, "the array is larger than can be");
    if ((size_t)size != bytes_size)
        return vf_complain(complaint, -EBADMSG,
                           "the array has %zu bytes; its header asks for %" PRId64, bytes_size,
                           size);
    return VF_OK;
}

int vf_array_header_read(struct vf_numpy_array *array, const void *header, size_t header_size,
                         size_t bytes_size, struct vf_complaint *complaint)
{
    json_error_t error;
    if (header_size > VF_NUMPY_MAX_HEADER)
        return vf_complain(complaint, -EBADMSG, "the array's header is longer than %d bytes",
                           VF_NUMPY_MAX_HEADER);
    json_t *root = json_loadb(header, header_size, 0, &error);
    if (!root)
        return vf_complain(complaint, -EBADMSG, "the array's header is no JSON: %.120s",
                           error.text);
    int err = VF_OK;
    if (!json_is_object(root))
        err = vf_complain(complaint, -EBADMSG, "the array's header is no JSON object");
    if (!err)
        err = read_dtype(array, json_object_get(root, "dtype"), complaint);
    if (!err)
        err = read_shape(array, json_object_get(root, "shape"), complaint);
    if (!err)
        err = check_size(array, bytes_size, complaint);
    json_decref(root);
    return err;
}
