/* SPDX-License-Identifier: MIT */
#include "nodes/peer/plain_json.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct printer {
    struct vf_text *json;
    size_t max_bytes;
    unsigned *changes;
    struct vf_complaint *complaint;
};

static int print_value(const struct printer *printer, const struct vf_plain *value);

/* Text that may hold lone surrogates, which UTF-8 proper cannot. */
static int print_text(const struct printer *printer, const struct vf_plain *value)
{
    json_t *text = json_stringn(value->bytes, value->length);
    char *quoted = text ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
    json_decref(text);
    if (!quoted)
        return vf_complain(printer->complaint, -EINVAL,
                           "text with half a surrogate pair has no JSON");
    vf_text_print(printer->json, "%s", quoted);
    free(quoted);
    return VF_OK;
}

static int print_real(const struct printer *printer, double real)
{
    if (!isfinite(real))
        return vf_complain(printer->complaint, -EINVAL,
                           "a number that is infinite or none has no JSON");
    vf_text_print_real(printer->json, real);
    return VF_OK;
}

static int print_scalar(const struct printer *printer, const struct vf_plain *value)
{
    switch (value->kind) {
    case VF_PLAIN_NONE:
        vf_text_append(printer->json, "null", 4);
        return VF_OK;
    case VF_PLAIN_BOOLEAN:
        vf_text_print(printer->json, "%s", value->boolean ? "true" : "false");
        return VF_OK;
    case VF_PLAIN_INTEGER:
        vf_text_print(printer->json, "%" PRId64, value->integer);
        return VF_OK;
    case VF_PLAIN_REAL:
        return print_real(printer, value->real);
    case VF_PLAIN_TEXT:
        return print_text(printer, value);
    case VF_PLAIN_BIG_INTEGER:
        return vf_complain(printer->complaint, -EINVAL,
                           "an integer beyond 64 bits is not read as JSON");
    default:
        return vf_complain(printer->complaint, -EINVAL, "%s have no JSON",
                           vf_plain_kind_name(value->kind));
    }
}

static void note(const struct printer *printer, enum vf_plain_change change)
{
    if (printer->changes)
        *printer->changes |= change;
}

static int print_key(const struct printer *printer, const struct vf_plain *key)
{
    if (key->kind == VF_PLAIN_TEXT)
        return print_text(printer, key);
    note(printer, VF_KEY_TO_TEXT);
    if (key->kind > VF_PLAIN_TEXT)
        return vf_complain(printer->complaint, -EINVAL, "a %s cannot be a key in JSON",
                           vf_plain_kind_name(key->kind));
    vf_text_append(printer->json, "\"", 1);
    int err = print_scalar(printer, key);
    vf_text_append(printer->json, "\"", 1);
    return err;
}

static int compare_keys(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Refuses a dict with keys such as 1 and "1". */
static int check_keys(const struct printer *printer, const struct vf_plain *dict)
{
    size_t count = 0, texts = 0;
    for (size_t i = 0; i + 1 < dict->count; i += 2)
        texts += dict->items[i]->kind == VF_PLAIN_TEXT;
    if (!texts || texts == dict->count / 2)
        return VF_OK;
    char **keys = calloc(dict->count / 2, sizeof(*keys));
    int err = keys ? VF_OK : -ENOMEM;
    for (; count < dict->count / 2 && !err; count++) {
        struct vf_text key = {0};
        const struct printer plain = {.json = &key, .complaint = printer->complaint};
        err = print_key(&plain, dict->items[2 * count]);
        keys[count] = key.bytes;
        err = !err && !key.bytes ? -ENOMEM : err;
    }
    if (!err)
        qsort(keys, count, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < count && !err; i++) {
        if (strcmp(keys[i - 1], keys[i]) == 0)
            err = vf_complain(printer->complaint, -EINVAL,
                              "two keys of a dict would become the same text, %.80s", keys[i]);
    }
    for (size_t i = 0; i < count; i++)
        free(keys[i]);
    free(keys);
    return err;
}

static int print_dict(const struct printer *printer, const struct vf_plain *dict)
{
    int err = check_keys(printer, dict);
    vf_text_append(printer->json, "{", 1);
    for (size_t i = 0; i + 1 < dict->count && !err; i += 2) {
        if (i)
            vf_text_append(printer->json, ", ", 2);
        err = print_key(printer, dict->items[i]);
        vf_text_append(printer->json, ": ", 2);
        if (!err)
            err = print_value(printer, dict->items[i + 1]);
    }
    vf_text_append(printer->json, "}", 1);
    return err;
}

static int print_list(const struct printer *printer, const struct vf_plain *list)
{
    int err = VF_OK;
    vf_text_append(printer->json, "[", 1);
    for (size_t i = 0; i < list->count && !err; i++) {
        if (i)
            vf_text_append(printer->json, ", ", 2);
        err = print_value(printer, list->items[i]);
    }
    vf_text_append(printer->json, "]", 1);
    return err;
}

static int print_value(const struct printer *printer, const struct vf_plain *value)
{
    if (printer->json->length > printer->max_bytes)
        return vf_complain(printer->complaint, -EMSGSIZE,
                           "the value would be more than %zu bytes of JSON", printer->max_bytes);
    if (!vf_plain_is_container(value->kind))
        return print_scalar(printer, value);
    if (value->kind == VF_PLAIN_TUPLE)
        note(printer, VF_TUPLE_TO_LIST);
    if (value->kind == VF_PLAIN_SET || value->kind == VF_PLAIN_FROZENSET)
        note(printer, VF_SET_TO_LIST);
    return value->kind == VF_PLAIN_DICT ? print_dict(printer, value) : print_list(printer, value);
}

int vf_plain_to_json(struct vf_text *json, const struct vf_plain *value, size_t max_bytes,
                     unsigned *changes, struct vf_complaint *complaint)
{
    const struct printer printer = {json, max_bytes, changes, complaint};
    int err = print_value(&printer, value);
    if (!err && json->failed)
        err = vf_complain(complaint, -ENOMEM, "memory is too short for a value");
    return err;
}

size_t vf_json_tree_bytes(const char *json, size_t length)
{
    /* What Jansson allocates, with room for the allocator's own. */
    static const size_t value = 64, key = 96, array = 192, object = 384;
    size_t bytes = value + length;
    bool is_quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (json[i] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted)
            i += json[i] == '\\';
        else if (json[i] == ',')
            bytes += value;
        else if (json[i] == ':')
            bytes += key;
        else if (json[i] == '[')
            bytes += array;
        else if (json[i] == '{')
            bytes += object;
    }
    return bytes;
}

/* A tree that is being made of JSON. Equal keys are one object in it, as json.loads() has them:
 * `keys` is a table of those met so far, hashed with open addressing. */
struct maker {
    struct vf_plain_tree *tree;
    struct vf_plain **keys;
    size_t key_count, capacity; /* a power of two, or 0 */
};

static struct vf_plain **find_place(struct vf_plain **keys, size_t capacity, const char *key,
                                    size_t length)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)key[i]) * 1099511628211u;
    for (size_t place = hash & (capacity - 1);; place = (place + 1) & (capacity - 1)) {
        const struct vf_plain *known = keys[place];
        if (!known || (known->length == length && memcmp(known->bytes, key, length) == 0))
            return &keys[place];
    }
}

static int grow_keys(struct maker *maker)
{
    size_t capacity = maker->capacity ? 2 * maker->capacity : 64;
    struct vf_plain **keys = calloc(capacity, sizeof(struct vf_plain *));
    if (!keys)
        return -ENOMEM;
    for (size_t i = 0; i < maker->capacity; i++) {
        struct vf_plain *key = maker->keys[i];
        if (key)
            *find_place(keys, capacity, key->bytes, key->length) = key;
    }
    free(maker->keys);
    maker->keys = keys;
    maker->capacity = capacity;
    return VF_OK;
}

static struct vf_plain *make_key(struct maker *maker, const char *key, size_t length)
{
    if (2 * maker->key_count >= maker->capacity && grow_keys(maker) != VF_OK)
        return NULL;
    struct vf_plain **place = find_place(maker->keys, maker->capacity, key, length);
    if (!*place) {
        *place = vf_plain_text(maker->tree, key, length);
        maker->key_count += *place != NULL;
    }
    return *place;
}

static struct vf_plain *make_value(struct maker *maker, json_t *json);

static struct vf_plain *make_list(struct maker *maker, json_t *json)
{
    struct vf_plain *list = vf_plain_container(maker->tree, VF_PLAIN_LIST);
    size_t i;
    json_t *item;
    json_array_foreach(json, i, item)
    {
        if (vf_plain_append(list, make_value(maker, item)) != VF_OK)
            return NULL;
    }
    return list;
}

static struct vf_plain *make_dict(struct maker *maker, json_t *json)
{
    struct vf_plain *dict = vf_plain_container(maker->tree, VF_PLAIN_DICT);
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        struct vf_plain *text = make_key(maker, key, strlen(key));
        if (vf_plain_put(dict, text, make_value(maker, value)) != VF_OK)
            return NULL;
    }
    return dict;
}

static struct vf_plain *make_value(struct maker *maker, json_t *json)
{
    struct vf_plain_tree *tree = maker->tree;
    if (json_is_object(json))
        return make_dict(maker, json);
    if (json_is_array(json))
        return make_list(maker, json);
    if (json_is_string(json))
        return vf_plain_text(tree, json_string_value(json), json_string_length(json));
    if (json_is_integer(json))
        return vf_plain_integer(tree, json_integer_value(json));
    if (json_is_real(json))
        return vf_plain_real(tree, json_real_value(json));
    if (json_is_boolean(json))
        return vf_plain_boolean(tree, json_is_true(json));
    return vf_plain_none(tree);
}

int vf_plain_from_json(struct vf_plain_tree **tree, const char *json, size_t length,
                       struct vf_complaint *complaint)
{
    json_error_t error;
    *tree = NULL;
    json_t *root = json_loadb(json, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!root)
        return vf_complain(complaint, -EINVAL, "it is no JSON: %.120s", error.text);
    int err = vf_plain_tree_create(tree);
    if (!err) {
        struct maker maker = {.tree = *tree};
        vf_plain_set_root(*tree, make_value(&maker, root));
        free(maker.keys);
        err = vf_plain_root(*tree) ? VF_OK : -ENOMEM;
    }
    json_decref(root);
    if (err) {
        vf_plain_tree_destroy(tree);
        return vf_complain(complaint, err, "memory is too short for a value");
    }
    return VF_OK;
}
