/* SPDX-License-Identifier: MIT */
#include "nodes/write/name_field.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/display.h"

#define MAX_DIGITS 20 /* that 64 bits have */
#define MAX_DATE 256
#define LARGEST_CLASS 1e9
#define LONGEST_WORD 64

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* The digits between "0" and "d" of "04d"; 0: there are none, or they are none. */
static size_t count_digits(const struct vf_pattern_span *format)
{
    size_t digits = 0;
    if (format->length < 2 || format->begin[0] != '0' || format->begin[format->length - 1] != 'd')
        return 0;
    for (size_t i = 1; i + 1 < format->length && digits <= MAX_DIGITS; i++) {
        if (!is_digit(format->begin[i]))
            return 0;
        digits = digits * 10 + (size_t)(format->begin[i] - '0');
    }
    return digits <= MAX_DIGITS ? digits : 0;
}

static size_t digits_of(const struct vf_pattern_span *format)
{
    return format->begin ? count_digits(format) : 0;
}

static bool is_number_format(const struct vf_pattern_span *format)
{
    return vf_pattern_span_is(format, "d") || count_digits(format) > 0;
}

static void print_sequence(struct vf_text *text, const struct vf_pattern_span *format,
                           const struct vf_name_facts *facts)
{
    vf_text_print(text, "%0*" PRIu64, (int)digits_of(format), facts->sequence);
}

static void print_number(struct vf_text *text, const struct vf_pattern_span *format,
                         const struct vf_name_facts *facts)
{
    vf_text_print(text, "%0*" PRIu64, (int)digits_of(format), facts->number);
}

/* Returns whether that is a number with `least` digits, and more only where it needs them. */
static bool is_number(const char *text, size_t length, size_t least)
{
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i]))
            return false;
    }
    least = least > 0 ? least : 1;
    return length == least || (length > least && length <= MAX_DIGITS && text[0] != '0');
}

/* Files are counted from 1. */
static bool fits_count(const struct vf_pattern_span *format, const struct vf_pattern_span *text)
{
    bool is_zero = strspn(text->begin, "0") >= text->length;
    return !is_zero && is_number(text->begin, text->length, digits_of(format));
}

static void print_pts(struct vf_text *text, const struct vf_pattern_span *format,
                      const struct vf_name_facts *facts)
{
    if (facts->first->timestamp == VF_NO_TIMESTAMP)
        vf_text_print(text, "none");
    else
        vf_text_print(text, "%0*" PRId64, (int)digits_of(format), facts->first->timestamp);
}

static bool fits_pts(const struct vf_pattern_span *format, const struct vf_pattern_span *text)
{
    size_t least = digits_of(format);
    size_t sign = text->length && text->begin[0] == '-';
    if (vf_pattern_span_is(text, "none"))
        return true;
    if (sign && strspn(text->begin + 1, "0") + 1 >= text->length)
        return false;
    return is_number(text->begin + sign, text->length - sign, least > sign ? least - sign : 0);
}

static void print_ms(struct vf_text *text, double exact_ms)
{
    /* Beyond 10^15 ms, which is 30000 years, the last digit need not be right. */
    uint64_t ms = (uint64_t)((exact_ms < 0 ? -exact_ms : exact_ms) + 0.5);
    vf_text_print(text, "%s%02" PRIu64 "-%02u-%02u.%03u", exact_ms <= -0.5 ? "-" : "", ms / 3600000,
                  (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60), (unsigned)(ms % 1000));
}

static void print_time(struct vf_text *text, const struct vf_pattern_span *format,
                       const struct vf_name_facts *facts)
{
    (void)format;
    const struct vf_rational *base = &facts->first->time_base;
    if (facts->first->timestamp == VF_NO_TIMESTAMP || base->num <= 0 || base->den <= 0)
        vf_text_print(text, "none");
    else
        print_ms(text, (double)facts->first->timestamp * 1000 * base->num / base->den);
}

static void print_source_time(struct vf_text *text, const struct vf_pattern_span *format,
                              const struct vf_name_facts *facts)
{
    (void)format;
    if (facts->first->source_time_ns == VF_NO_TIMESTAMP)
        vf_text_print(text, "none");
    else
        print_ms(text, (double)facts->first->source_time_ns / VF_NS_PER_MS);
}

/* "01-02-03.456", with more hours if need be. */
static bool fits_time(const struct vf_pattern_span *format, const struct vf_pattern_span *text)
{
    static const char rest[] = "-00-00.000";
    size_t rest_length = strlen(rest), sign = text->length && text->begin[0] == '-';
    (void)format;
    if (vf_pattern_span_is(text, "none"))
        return true;
    if (text->length < sign + 2 + rest_length)
        return false;
    const char *end = text->begin + text->length - rest_length;
    for (size_t i = 0; i < rest_length; i++) {
        if (rest[i] == '0' ? !is_digit(end[i]) : end[i] != rest[i])
            return false;
    }
    return end[1] < '6' && end[4] < '6' &&
           is_number(text->begin + sign, (size_t)(end - text->begin) - sign, 2);
}

static const struct vf_pattern_span *date_format(const struct vf_pattern_span *format)
{
    static const struct vf_pattern_span usual = {"%Y%m%d-%H%M%S", 13};
    return format->begin ? format : &usual;
}

static void print_date(struct vf_text *text, const struct vf_pattern_span *format,
                       const struct vf_name_facts *facts)
{
    vf_pattern_print_date(text, date_format(format), facts->wall_ns);
}

/* The calendar has no 30th of February. */
static bool is_day(const struct tm *date)
{
    struct tm proper = *date;
    return timegm(&proper) != -1 && proper.tm_mday == date->tm_mday &&
           proper.tm_mon == date->tm_mon;
}

/* A date is one if reading it and printing it again makes the same of it. */
static bool fits_date(const struct vf_pattern_span *format, const struct vf_pattern_span *text)
{
    const struct vf_pattern_span *asked = date_format(format);
    char wanted[MAX_DATE], given[MAX_DATE], again[MAX_DATE];
    struct tm date = {.tm_mday = 1, .tm_year = 100, .tm_isdst = -1};
    if (asked->length >= sizeof(wanted) || text->length >= sizeof(given) || text->length == 0)
        return false;
    snprintf(wanted, sizeof(wanted), "%.*s", (int)asked->length, asked->begin);
    snprintf(given, sizeof(given), "%.*s", (int)text->length, text->begin);
    const char *end = strptime(given, wanted, &date);
    return end && *end == '\0' && is_day(&date) &&
           strftime(again, sizeof(again), wanted, &date) == text->length &&
           strcmp(given, again) == 0;
}

/* Copies the path of the source: what is in it comes from elsewhere, and shows as what it is
 * wherever the name is printed. Returns where the name begins, after the folder. */
static char *take_source(char path[VF_SOURCE_SIZE + 1], const struct vf_name_facts *facts)
{
    snprintf(path, VF_SOURCE_SIZE + 1, "%.*s", VF_SOURCE_SIZE, facts->first->source);
    vf_display_hide_characters(path, '_');
    char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Never half of a character. */
static size_t shorten(const char *name, size_t length, size_t limit)
{
    if (!limit || length <= limit)
        return length;
    while (limit > 1 && ((unsigned char)name[limit] & 0xc0) == 0x80)
        limit--;
    return limit;
}

/* Stays one part of a path, and hides nothing. */
static void print_source(struct vf_text *text, const struct vf_pattern_span *format,
                         const struct vf_name_facts *facts)
{
    (void)format;
    char path[VF_SOURCE_SIZE + 1];
    char *name = take_source(path, facts);
    char *dot = strrchr(name, '.');
    size_t length = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    if (length == 0)
        vf_text_print(text, "unknown");
    if (name[0] == '.')
        name[0] = '_';
    vf_text_append(text, name, shorten(name, length, facts->source_limit));
}

/* Stays below the folder that it is put into, and hides nothing. */
static void print_folder(struct vf_text *text, const struct vf_pattern_span *format,
                         const struct vf_name_facts *facts)
{
    (void)format;
    char path[VF_SOURCE_SIZE + 1];
    const char *name = take_source(path, facts);
    size_t length = name > path ? (size_t)(name - path) - 1 : 0;
    bool is_first = true;
    for (size_t i = 0; i < length; i++) {
        bool is_empty = is_first && path[i] == '/';
        if (!is_empty)
            vf_text_append(text, is_first && path[i] == '.' ? "_" : path + i, 1);
        is_first = path[i] == '/';
    }
}

static void print_track(struct vf_text *text, const struct vf_pattern_span *format,
                        const struct vf_name_facts *facts)
{
    if (facts->subject && facts->subject->has_track)
        vf_text_print(text, "%0*" PRId64, (int)digits_of(format), facts->subject->track);
    else
        vf_text_print(text, "none");
}

static void print_class(struct vf_text *text, const struct vf_pattern_span *format,
                        const struct vf_name_facts *facts)
{
    double class = facts->subject ? facts->subject->class : NAN;
    if (fabs(class) <= LARGEST_CLASS)
        vf_text_print(text, "%0*" PRId64, (int)digits_of(format), (int64_t)llround(class));
    else
        vf_text_print(text, "none");
}

/* Stays one part of a path, and hides nothing. */
static void print_word(struct vf_text *text, const char *word)
{
    char shown[VF_SOURCE_SIZE];
    snprintf(shown, sizeof(shown), "%s", word && *word ? word : "none");
    vf_display_hide_characters(shown, '_');
    for (char *at = shown; *at; at++)
        *at = *at == '/' ? '_' : *at;
    if (shown[0] == '.')
        shown[0] = '_';
    vf_text_append(text, shown, shorten(shown, strlen(shown), LONGEST_WORD));
}

static void print_what(struct vf_text *text, const struct vf_pattern_span *format,
                       const struct vf_name_facts *facts)
{
    (void)format;
    print_word(text, facts->subject ? facts->subject->what : NULL);
}

static void print_where(struct vf_text *text, const struct vf_pattern_span *format,
                        const struct vf_name_facts *facts)
{
    (void)format;
    print_word(text, facts->subject ? facts->subject->where : NULL);
}

static const struct vf_name_field fields[] = {
    {"seq", is_number_format, "{seq:04d}", print_sequence, fits_count},
    {"n", is_number_format, "{n:04d}", print_number, fits_count},
    {"pts", is_number_format, "{pts:08d}", print_pts, fits_pts},
    {"time", NULL, "{time}", print_time, fits_time},
    {"date", vf_pattern_is_date, "{date:%Y%m%d-%H%M%S}", print_date, fits_date},
    {"source", NULL, "{source}", print_source, NULL},
    {"source_time", NULL, "{source_time}", print_source_time, fits_time},
    {"folder", NULL, "{folder}", print_folder, NULL},
    {"track", is_number_format, "{track:04d}", print_track, fits_pts, true},
    {"class", is_number_format, "{class:02d}", print_class, fits_pts, true},
    {"what", NULL, "{what}", print_what, NULL, true},
    {"where", NULL, "{where}", print_where, NULL, true},
};

const struct vf_name_field *vf_name_field_find(const struct vf_pattern_span *name)
{
    for (size_t i = 0; i < VF_COUNT(fields); i++) {
        if (vf_pattern_span_is(name, fields[i].name))
            return &fields[i];
    }
    return NULL;
}

const struct vf_name_field *vf_name_field_at(size_t index)
{
    return index < VF_COUNT(fields) ? &fields[index] : NULL;
}
