/* SPDX-License-Identifier: MIT */
#include "engine/flow/diagnostics.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/display.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/flow/source_line.h"

static void drop_strings(struct vf_diagnostic *diagnostic)
{
    free(diagnostic->file);
    free(diagnostic->message);
    free((void *)diagnostic->place.setting);
}

void vf_diagnostics_begin(struct vf_diagnostics *diagnostics, const char *file)
{
    char *copy = strdup(file);
    if (!copy) {
        diagnostics->failure = -ENOMEM;
        return;
    }
    vf_display_clean(copy);
    free(diagnostics->file);
    diagnostics->file = copy;
    diagnostics->first = diagnostics->count;
}

/* Copies what a place lends, and takes its file for that of the diagnostic. */
static int copy_strings(struct vf_diagnostic *diagnostic, const char *file)
{
    const char *setting = diagnostic->place.setting;
    const char *own = diagnostic->place.file ? diagnostic->place.file : file;
    diagnostic->file = strdup(own ? own : "");
    char *copy = setting ? strdup(setting) : NULL;
    diagnostic->place.setting = copy;
    diagnostic->place.file = diagnostic->place.note = NULL;
    if (!diagnostic->file || (setting && !copy))
        return -ENOMEM;
    vf_display_clean(diagnostic->file);
    if (copy)
        vf_display_clean(copy);
    return VF_OK;
}

static bool is_same(const struct vf_diagnostic *one, const struct vf_diagnostic *other)
{
    const char *setting = one->place.setting, *other_setting = other->place.setting;
    return one->place.line == other->place.line && one->place.column == other->place.column &&
           !setting == !other_setting && (!setting || strcmp(setting, other_setting) == 0) &&
           strcmp(one->message, other->message) == 0 && strcmp(one->file, other->file) == 0;
}

/* What a loop repeats has its mistakes again and again. */
static bool is_known(const struct vf_diagnostics *diagnostics, const struct vf_diagnostic *added)
{
    for (size_t i = diagnostics->first; i < diagnostics->count; i++) {
        if (is_same(&diagnostics->items[i], added))
            return true;
    }
    return false;
}

static int append(struct vf_diagnostics *diagnostics, const struct vf_diagnostic *diagnostic)
{
    struct vf_diagnostic *items =
        realloc(diagnostics->items, (diagnostics->count + 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    diagnostics->items = items;
    items[diagnostics->count++] = *diagnostic;
    return VF_OK;
}

void vf_diagnostics_add(struct vf_diagnostics *diagnostics, enum vf_gravity gravity,
                        const char *code, struct vf_place place, const char *format, ...)
{
    struct vf_diagnostic added = {.gravity = gravity, .code = code, .place = place};
    struct vf_text message = {0};
    va_list arguments;
    va_start(arguments, format);
    vf_text_vprint(&message, format, arguments);
    va_end(arguments);
    if (place.note)
        vf_text_print(&message, " (%s)", place.note);
    added.message = vf_text_take(&message);
    if (added.message)
        vf_display_clean(added.message);
    int err = copy_strings(&added, diagnostics->file);
    bool is_new = !err && added.message && !is_known(diagnostics, &added);
    if (!err)
        err = !added.message ? -ENOMEM : is_new ? append(diagnostics, &added) : VF_OK;
    if (err || !is_new)
        drop_strings(&added);
    if (err)
        diagnostics->failure = err;
}

/* The flow's own file is before those that it names. */
static int compare_files(const char *a, const char *b, const char *first)
{
    int order = strcmp(a, b);
    if (order == 0 || !first)
        return order;
    if (strcmp(a, first) == 0)
        return -1;
    return strcmp(b, first) == 0 ? 1 : order;
}

static int compare(const struct vf_diagnostic *one, const struct vf_diagnostic *other,
                   const char *first)
{
    const struct vf_place *a = &one->place, *b = &other->place;
    if (!a->setting != !b->setting)
        return a->setting ? 1 : -1;
    int order = a->setting ? 0 : compare_files(one->file, other->file, first);
    if (order)
        return order;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return 0;
}

/* By insertion: stable, and mistakes are few. */
void vf_diagnostics_sort(struct vf_diagnostics *diagnostics, size_t first)
{
    struct vf_diagnostic *items = diagnostics->items;
    for (size_t i = first + 1; i < diagnostics->count; i++) {
        struct vf_diagnostic moved = items[i];
        size_t to = i;
        for (; to > first && compare(&moved, &items[to - 1], diagnostics->file) < 0; to--)
            items[to] = items[to - 1];
        items[to] = moved;
    }
}

enum vf_gravity vf_diagnostics_gravest(const struct vf_diagnostics *diagnostics, size_t first)
{
    enum vf_gravity gravest = VF_GRAVITY_NONE;
    for (size_t i = first; i < diagnostics->count; i++) {
        if (diagnostics->items[i].gravity > gravest)
            gravest = diagnostics->items[i].gravity;
    }
    return gravest;
}

static void print_place(struct vf_text *text, const struct vf_diagnostic *item)
{
    if (item->place.setting)
        vf_text_print(text, "%s: ", item->place.setting);
    else if (item->place.line)
        vf_text_print(text, "%s:%u:%u: ", item->file, item->place.line, item->place.column);
    else
        vf_text_print(text, "%s: ", item->file);
}

static enum vf_log_level level_of(const struct vf_diagnostic *item)
{
    return item->gravity == VF_GRAVITY_WARNING ? VF_LOG_WARNING : VF_LOG_ERROR;
}

/* Prints the line that is meant, and below it where in it. */
static void print_source(const struct vf_diagnostic *item, const char *source, FILE *out)
{
    struct vf_text text = {0};
    if (!item->place.setting && vf_source_line_show(&text, item->file, source, &item->place) &&
        text.bytes)
        fputs(text.bytes, out);
    vf_text_finish(&text);
}

void vf_diagnostics_print(const struct vf_diagnostics *diagnostics, FILE *out)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct vf_diagnostic *item = &diagnostics->items[i];
        enum vf_log_level level = level_of(item);
        struct vf_text place = {0};
        print_place(&place, item);
        const char *where = place.bytes ? place.bytes : "";
        if (vf_log_get_format() == VF_LOG_JSON)
            vf_log(level, "%s%s", where, item->message);
        else
            fprintf(out, "%s%s%s%s%s\n", where, vf_log_colour_of(level),
                    level == VF_LOG_WARNING ? "warning: " : "", item->message, vf_log_colour_end());
        if (diagnostics->text || vf_log_is_coloured())
            print_source(item, diagnostics->text, out);
        vf_text_finish(&place);
    }
}

/* A JSON string of any bytes. */
static json_t *json_of(const char *bytes)
{
    char *utf8 = vf_display_utf8(bytes);
    json_t *string = utf8 ? json_string(utf8) : NULL;
    free(utf8);
    return string;
}

static json_t *to_json(const struct vf_diagnostic *item)
{
    const char *severity = item->gravity == VF_GRAVITY_WARNING ? "warning" : "error";
    json_t *object =
        json_pack("{s:o, s:i, s:i, s:s, s:s, s:o}", "file", json_of(item->file), "line",
                  (int)item->place.line, "column", (int)item->place.column, "severity", severity,
                  "code", item->code, "message", json_of(item->message));
    if (object && item->place.setting &&
        json_object_set_new(object, "setting", json_of(item->place.setting)) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *vf_diagnostics_to_json(const struct vf_diagnostics *diagnostics)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < diagnostics->count; i++) {
        if (json_array_append_new(list, to_json(&diagnostics->items[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

int vf_diagnostics_print_json(const struct vf_diagnostics *diagnostics, FILE *out)
{
    json_t *list = vf_diagnostics_to_json(diagnostics);
    int err = -ENOMEM;
    if (list)
        err = json_dumpf(list, out, JSON_INDENT(2)) == 0 && fputc('\n', out) != EOF ? 0 : -EIO;
    json_decref(list);
    return err;
}

void vf_diagnostics_finish(struct vf_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        drop_strings(&diagnostics->items[i]);
    free(diagnostics->items);
    free(diagnostics->file);
    *diagnostics = (struct vf_diagnostics){0};
}
