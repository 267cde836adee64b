/* SPDX-License-Identifier: MIT */
#include "nodes/value/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/base/clock.h"

/* What strftime(3) is asked for, one at a time; no line ends and tabs, which no name needs. */
#define DATE_LETTERS "aAbBcCdDeFgGhHIjklmMpPrRsSTuUVwWxXyYzZ%"

bool vf_pattern_span_is(const struct vf_pattern_span *span, const char *text)
{
    return span->length == strlen(text) && memcmp(span->begin, text, span->length) == 0;
}

bool vf_pattern_is_date(const struct vf_pattern_span *format)
{
    for (size_t i = 0; i < format->length; i++) {
        if (format->begin[i] != '%')
            continue;
        if (++i == format->length || !strchr(DATE_LETTERS, format->begin[i]))
            return false;
    }
    return format->length > 0;
}

void vf_pattern_print_date(struct vf_text *text, const struct vf_pattern_span *format,
                           int64_t wall_ns)
{
    time_t seconds = (time_t)(wall_ns / VF_NS_PER_S);
    struct tm broken_down;
    char part[64];
    localtime_r(&seconds, &broken_down);
    for (size_t i = 0; i < format->length; i++) {
        if (format->begin[i] != '%') {
            vf_text_append(text, format->begin + i, 1);
            continue;
        }
        const char conversion[] = {'%', format->begin[++i], '\0'};
        size_t length = strftime(part, sizeof(part), conversion, &broken_down);
        vf_text_append(text, part, length);
    }
}

static struct vf_pattern_part read_field(const char **pattern)
{
    const char *begin = *pattern + 1;
    const char *end = begin + strcspn(begin, "{}");
    struct vf_pattern_part part = {VF_PATTERN_FIELD, .name = {begin, (size_t)(end - begin)}};
    if (*end != '}') {
        part.kind = VF_PATTERN_OPEN;
        *pattern = end;
        return part;
    }
    const char *colon = memchr(begin, ':', part.name.length);
    if (colon) {
        part.name.length = (size_t)(colon - begin);
        part.format = (struct vf_pattern_span){colon + 1, (size_t)(end - colon - 1)};
    }
    *pattern = end + 1;
    return part;
}

struct vf_pattern_part vf_pattern_next(const char **pattern)
{
    const char *begin = *pattern;
    size_t length = strcspn(begin, "{}");
    if (length > 0) {
        *pattern += length;
        return (struct vf_pattern_part){VF_PATTERN_TEXT, .name = {begin, length}};
    }
    if (*begin == '\0')
        return (struct vf_pattern_part){VF_PATTERN_END, .name = {begin, 0}};
    if (begin[1] == begin[0]) {
        *pattern += 2;
        return (struct vf_pattern_part){VF_PATTERN_TEXT, .name = {begin, 1}};
    }
    if (*begin == '{')
        return read_field(pattern);
    *pattern += 1;
    return (struct vf_pattern_part){VF_PATTERN_LONE, .name = {begin, 1}};
}

int vf_pattern_check_braces(const struct vf_pattern_part *part, char *problem, size_t problem_size)
{
    if (part->kind == VF_PATTERN_OPEN)
        snprintf(problem, problem_size,
                 "\"{%.*s\" is not closed; end it by }, or write {{ for a brace",
                 (int)part->name.length, part->name.begin);
    else if (part->kind == VF_PATTERN_LONE)
        snprintf(problem, problem_size, "\"}\" closes nothing; write }} for a brace");
    else
        return VF_OK;
    return -EINVAL;
}
