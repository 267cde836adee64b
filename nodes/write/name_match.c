/* SPDX-License-Identifier: MIT */
#include "nodes/write/name_match.h"

#include <stdio.h>
#include <string.h>

#define MAX_NAME 255

static void add_literally(struct vf_text *to, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        vf_text_append(to,
                       text[i] == '{'   ? "{{"
                       : text[i] == '}' ? "}}"
                                        : text + i,
                       text[i] == '{' || text[i] == '}' ? 2 : 1);
}

static void add_date(struct vf_text *to, const char *format, size_t length)
{
    if (length)
        vf_text_print(to, "{date:%.*s}", (int)length, format);
}

/* What is several parts of a path becomes several fields. */
static void split_date(struct vf_text *to, const struct vf_pattern_span *format)
{
    struct vf_text plain = {0};
    for (size_t i = 0; i < format->length; i++) {
        bool is_conversion = format->begin[i] == '%' && i + 1 < format->length;
        bool is_short = is_conversion && strchr("Dx", format->begin[i + 1]);
        if (is_short)
            vf_text_print(&plain, "%%m/%%d/%%y");
        else
            vf_text_append(&plain, format->begin + i, is_conversion ? 2 : 1);
        i += is_conversion;
    }
    const char *at = plain.bytes;
    for (const char *slash; at && (slash = strchr(at, '/')); at = slash + 1) {
        add_date(to, at, (size_t)(slash - at));
        vf_text_append(to, "/", 1);
    }
    if (at)
        add_date(to, at, strlen(at));
    to->failed = to->failed || plain.failed;
    vf_text_finish(&plain);
}

static void add_field(struct vf_text *to, const struct vf_pattern_part *part,
                      const struct vf_name_facts *facts)
{
    const struct vf_name_field *field = vf_name_field_find(&part->name);
    struct vf_text printed = {0};
    if (field && !field->fits) {
        field->print(&printed, &part->format, facts);
        add_literally(to, printed.bytes ? printed.bytes : "", printed.length);
        to->failed = to->failed || printed.failed;
    } else if (part->format.begin && vf_pattern_span_is(&part->name, "date")) {
        split_date(to, &part->format);
    } else {
        vf_text_print(to, "{%.*s%s%.*s}", (int)part->name.length, part->name.begin,
                      part->format.begin ? ":" : "", (int)part->format.length,
                      part->format.begin ? part->format.begin : "");
    }
    vf_text_finish(&printed);
}

char *vf_name_match_settle(const char *pattern, const struct vf_name_facts *facts)
{
    struct vf_text settled = {0};
    struct vf_pattern_part part;
    vf_text_append(&settled, "", 0);
    do {
        part = vf_pattern_next(&pattern);
        if (part.kind == VF_PATTERN_FIELD)
            add_field(&settled, &part, facts);
        else if (part.kind != VF_PATTERN_END)
            add_literally(&settled, part.name.begin, part.name.length);
    } while (part.kind != VF_PATTERN_END);
    return vf_text_take(&settled);
}

/* Where in a name what comes next can begin, after what has been matched. */
struct places {
    bool can_be[MAX_NAME + 1];
};

static void match_field(struct places *places, const struct vf_pattern_part *part,
                        const struct vf_pattern_span *name)
{
    const struct vf_name_field *field = vf_name_field_find(&part->name);
    struct places next = {{false}};
    for (size_t begin = 0; begin <= name->length; begin++) {
        for (size_t end = begin + 1; places->can_be[begin] && end <= name->length; end++) {
            const struct vf_pattern_span text = {name->begin + begin, end - begin};
            if (!next.can_be[end] && field && field->fits)
                next.can_be[end] = field->fits(&part->format, &text);
        }
    }
    *places = next;
}

static void match_text(struct places *places, const struct vf_pattern_span *text,
                       const struct vf_pattern_span *name)
{
    struct places next = {{false}};
    for (size_t begin = 0; begin + text->length <= name->length; begin++) {
        if (places->can_be[begin])
            next.can_be[begin + text->length] =
                memcmp(name->begin + begin, text->begin, text->length) == 0;
    }
    *places = next;
}

static bool fits(const char *pattern, const struct vf_pattern_span *name)
{
    struct places places = {{true}};
    struct vf_pattern_part part;
    if (name->length > MAX_NAME)
        return false;
    do {
        part = vf_pattern_next(&pattern);
        if (part.kind == VF_PATTERN_FIELD)
            match_field(&places, &part, name);
        else
            match_text(&places, &part.name, name);
    } while (part.kind != VF_PATTERN_END);
    return places.can_be[name->length];
}

bool vf_name_match_fits(const char *part, const char *name)
{
    const struct vf_pattern_span whole = {name, strlen(name)};
    return fits(part, &whole);
}

/* Takes the "-2" out of "name-2.mp4". Returns whether there is one. */
static bool drop_number(char plain[MAX_NAME + 1], const char *name)
{
    const char *dot = strrchr(name, '.');
    const char *ending = dot ? dot : name + strlen(name), *begin = ending;
    while (begin > name && begin[-1] >= '0' && begin[-1] <= '9')
        begin--;
    bool is_one = ending - begin == 1 && *begin == '1';
    if (begin == ending || begin == name || begin[-1] != '-' || *begin == '0' || is_one)
        return false;
    int length = snprintf(plain, MAX_NAME + 1, "%.*s%s", (int)(begin - 1 - name), name, ending);
    return length <= MAX_NAME;
}

bool vf_name_match_fits_file(const char *part, const char *name)
{
    char plain[MAX_NAME + 1];
    return vf_name_match_fits(part, name) ||
           (drop_number(plain, name) && vf_name_match_fits(part, plain));
}
