/* SPDX-License-Identifier: MIT */
#include "nodes/write/file_name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "engine/base/display.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "nodes/value/pattern.h"

#define MAX_DIGITS 20 /* that 64 bits have */
#define FOLDER_MODE 0777

/* What a name is made of. */
struct facts {
    uint64_t sequence;
    const struct vf_description *first;
    int64_t wall_ns;
};

struct field {
    const char *name;
    bool (*is_format)(const struct vf_pattern_span *format); /* NULL: it takes none */
    const char *example;                                     /* of a format */
    void (*print)(struct vf_text *text, const struct vf_pattern_span *format,
                  const struct facts *facts);
};

/* The digits between "0" and "d" of "04d"; 0: there are none, or they are none. */
static size_t count_digits(const struct vf_pattern_span *format)
{
    size_t digits = 0;
    if (format->length < 2 || format->begin[0] != '0' || format->begin[format->length - 1] != 'd')
        return 0;
    for (size_t i = 1; i + 1 < format->length && digits <= MAX_DIGITS; i++) {
        if (format->begin[i] < '0' || format->begin[i] > '9')
            return 0;
        digits = digits * 10 + (size_t)(format->begin[i] - '0');
    }
    return digits <= MAX_DIGITS ? digits : 0;
}

static bool is_number_format(const struct vf_pattern_span *format)
{
    return vf_pattern_span_is(format, "d") || count_digits(format) > 0;
}

static void print_sequence(struct vf_text *text, const struct vf_pattern_span *format,
                           const struct facts *facts)
{
    int digits = format->begin ? (int)count_digits(format) : 0;
    vf_text_print(text, "%0*" PRIu64, digits, facts->sequence);
}

static void print_pts(struct vf_text *text, const struct vf_pattern_span *format,
                      const struct facts *facts)
{
    int digits = format->begin ? (int)count_digits(format) : 0;
    if (facts->first->timestamp == VF_NO_TIMESTAMP)
        vf_text_print(text, "none");
    else
        vf_text_print(text, "%0*" PRId64, digits, facts->first->timestamp);
}

static void print_time(struct vf_text *text, const struct vf_pattern_span *format,
                       const struct facts *facts)
{
    (void)format;
    const struct vf_rational *base = &facts->first->time_base;
    if (facts->first->timestamp == VF_NO_TIMESTAMP || base->num <= 0 || base->den <= 0) {
        vf_text_print(text, "none");
        return;
    }
    /* Beyond 10^15 ms, which is 30000 years, the last digit need not be right. */
    double exact_ms = (double)facts->first->timestamp * 1000 * base->num / base->den;
    uint64_t ms = (uint64_t)((exact_ms < 0 ? -exact_ms : exact_ms) + 0.5);
    vf_text_print(text, "%s%02" PRIu64 "-%02u-%02u.%03u", exact_ms <= -0.5 ? "-" : "", ms / 3600000,
                  (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60), (unsigned)(ms % 1000));
}

static void print_date(struct vf_text *text, const struct vf_pattern_span *format,
                       const struct facts *facts)
{
    static const struct vf_pattern_span usual = {"%Y%m%d-%H%M%S", 13};
    vf_pattern_print_date(text, format->begin ? format : &usual, facts->wall_ns);
}

/* What is in it comes from elsewhere: it stays one part of a path, hides nothing, and shows as what
 * it is wherever the name is printed. */
static void print_source(struct vf_text *text, const struct vf_pattern_span *format,
                         const struct facts *facts)
{
    (void)format;
    char source[VF_SOURCE_SIZE + 1];
    snprintf(source, sizeof(source), "%.*s", VF_SOURCE_SIZE, facts->first->source);
    vf_display_hide_characters(source, '_');
    size_t length = strlen(source);
    for (size_t i = length; i-- > 1;) {
        if (source[i] == '.') {
            length = i;
            break;
        }
    }
    if (length == 0)
        vf_text_print(text, "unknown");
    for (size_t i = 0; i < length; i++) {
        bool is_harmless = source[i] != '/' && (source[i] != '.' || i > 0);
        vf_text_append(text, is_harmless ? source + i : "_", 1);
    }
}

static const struct field fields[] = {
    {"seq", is_number_format, "{seq:04d}", print_sequence},
    {"pts", is_number_format, "{pts:08d}", print_pts},
    {"time", NULL, "{time}", print_time},
    {"date", vf_pattern_is_date, "{date:%Y%m%d-%H%M%S}", print_date},
    {"source", NULL, "{source}", print_source},
};

static const struct field *find_field(const struct vf_pattern_span *name)
{
    for (size_t i = 0; i < VF_COUNT(fields); i++) {
        if (vf_pattern_span_is(name, fields[i].name))
            return &fields[i];
    }
    return NULL;
}

static int refuse_name(const struct vf_pattern_span *name, char *problem, size_t problem_size)
{
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "%.*s", (int)name->length, name->begin);
    struct vf_text_nearest nearest = {.wanted = wanted, .before = "{", .after = "}"};
    for (size_t i = 0; i < VF_COUNT(fields); i++)
        vf_text_nearest_consider(&nearest, fields[i].name);
    snprintf(problem, problem_size, "{%s} is no field of a name%s", wanted,
             vf_text_suggest_or(&nearest, "there are {seq}, {pts}, {time}, {date}, {source}, and "
                                          "{{ for a brace"));
    return -EINVAL;
}

static int check_field(const struct vf_pattern_part *part, char *problem, size_t problem_size)
{
    const struct field *field = find_field(&part->name);
    if (!field)
        return refuse_name(&part->name, problem, problem_size);
    if (!part->format.begin || (field->is_format && field->is_format(&part->format)))
        return VF_OK;
    snprintf(problem, problem_size, "\"%.*s\" is no format of {%s}; write %s",
             (int)part->format.length, part->format.begin, field->name, field->example);
    return -EINVAL;
}

static int check_part(const struct vf_pattern_part *part, char *problem, size_t problem_size)
{
    if (part->kind == VF_PATTERN_FIELD)
        return check_field(part, problem, problem_size);
    return vf_pattern_check_braces(part, problem, problem_size);
}

int vf_file_name_check(const char *pattern, char *problem, size_t problem_size)
{
    struct vf_pattern_part part;
    int err;
    do {
        part = vf_pattern_next(&pattern);
        err = check_part(&part, problem, problem_size);
    } while (!err && part.kind != VF_PATTERN_END);
    return err;
}

bool vf_file_name_has(const char *pattern, const char *field)
{
    struct vf_pattern_part part;
    do {
        part = vf_pattern_next(&pattern);
        if (part.kind == VF_PATTERN_FIELD &&
            (field ? vf_pattern_span_is(&part.name, field) : find_field(&part.name) != NULL))
            return true;
    } while (part.kind != VF_PATTERN_END);
    return false;
}

char *vf_file_name_make(const char *pattern, uint64_t sequence, const struct vf_description *first,
                        int64_t wall_ns)
{
    const struct facts facts = {sequence, first, wall_ns};
    struct vf_text text = {0};
    struct vf_pattern_part part;
    do {
        part = vf_pattern_next(&pattern);
        const struct field *field = part.kind == VF_PATTERN_FIELD ? find_field(&part.name) : NULL;
        if (field)
            field->print(&text, &part.format, &facts);
        else if (part.kind != VF_PATTERN_END)
            vf_text_append(&text, part.name.begin, part.name.length);
    } while (part.kind != VF_PATTERN_END);
    return vf_text_take(&text);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Another process may make it at the same time. */
static int make_folder(const char *path)
{
    if (is_folder(path) || mkdir(path, FOLDER_MODE) == 0)
        return VF_OK;
    int err = errno;
    if (err == EEXIST && is_folder(path))
        return VF_OK;
    if (err == EEXIST)
        err = ENOTDIR;
    vf_log(VF_LOG_ERROR, "the folder %s cannot be made: %s", path, strerror(err));
    return -err;
}

int vf_file_name_make_folders(const char *path)
{
    const char *last = strrchr(path, '/');
    if (!last || last == path)
        return VF_OK;
    char *folder = strndup(path, (size_t)(last - path));
    if (!folder)
        return -ENOMEM;
    int err = VF_OK;
    for (char *slash = is_folder(folder) ? NULL : folder; slash && !err;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        err = make_folder(folder);
        if (slash)
            *slash = '/';
    }
    free(folder);
    return err;
}
