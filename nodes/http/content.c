/* SPDX-License-Identifier: MIT */
#include "nodes/http/content.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/record/fields.h"
#include "nodes/value/value_text.h"

#define FORM_FIELD "event" /* what a form calls the record */

void vf_http_message_finish(struct vf_http_message *message)
{
    json_decref(message->record);
    free(message->picture);
    *message = (struct vf_http_message){0};
}

/* Looks at all texts in a value. */
static int check_texts(const json_t *value, char *problem, size_t problem_size)
{
    int err = VF_OK;
    if (json_is_string(value))
        return vf_fields_check("body", json_string_value(value), problem, problem_size);
    for (size_t i = 0; i < json_array_size(value) && !err; i++)
        err = check_texts(json_array_get(value, i), problem, problem_size);
    for (void *at = json_object_iter((json_t *)(uintptr_t)value); at && !err;
         at = json_object_iter_next((json_t *)(uintptr_t)value, at))
        err = check_texts(json_object_iter_value(at), problem, problem_size);
    return err;
}

int vf_http_design_check(const struct vf_http_design *design, char *problem, size_t problem_size)
{
    json_t *body = json_loads(design->body, 0, NULL);
    int err = check_texts(body, problem, problem_size);
    json_decref(body);
    if (err)
        return err;
    if (design->layout == VF_HTTP_LIST && (design->picture || strcmp(design->body, "{}") != 0)) {
        snprintf(problem, problem_size,
                 "batch: a list has no picture, and no body of its own; say batch: 1, or collect "
                 "in its place");
        return -EINVAL;
    }
    if (design->picture && !*design->picture_name) {
        snprintf(problem, problem_size, "picture_name is empty; picture is one");
        return -EINVAL;
    }
    return VF_OK;
}

static json_t *fill_text(const char *pattern, const json_t *record, const char *task)
{
    struct vf_text text = {0};
    vf_fields_print(&text, pattern, record, task, NULL);
    json_t *filled = text.failed ? NULL : json_string(text.bytes ? text.bytes : "");
    vf_text_finish(&text);
    return filled;
}

/* Returns a copy of a value in which the fields of all texts are replaced; NULL: out of memory. */
static json_t *fill(json_t *value, const json_t *record, const char *task)
{
    if (json_is_string(value))
        return fill_text(json_string_value(value), record, task);
    if (!json_is_object(value) && !json_is_array(value))
        return json_incref(value);
    json_t *filled = json_is_array(value) ? json_array() : json_object();
    for (size_t i = 0; i < json_array_size(value); i++)
        json_array_append_new(filled, fill(json_array_get(value, i), record, task));
    for (void *at = json_object_iter(value); at; at = json_object_iter_next(value, at))
        json_object_set_new(filled, json_object_iter_key(at),
                            fill(json_object_iter_value(at), record, task));
    return filled;
}

static json_t *list(const struct vf_http_message *const *messages, size_t count)
{
    json_t *made = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append(made, messages[i]->record);
    return made;
}

/* Returns what the JSON says, before there is a picture in it. `record` is the first, with the number
 * of messages. */
static json_t *make_json(const struct vf_http_design *design, const json_t *record,
                         const struct vf_http_message *const *messages, size_t count)
{
    json_t *body = json_loads(design->body, 0, NULL);
    json_t *made = NULL;
    if (json_object_size(body))
        made = fill(body, record, design->task);
    else if (design->layout == VF_HTTP_LIST)
        made = list(messages, count);
    else if (design->layout == VF_HTTP_COLLECTION)
        made =
            json_pack("{s:I, s:o}", "count", (json_int_t)count, "messages", list(messages, count));
    else
        made = json_copy(messages[0]->record);
    json_decref(body);
    return made;
}

static json_t *encode_base64(const uint8_t *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc((size + 2) / 3 * 4 + 1);
    size_t length = 0;
    for (size_t i = 0; text && i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0);
        text[length++] = digits[group >> 18];
        text[length++] = digits[group >> 12 & 63];
        text[length++] = left > 1 ? digits[group >> 6 & 63] : '=';
        text[length++] = left > 2 ? digits[group & 63] : '=';
    }
    json_t *made = text ? json_stringn_nocheck(text, length) : NULL;
    free(text);
    return made;
}

static void add_field(struct vf_http_made *made, const char *name, const json_t *value)
{
    struct vf_text *text = &made->fields[made->content.part_count];
    if (json_is_string(value))
        vf_text_append(text, json_string_value(value), json_string_length(value));
    else
        vf_value_write(text, value);
    made->body.failed |= text->failed;
    made->parts[made->content.part_count++] = (struct vf_http_part){
        .name = name, .bytes = text->bytes ? text->bytes : "", .size = text->length};
}

/* Makes a field of each member of the user's body, or one of the record, and the file. The names are
 * those of `json`. */
static int make_form(struct vf_http_made *made, const struct vf_http_design *design, json_t *json,
                     const struct vf_http_message *first)
{
    bool is_own = strcmp(design->body, "{}") != 0;
    size_t most = json_object_size(json) + 2;
    made->parts = calloc(most, sizeof(*made->parts));
    made->fields = calloc(most, sizeof(*made->fields));
    if (!made->parts || !made->fields)
        return -ENOMEM;
    if (!is_own)
        add_field(made, FORM_FIELD, json);
    for (void *at = is_own ? json_object_iter(json) : NULL; at;
         at = json_object_iter_next(json, at))
        add_field(made, json_object_iter_key(at), json_object_iter_value(at));
    if (first->picture)
        made->parts[made->content.part_count++] =
            (struct vf_http_part){.name = design->picture_name,
                                  .file_name = "picture.jpg",
                                  .type = "image/jpeg",
                                  .bytes = first->picture,
                                  .size = first->picture_size};
    made->content.parts = made->parts;
    return made->body.failed ? -ENOMEM : VF_OK;
}

static int make_body(struct vf_http_made *made, const struct vf_http_design *design, json_t *json,
                     const struct vf_http_message *first)
{
    made->content.type = "application/json";
    if (design->picture == VF_HTTP_BODY && first->picture) {
        made->content.type = "image/jpeg";
        made->content.bytes = (const char *)first->picture;
        made->content.size = first->picture_size;
        return VF_OK;
    }
    if (design->picture == VF_HTTP_BASE64)
        json_object_set_new(json, design->picture_name,
                            first->picture ? encode_base64(first->picture, first->picture_size)
                                           : json_null());
    vf_value_write(&made->body, json);
    made->content.bytes = made->body.bytes;
    made->content.size = made->body.length;
    return made->body.failed ? -ENOMEM : VF_OK;
}

/* A header is one line. */
static void make_line(char *field)
{
    for (; *field; field++) {
        if ((unsigned char)*field < ' ' || *field == 0x7f)
            *field = ' ';
    }
}

static int make_headers(struct vf_http_made *made, const struct vf_http_design *design,
                        const json_t *record)
{
    made->headers = calloc(design->headers->count + 1, sizeof(char *));
    if (!made->headers)
        return -ENOMEM;
    for (; made->header_count < design->headers->count; made->header_count++) {
        struct vf_text text = {0};
        vf_fields_print(&text, design->headers->items[made->header_count].text, record,
                        design->task, make_line);
        made->headers[made->header_count] = text.failed  ? NULL
                                            : text.bytes ? strdup(text.bytes)
                                                         : strdup("");
        vf_text_finish(&text);
        if (!made->headers[made->header_count])
            return -ENOMEM;
    }
    made->content.headers = (const char *const *)made->headers;
    return VF_OK;
}

int vf_http_make(struct vf_http_made *made, const struct vf_http_design *design,
                 const struct vf_http_message *const *messages, size_t count)
{
    *made = (struct vf_http_made){0};
    json_t *record = json_copy(messages[0]->record);
    json_object_set_new(record, "count", json_integer((json_int_t)count));
    json_t *json = make_json(design, record, messages, count);
    int err = json ? make_headers(made, design, record) : -ENOMEM;
    if (!err)
        err = design->picture == VF_HTTP_FORM ? make_form(made, design, json, messages[0])
                                              : make_body(made, design, json, messages[0]);
    made->names = json;
    json_decref(record);
    return err;
}

void vf_http_made_finish(struct vf_http_made *made)
{
    for (size_t i = 0; made->fields && i < made->content.part_count; i++)
        vf_text_finish(&made->fields[i]);
    for (size_t i = 0; i < made->header_count; i++)
        free(made->headers[i]);
    free(made->headers);
    free(made->parts);
    free(made->fields);
    json_decref(made->names);
    vf_text_finish(&made->body);
    *made = (struct vf_http_made){0};
}
