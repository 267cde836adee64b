/* SPDX-License-Identifier: MIT */
#include "nodes/value/value_text.h"

#include <errno.h>
#include <inttypes.h>

#include "engine/base/log.h"
#include "engine/message/description_json.h"

#define FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL)

json_t *vf_value_parse(const struct vf_message *message)
{
    size_t length;
    const char *text = vf_message_json(message, &length);
    if (!text) {
        vf_log(VF_LOG_ERROR, "a number, text, list or object was expected, not a frame");
        return NULL;
    }
    json_error_t error;
    json_t *value = json_loadb(text, length, FLAGS, &error);
    if (!value)
        vf_log(VF_LOG_ERROR, "a value cannot be read: %s", error.text);
    return value;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool vf_value_is_null(const struct vf_message *message)
{
    size_t length;
    const char *text = vf_message_json(message, &length);
    while (text && length && is_space(text[length - 1]))
        length--;
    for (; text && length && is_space(*text); text++)
        length--;
    return text && length == strlen("null") && memcmp(text, "null", length) == 0;
}

void vf_value_print_real(struct vf_text *text, double value)
{
    vf_text_print_real(text, value);
}

static void print_quoted(struct vf_text *text, const char *bytes)
{
    char quote = strchr(bytes, '\'') && !strchr(bytes, '"') ? '"' : '\'';
    vf_text_print(text, "%c", quote);
    for (; *bytes; bytes++) {
        if (*bytes == '\\' || *bytes == quote)
            vf_text_print(text, "\\%c", *bytes);
        else if (*bytes == '\n')
            vf_text_append(text, "\\n", 2);
        else if ((unsigned char)*bytes < ' ')
            vf_text_print(text, "\\x%02x", (unsigned char)*bytes);
        else
            vf_text_append(text, bytes, 1);
    }
    vf_text_print(text, "%c", quote);
}

static void print_python(struct vf_text *text, const json_t *value, bool is_inner);

static void print_tuple(struct vf_text *text, const json_t *list)
{
    size_t count = json_array_size(list);
    vf_text_append(text, "(", 1);
    for (size_t i = 0; i < count; i++) {
        if (i)
            vf_text_append(text, ", ", 2);
        print_python(text, json_array_get(list, i), true);
    }
    vf_text_print(text, "%s", count == 1 ? ",)" : ")");
}

static void print_text(struct vf_text *text, const json_t *string)
{
    char *json = json_dumps(string, JSON_ENCODE_ANY);
    vf_text_print(text, "%s", json ? json : "");
    text->failed = text->failed || !json;
    free(json);
}

static void print_key(struct vf_text *text, const char *key)
{
    json_t *string = json_string(key);
    print_text(text, string);
    json_decref(string);
}

static void print_members(struct vf_text *text, const json_t *object)
{
    const char *key, *between = "";
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)object, key, member)
    {
        vf_text_print(text, "%s", between);
        print_key(text, key);
        vf_text_print(text, ": ");
        vf_value_write(text, member);
        between = ", ";
    }
}

static void print_items(struct vf_text *text, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        vf_text_print(text, "%s", i ? ", " : "");
        vf_value_write(text, json_array_get(list, i));
    }
}

void vf_value_write(struct vf_text *text, const json_t *value)
{
    if (json_is_object(value)) {
        vf_text_append(text, "{", 1);
        print_members(text, value);
        vf_text_append(text, "}", 1);
    } else if (json_is_array(value)) {
        vf_text_append(text, "[", 1);
        print_items(text, value);
        vf_text_append(text, "]", 1);
    } else if (json_is_integer(value)) {
        vf_text_print(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_real(value)) {
        vf_text_print_real(text, json_real_value(value));
    } else if (json_is_boolean(value)) {
        vf_text_print(text, "%s", json_is_true(value) ? "true" : "false");
    } else if (json_is_string(value)) {
        print_text(text, value);
    } else {
        vf_text_append(text, "null", 4);
    }
}

static void print_python(struct vf_text *text, const json_t *value, bool is_inner)
{
    if (json_is_integer(value))
        vf_text_print(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        vf_value_print_real(text, json_real_value(value));
    else if (json_is_boolean(value))
        vf_text_print(text, "%s", json_is_true(value) ? "True" : "False");
    else if (json_is_null(value))
        vf_text_print(text, "None");
    else if (json_is_array(value))
        print_tuple(text, value);
    else if (json_is_object(value))
        vf_value_write(text, value);
    else if (is_inner)
        print_quoted(text, json_string_value(value));
    else
        vf_text_append(text, json_string_value(value), json_string_length(value));
}

void vf_value_print_parsed(struct vf_text *text, const json_t *value)
{
    print_python(text, value, false);
}

bool vf_value_seconds(const struct vf_description *description, double *seconds)
{
    const struct vf_rational *base = &description->time_base;
    if (description->timestamp == VF_NO_TIMESTAMP || base->num <= 0 || base->den <= 0)
        return false;
    *seconds = (double)description->timestamp * base->num / base->den;
    return true;
}

static void print_time(struct vf_text *text, const struct vf_description *description)
{
    double seconds;
    if (vf_value_seconds(description, &seconds))
        vf_text_print(text, " %.6f", seconds);
    else
        vf_text_print(text, " -");
}

static void print_dimensions(struct vf_text *text, const struct vf_array *array,
                             const char *between)
{
    for (uint32_t i = 0; i < array->dimensions && i < VF_MAX_DIMENSIONS; i++)
        vf_text_print(text, "%s%" PRIu64, i ? between : "", array->shape[i]);
}

/* "frame 12 0.480000 640x360 yuv420p key" */
static void print_media(struct vf_text *text, const struct vf_description *description)
{
    uint64_t number = description->origin.number;
    if (description->type == VF_VALUE_VIDEO) {
        const struct vf_video *video = &description->video;
        vf_text_print(text, "frame %" PRIu64, number);
        print_time(text, description);
        vf_text_print(text, " %dx%d %.*s%s", video->width, video->height,
                      (int)sizeof(video->format), video->format, video->is_key ? " key" : "");
    } else if (description->type == VF_VALUE_AUDIO) {
        const struct vf_audio *audio = &description->audio;
        vf_text_print(text, "samples %" PRIu64, number);
        print_time(text, description);
        vf_text_print(text, " %d %.*s %d Hz", audio->samples, (int)sizeof(audio->format),
                      audio->format, audio->sample_rate);
    } else if (description->type == VF_VALUE_PACKET) {
        const struct vf_packet *packet = &description->packet;
        vf_text_print(text, "packet %" PRIu64, number);
        print_time(text, description);
        vf_text_print(text, " %.*s %" PRIu64 " bytes%s", (int)sizeof(packet->codec), packet->codec,
                      packet->data_size, packet->is_key ? " key" : "");
    } else if (description->type == VF_VALUE_ARRAY) {
        const struct vf_array *array = &description->array;
        vf_text_print(text, "array %" PRIu64 " %.*s ", number, (int)sizeof(array->dtype),
                      array->dtype);
        print_dimensions(text, array, "x");
    }
}

int vf_value_print(struct vf_text *text, const struct vf_message *message)
{
    if (message->description.type != VF_VALUE_JSON) {
        print_media(text, &message->description);
        return VF_OK;
    }
    json_t *value = vf_value_parse(message);
    if (!value)
        return -EINVAL;
    print_python(text, value, false);
    json_decref(value);
    return VF_OK;
}

void vf_value_print_json(struct vf_text *text, const struct vf_message *message)
{
    size_t length;
    const char *json = vf_message_json(message, &length);
    if (json) {
        vf_text_append(text, json, length);
        return;
    }
    double seconds;
    json_t *number = json_pack("{s:I}", "number", (json_int_t)message->description.origin.number);
    if (vf_value_seconds(&message->description, &seconds))
        json_object_set_new(number, "seconds", json_real(seconds));
    json_t *form = vf_description_to_json(&message->description);
    text->failed = text->failed || json_object_update(number, form) < 0;
    vf_value_write(text, number);
    json_decref(form);
    json_decref(number);
}
