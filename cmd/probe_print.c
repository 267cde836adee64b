/* SPDX-License-Identifier: MIT */
#include "cmd/probe_print.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/display.h"
#include "engine/base/text.h"

#define TITLE_WIDTH 9

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool has(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

static double number_of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void print_clean(FILE *out, const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        return;
    vf_display_clean(copy);
    fputs(copy, out);
    free(copy);
}

static void add_duration(struct vf_text *text, double seconds)
{
    int hours = (int)(seconds / 3600), minutes = (int)(seconds / 60) % 60;
    if (seconds < 60)
        vf_text_print(text, "%.2f s", seconds);
    else if (seconds < 3600)
        vf_text_print(text, "%d:%05.2f", minutes, seconds - 60 * minutes);
    else
        vf_text_print(text, "%d:%02d:%05.2f", hours, minutes,
                      seconds - 3600 * hours - 60 * minutes);
}

static void add_amount(struct vf_text *text, double amount, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T"};
    size_t prefix = 0;
    while (amount >= 1000 && prefix + 1 < VF_COUNT(prefixes)) {
        amount /= 1000;
        prefix++;
    }
    vf_text_print(text, prefix ? "%.1f %s%s" : "%.0f %s%s", amount, prefixes[prefix], unit);
}

/* Adds ", " between parts. */
static void add_part(struct vf_text *text, const char *format, ...) VF_PRINTF(2, 3);

static void add_part(struct vf_text *text, const char *format, ...)
{
    va_list arguments;
    if (text->length)
        vf_text_append(text, ", ", 2);
    va_start(arguments, format);
    vf_text_vprint(text, format, arguments);
    va_end(arguments);
}

static void print_entry(FILE *out, const char *title, struct vf_text *text)
{
    if (text->length) {
        fprintf(out, "  %-*s", TITLE_WIDTH, title);
        print_clean(out, text->bytes);
        fputc('\n', out);
    }
    vf_text_finish(text);
    *text = (struct vf_text){0};
}

static void add_colour(struct vf_text *text, const json_t *stream)
{
    static const char *const keys[] = {"space", "transfer", "primaries", "range"};
    const json_t *colour = json_object_get(stream, "colour");
    const char *previous = "";
    if (has(stream, "hdr"))
        add_part(text, "%s", text_of(stream, "hdr"));
    for (size_t i = 0; i < VF_COUNT(keys); i++) {
        const char *word = text_of(colour, keys[i]);
        if (*word && strcmp(word, previous) != 0)
            add_part(text, "%s", word);
        previous = word;
    }
}

static void add_video(struct vf_text *text, const json_t *stream)
{
    if (has(stream, "width"))
        add_part(text, "%.0fx%.0f", number_of(stream, "width"), number_of(stream, "height"));
    if (strcmp(text_of(stream, "pixel_aspect"), "") != 0 &&
        strcmp(text_of(stream, "pixel_aspect"), "1:1") != 0)
        add_part(text, "pixels %s", text_of(stream, "pixel_aspect"));
    if (number_of(stream, "rotation") > 0)
        add_part(text, "shown turned by %.0f degrees", number_of(stream, "rotation"));
    if (has(stream, "fps"))
        add_part(text, "%.6g fps", number_of(stream, "fps"));
    if (has(stream, "base_fps") && number_of(stream, "base_fps") != number_of(stream, "fps"))
        add_part(text, "base rate %.6g", number_of(stream, "base_fps"));
    if (has(stream, "frames"))
        add_part(text, "%.0f frame%s", number_of(stream, "frames"),
                 number_of(stream, "frames") == 1 ? "" : "s");
    if (has(stream, "key_frames"))
        add_part(text, "%.0f key frame%s", number_of(stream, "key_frames"),
                 number_of(stream, "key_frames") == 1 ? "" : "s");
    if (has(stream, "key_distance"))
        vf_text_print(text, " (each %.2f s)", number_of(stream, "key_distance"));
    if (has(stream, "pixel_format"))
        add_part(text, "%s (%.0f bits)", text_of(stream, "pixel_format"),
                 number_of(stream, "bit_depth"));
    if (has(stream, "field_order") && strcmp(text_of(stream, "field_order"), "progressive") != 0)
        add_part(text, "interlaced, %s", text_of(stream, "field_order"));
    add_colour(text, stream);
}

static void add_audio(struct vf_text *text, const json_t *stream)
{
    if (has(stream, "sample_rate"))
        add_part(text, "%.0f Hz", number_of(stream, "sample_rate"));
    if (has(stream, "layout"))
        add_part(text, "%s", text_of(stream, "layout"));
    else if (has(stream, "channels"))
        add_part(text, "%.0f channels", number_of(stream, "channels"));
}

static void add_rest(struct vf_text *text, const json_t *stream)
{
    const json_t *words = json_object_get(stream, "disposition");
    if (has(stream, "bit_rate")) {
        struct vf_text amount = {0};
        add_amount(&amount, number_of(stream, "bit_rate"), "bit/s");
        add_part(text, "%s", amount.bytes ? amount.bytes : "");
        vf_text_finish(&amount);
    }
    if (has(stream, "language"))
        add_part(text, "language %s", text_of(stream, "language"));
    for (size_t i = 0; i < json_array_size(words); i++)
        add_part(text, "%s", json_string_value(json_array_get(words, i)));
    const char *title = text_of(json_object_get(stream, "tags"), "title");
    if (*title)
        add_part(text, "\"%s\"", title);
}

static void print_stream(FILE *out, const json_t *stream)
{
    struct vf_text text = {0};
    const char *type = text_of(stream, "type");
    vf_text_print(&text, "%s", text_of(stream, "codec"));
    if (has(stream, "profile"))
        vf_text_print(&text, " (%s)", text_of(stream, "profile"));
    if (strcmp(type, "video") == 0)
        add_video(&text, stream);
    else if (strcmp(type, "audio") == 0)
        add_audio(&text, stream);
    add_rest(&text, stream);
    print_entry(out, type, &text);
}

/* Adds the name of the container: of those that are read alike, the one that the file is called by,
 * otherwise the first. */
static void add_container(struct vf_text *text, const json_t *facts)
{
    const char *names = text_of(facts, "container");
    const char *dot = strrchr(text_of(facts, "path"), '.');
    size_t length = dot ? strlen(dot + 1) : 0;
    for (const char *name = names; length && *name;) {
        size_t size = strcspn(name, ",");
        if (size == length && strncmp(name, dot + 1, size) == 0)
            names = name;
        name += size + (name[size] == ',');
    }
    add_part(text, "%.*s", (int)strcspn(names, ","), names);
}

static void add_summary(struct vf_text *text, const json_t *facts)
{
    add_container(text, facts);
    if (has(facts, "duration")) {
        vf_text_append(text, ", ", 2);
        add_duration(text, number_of(facts, "duration"));
    }
    if (has(facts, "size")) {
        vf_text_append(text, ", ", 2);
        add_amount(text, number_of(facts, "size"), "B");
    }
}

static void print_chapters(FILE *out, const json_t *facts)
{
    const json_t *chapters = json_object_get(facts, "chapters");
    for (size_t i = 0; i < json_array_size(chapters); i++) {
        const json_t *chapter = json_array_get(chapters, i);
        struct vf_text text = {0};
        add_duration(&text, number_of(chapter, "start"));
        vf_text_print(&text, "  %s", text_of(chapter, "title"));
        print_entry(out, i ? "" : "chapters", &text);
    }
}

static void print_tags(FILE *out, const json_t *facts)
{
    const char *key;
    json_t *value, *tags = json_object_get(facts, "tags");
    const char *title = "tags";
    json_object_foreach(tags, key, value)
    {
        struct vf_text text = {0};
        vf_text_print(&text, "%s: %s", key, json_string_value(value));
        print_entry(out, title, &text);
        title = "";
    }
}

static void print_faults(FILE *out, const json_t *facts)
{
    struct vf_text text = {0};
    if (has(facts, "faults"))
        add_part(&text, "%.0f", number_of(facts, "faults"));
    if (has(facts, "fault"))
        add_part(&text, "%s", text_of(facts, "fault"));
    print_entry(out, "faults", &text);
}

void vf_probe_print_page(FILE *out, const json_t *facts)
{
    const json_t *streams = json_object_get(facts, "streams");
    struct vf_text text = {0};
    print_clean(out, text_of(facts, "path"));
    if (has(facts, "error")) {
        fputs(": ", out);
        print_clean(out, text_of(facts, "error"));
        fputc('\n', out);
        return;
    }
    fputc('\n', out);
    add_summary(&text, facts);
    if (has(facts, "bit_rate")) {
        vf_text_append(&text, ", ", 2);
        add_amount(&text, number_of(facts, "bit_rate"), "bit/s");
    }
    print_entry(out, "file", &text);
    for (size_t i = 0; i < json_array_size(streams); i++)
        print_stream(out, json_array_get(streams, i));
    print_chapters(out, facts);
    print_tags(out, facts);
    if (has(facts, "seconds_to_connect"))
        add_part(&text, "connected after %.2f s", number_of(facts, "seconds_to_connect"));
    if (has(facts, "seconds_to_first_frame"))
        add_part(&text, "first frame after %.2f s", number_of(facts, "seconds_to_first_frame"));
    print_entry(out, "network", &text);
    print_faults(out, facts);
}

/* Returns the first stream of a type that is no cover; NULL: there is none. */
static const json_t *first_of(const json_t *facts, const char *type)
{
    const json_t *streams = json_object_get(facts, "streams");
    for (size_t i = 0; i < json_array_size(streams); i++) {
        const json_t *stream = json_array_get(streams, i);
        const json_t *words = json_object_get(stream, "disposition");
        bool is_cover = false;
        for (size_t w = 0; w < json_array_size(words); w++)
            is_cover |= strcmp(json_string_value(json_array_get(words, w)), "attached_pic") == 0;
        if (strcmp(text_of(stream, "type"), type) == 0 && !is_cover)
            return stream;
    }
    return NULL;
}

void vf_probe_print_line(FILE *out, const json_t *facts)
{
    const json_t *video = first_of(facts, "video"), *audio = first_of(facts, "audio");
    struct vf_text text = {0};
    print_clean(out, text_of(facts, "path"));
    fputs(": ", out);
    if (has(facts, "error")) {
        print_clean(out, text_of(facts, "error"));
        fputc('\n', out);
        return;
    }
    add_summary(&text, facts);
    if (video) {
        add_part(&text, "%s", text_of(video, "codec"));
        add_video(&text, video);
    }
    if (audio) {
        add_part(&text, "%s", text_of(audio, "codec"));
        add_audio(&text, audio);
    }
    if (has(facts, "fault"))
        add_part(&text, "faulty");
    print_clean(out, text.bytes ? text.bytes : "");
    fputc('\n', out);
    vf_text_finish(&text);
}

/* The columns: where a value is found. */
static const struct {
    const char *name, *stream, *key; /* stream NULL: of the file */
} columns[] = {
    {"path", NULL, "path"},
    {"container", NULL, "container"},
    {"duration", NULL, "duration"},
    {"size", NULL, "size"},
    {"bit_rate", NULL, "bit_rate"},
    {"video", "video", "codec"},
    {"width", "video", "width"},
    {"height", "video", "height"},
    {"fps", "video", "fps"},
    {"frames", "video", "frames"},
    {"key_frames", "video", "key_frames"},
    {"rotation", "video", "rotation"},
    {"pixel_aspect", "video", "pixel_aspect"},
    {"pixel_format", "video", "pixel_format"},
    {"bit_depth", "video", "bit_depth"},
    {"hdr", "video", "hdr"},
    {"audio", "audio", "codec"},
    {"sample_rate", "audio", "sample_rate"},
    {"channels", "audio", "channels"},
    {"layout", "audio", "layout"},
    {"language", "audio", "language"},
    {"subtitles", "subtitle", "codec"},
    {"fault", NULL, "fault"},
    {"error", NULL, "error"},
};

static void print_cell(FILE *out, const char *text)
{
    bool is_quoted = text[strcspn(text, ",\"\n\r")] != '\0';
    if (is_quoted)
        fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    if (is_quoted)
        fputc('"', out);
}

void vf_probe_print_csv_head(FILE *out)
{
    for (size_t i = 0; i < VF_COUNT(columns); i++)
        fprintf(out, "%s%s", i ? "," : "", columns[i].name);
    fputc('\n', out);
}

void vf_probe_print_csv(FILE *out, const json_t *facts)
{
    for (size_t i = 0; i < VF_COUNT(columns); i++) {
        const json_t *object = columns[i].stream ? first_of(facts, columns[i].stream) : facts;
        const json_t *value = json_object_get(object, columns[i].key);
        if (i)
            fputc(',', out);
        if (json_is_string(value))
            print_cell(out, json_string_value(value));
        else if (json_is_integer(value))
            fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        else if (json_is_real(value))
            fprintf(out, "%.10g", json_real_value(value));
    }
    fputc('\n', out);
}
