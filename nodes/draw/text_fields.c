/* SPDX-License-Identifier: MIT */
#include "nodes/draw/text_fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "nodes/value/pattern.h"
#include "nodes/value/value_text.h"

#define UNKNOWN "-"
#define MAX_KEY 128

/* What a text is made of. */
struct facts {
    const struct vf_description *frame;
    const struct vf_message *value;
    json_t *parsed; /* of `value`, where it is JSON; NULL otherwise */
    int64_t wall_ns;
};

struct field {
    const char *name;
    bool (*is_format)(const struct vf_pattern_span *format); /* NULL: it takes none */
    int (*print)(struct vf_text *text, const struct vf_pattern_part *part,
                 const struct facts *facts);
};

static void print_seconds(struct vf_text *text, double seconds)
{
    double exact_ms = seconds * 1000; /* beyond 10^15, which is 30000 years, the last digit need not
                                         be right */
    uint64_t ms = (uint64_t)((exact_ms < 0 ? -exact_ms : exact_ms) + 0.5);
    vf_text_print(text, "%s%02" PRIu64 ":%02u:%02u.%03u", exact_ms <= -0.5 ? "-" : "", ms / 3600000,
                  (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60), (unsigned)(ms % 1000));
}

static int print_time(struct vf_text *text, const struct vf_pattern_part *part,
                      const struct facts *facts)
{
    (void)part;
    double seconds;
    if (vf_value_seconds(facts->frame, &seconds))
        print_seconds(text, seconds);
    else
        vf_text_print(text, UNKNOWN);
    return VF_OK;
}

static int print_source_time(struct vf_text *text, const struct vf_pattern_part *part,
                             const struct facts *facts)
{
    (void)part;
    if (facts->frame->source_time_ns == VF_NO_TIMESTAMP)
        vf_text_print(text, UNKNOWN);
    else
        print_seconds(text, (double)facts->frame->source_time_ns / VF_NS_PER_S);
    return VF_OK;
}

static int print_frame(struct vf_text *text, const struct vf_pattern_part *part,
                       const struct facts *facts)
{
    (void)part;
    vf_text_print(text, "%" PRIu64, facts->frame->origin.number);
    return VF_OK;
}

static int print_source(struct vf_text *text, const struct vf_pattern_part *part,
                        const struct facts *facts)
{
    (void)part;
    size_t length = strnlen(facts->frame->source, sizeof(facts->frame->source));
    vf_text_append(text, length ? facts->frame->source : UNKNOWN, length ? length : 1);
    return VF_OK;
}

static int print_fps(struct vf_text *text, const struct vf_pattern_part *part,
                     const struct facts *facts)
{
    (void)part;
    const struct vf_rational *rate = &facts->frame->video.frame_rate;
    if (rate->num > 0 && rate->den > 0)
        vf_text_print(text, "%.4g", (double)rate->num / rate->den);
    else
        vf_text_print(text, UNKNOWN);
    return VF_OK;
}

static int print_date(struct vf_text *text, const struct vf_pattern_part *part,
                      const struct facts *facts)
{
    static const struct vf_pattern_span usual = {"%Y-%m-%d %H:%M:%S", 17};
    vf_pattern_print_date(text, part->format.begin ? &part->format : &usual, facts->wall_ns);
    return VF_OK;
}

/* Returns what `key` names in a list or an object, or NULL. */
static const json_t *find_part(const json_t *value, const char *key)
{
    if (!json_is_array(value))
        return json_object_get(value, key);
    char *end;
    unsigned long index = strtoul(key, &end, 10);
    return *key && !*end ? json_array_get(value, index) : NULL;
}

/* Goes along "value.key.0". */
static const json_t *find_value(const json_t *value, const struct vf_pattern_span *path)
{
    char keys[MAX_KEY], *rest;
    snprintf(keys, sizeof(keys), "%.*s", (int)path->length, path->begin);
    strtok_r(keys, ".", &rest);
    for (char *key = strtok_r(NULL, ".", &rest); key && value; key = strtok_r(NULL, ".", &rest))
        value = find_part(value, key);
    return value;
}

static int print_value(struct vf_text *text, const struct vf_pattern_part *part,
                       const struct facts *facts)
{
    bool is_whole = vf_pattern_span_is(&part->name, "value");
    if (facts->value && !facts->parsed && is_whole)
        return vf_value_print(text, facts->value);
    const json_t *found = facts->parsed ? find_value(facts->parsed, &part->name) : NULL;
    if (found)
        vf_value_print_parsed(text, found);
    else
        vf_text_print(text, UNKNOWN);
    return VF_OK;
}

static const struct field fields[] = {
    {"time", NULL, print_time},     {"frame", NULL, print_frame},
    {"source", NULL, print_source}, {"source_time", NULL, print_source_time},
    {"fps", NULL, print_fps},       {"date", vf_pattern_is_date, print_date},
    {"value", NULL, print_value},
};

static bool is_value(const struct vf_pattern_span *name)
{
    return vf_pattern_span_is(name, "value") ||
           (name->length > 6 && name->length < MAX_KEY && memcmp(name->begin, "value.", 6) == 0);
}

static const struct field *find_field(const struct vf_pattern_span *name)
{
    for (size_t i = 0; i < VF_COUNT(fields); i++) {
        bool is_named = fields[i].print == print_value ? is_value(name)
                                                       : vf_pattern_span_is(name, fields[i].name);
        if (is_named)
            return &fields[i];
    }
    return NULL;
}

static int refuse_name(const struct vf_pattern_span *name, char *problem, size_t size)
{
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "%.*s", (int)name->length, name->begin);
    struct vf_text_nearest nearest = {.wanted = wanted, .before = "{", .after = "}"};
    for (size_t i = 0; i < VF_COUNT(fields); i++)
        vf_text_nearest_consider(&nearest, fields[i].name);
    snprintf(problem, size, "{%s} is no field of a text%s", wanted,
             vf_text_suggest_or(&nearest,
                                "there are {time}, {frame}, {source}, {source_time}, {fps}, "
                                "{date}, {value}, {value.key}, and {{ for a brace"));
    return -EINVAL;
}

static int check_part(const struct vf_pattern_part *part, char *problem, size_t size)
{
    if (part->kind != VF_PATTERN_FIELD)
        return vf_pattern_check_braces(part, problem, size);
    const struct field *field = find_field(&part->name);
    if (!field)
        return refuse_name(&part->name, problem, size);
    if (!part->format.begin || (field->is_format && field->is_format(&part->format)))
        return VF_OK;
    snprintf(problem, size, "\"%.*s\" is no format of {%s}; %s", (int)part->format.length,
             part->format.begin, field->name,
             field->is_format ? "write {date:%Y-%m-%d %H:%M:%S}" : "it takes none");
    return -EINVAL;
}

int vf_text_fields_check(const char *pattern, char *problem, size_t problem_size)
{
    struct vf_pattern_part part;
    int err;
    do {
        part = vf_pattern_next(&pattern);
        err = check_part(&part, problem, problem_size);
    } while (!err && part.kind != VF_PATTERN_END);
    return err;
}

bool vf_text_fields_have_value(const char *pattern)
{
    struct vf_pattern_part part;
    do {
        part = vf_pattern_next(&pattern);
        if (part.kind == VF_PATTERN_FIELD && is_value(&part.name))
            return true;
    } while (part.kind != VF_PATTERN_END);
    return false;
}

static int print_part(struct vf_text *text, const struct vf_pattern_part *part,
                      const struct facts *facts)
{
    const struct field *field = part->kind == VF_PATTERN_FIELD ? find_field(&part->name) : NULL;
    if (field)
        return field->print(text, part, facts);
    vf_text_append(text, part->name.begin, part->name.length);
    return VF_OK;
}

int vf_text_fields_print(struct vf_text *text, const char *pattern,
                         const struct vf_description *frame, const struct vf_message *value,
                         int64_t wall_ns)
{
    struct facts facts = {.frame = frame, .value = value, .wall_ns = wall_ns};
    bool is_json = value && value->description.type == VF_VALUE_JSON;
    if (is_json && vf_text_fields_have_value(pattern)) {
        facts.parsed = vf_value_parse(value);
        if (!facts.parsed)
            return -EINVAL;
    }
    struct vf_pattern_part part;
    int err;
    do {
        part = vf_pattern_next(&pattern);
        err = print_part(text, &part, &facts);
    } while (!err && part.kind != VF_PATTERN_END);
    json_decref(facts.parsed);
    return text->failed ? -ENOMEM : err;
}
