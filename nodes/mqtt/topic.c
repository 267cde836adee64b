/* SPDX-License-Identifier: MIT */
#include "nodes/mqtt/topic.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/display.h"
#include "nodes/value/pattern.h"
#include "nodes/value/value_text.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
#define LONGEST_TOPIC 1024 /* of the 65,535 bytes that one may have; fields need some, too */

static int complain(char *problem, size_t problem_size, const char *option, const char *mistake,
                    const char *remedy)
{
    snprintf(problem, problem_size, "%s: %s; %s", option, mistake, remedy);
    return -EINVAL;
}

static int check_field(const char *option, const struct vf_pattern_part *part, bool may_vary,
                       char *problem, size_t problem_size)
{
    size_t length = part->name.length;
    if (!may_vary)
        return complain(problem, problem_size, option, "this topic has no fields",
                        "write {{ for a brace");
    if (part->format.begin)
        return complain(problem, problem_size, option, "a field of a topic has no format",
                        "write its name alone, such as {camera}");
    if (!length || strspn(part->name.begin, NAME_LETTERS) < length)
        return complain(problem, problem_size, option,
                        "a field is named by letters, digits, underscores and points",
                        "{camera} and {details.direction} are such fields");
    return VF_OK;
}

static int check_text(const char *option, const struct vf_pattern_span *text, char *problem,
                      size_t problem_size)
{
    for (size_t i = 0; i < text->length; i++) {
        unsigned char c = (unsigned char)text->begin[i];
        if (c == '+' || c == '#')
            return complain(problem, problem_size, option,
                            "\"+\" and \"#\" are for those who subscribe",
                            "a topic names one place, such as street/counts");
        if (c < ' ' || c == 0x7f)
            return complain(problem, problem_size, option,
                            "a topic has no line ends and control characters",
                            "street/counts is one");
    }
    return VF_OK;
}

int vf_mqtt_topic_check(const char *option, const char *topic, bool may_vary, char *problem,
                        size_t problem_size)
{
    const char *rest = topic;
    if (!*topic)
        return complain(problem, problem_size, option, "a topic is empty", "street/counts is one");
    if (strlen(topic) > LONGEST_TOPIC)
        return complain(problem, problem_size, option, "a topic is too long",
                        "it may have 1024 bytes");
    for (;;) {
        char about[160];
        int err = VF_OK;
        struct vf_pattern_part part = vf_pattern_next(&rest);
        if (part.kind == VF_PATTERN_END)
            return VF_OK;
        if (part.kind == VF_PATTERN_TEXT)
            err = check_text(option, &part.name, problem, problem_size);
        else if (part.kind == VF_PATTERN_FIELD)
            err = check_field(option, &part, may_vary, problem, problem_size);
        else if (vf_pattern_check_braces(&part, about, sizeof(about))) {
            snprintf(problem, problem_size, "%s: %s", option, about);
            err = -EINVAL;
        }
        if (err)
            return err;
    }
}

bool vf_mqtt_topic_varies(const char *topic)
{
    for (;;) {
        struct vf_pattern_part part = vf_pattern_next(&topic);
        if (part.kind == VF_PATTERN_FIELD || part.kind == VF_PATTERN_END)
            return part.kind == VF_PATTERN_FIELD;
    }
}

/* Returns the member that a field names, of what stands in an object; NULL: there is none. */
static const json_t *find(const json_t *object, const struct vf_pattern_span *name)
{
    const char *at = name->begin, *end = name->begin + name->length;
    while (object && at < end) {
        const char *point = memchr(at, '.', (size_t)(end - at));
        size_t length = (size_t)((point ? point : end) - at);
        char *key = strndup(at, length);
        object = key ? json_object_get(object, key) : NULL;
        free(key);
        at += length + 1;
    }
    return json_is_null(object) ? NULL : object;
}

/* Makes one level of a topic of a text. A topic goes through logs of others, hence no passwords. */
static void print_level(struct vf_text *text, const char *bytes)
{
    char *level = strdup(bytes);
    if (!level) {
        text->failed = true;
        return;
    }
    vf_display_hide_secrets(level);
    for (char *at = level; *at; at++) {
        if (strchr("+#/", *at) || (unsigned char)*at < ' ' || *at == 0x7f)
            *at = '_';
    }
    vf_text_print(text, "%s", *level ? level : "none");
    free(level);
}

static void print_field(struct vf_text *text, const struct vf_pattern_span *name,
                        const json_t *record, const char *task)
{
    const json_t *found = find(json_object_get(record, "value"), name);
    if (!found)
        found = find(record, name);
    if (json_is_string(found)) {
        print_level(text, json_string_value(found));
    } else if (found) {
        struct vf_text value = {0};
        vf_value_write(&value, found);
        print_level(text, value.bytes ? value.bytes : "");
        vf_text_finish(&value);
    } else {
        print_level(text, vf_pattern_span_is(name, "task") && task ? task : "none");
    }
}

void vf_mqtt_topic_print(struct vf_text *text, const char *topic, const json_t *record,
                         const char *task)
{
    for (;;) {
        struct vf_pattern_part part = vf_pattern_next(&topic);
        if (part.kind == VF_PATTERN_END)
            return;
        if (part.kind == VF_PATTERN_FIELD)
            print_field(text, &part.name, record, task);
        else
            vf_text_append(text, part.name.begin, part.name.length);
    }
}
