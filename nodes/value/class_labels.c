/* SPDX-License-Identifier: MIT */
#include "nodes/value/class_labels.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/text.h"
#include "engine/base/trust.h"
#include "engine/sandbox/reader.h"

#define MAX_FILE (16 << 20)
#define MAX_PROBLEM 512
#define LONGEST_MS 60000

/* A file on its way to be read. */
struct reader {
    const char *path;
    const char *at, *end;
    unsigned line;
    struct vf_class_labels *labels;
    char *problem;
    size_t problem_size;
};

static int refuse(const struct reader *reader, const char *format, ...) VF_PRINTF(2, 3);

static int refuse(const struct reader *reader, const char *format, ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    snprintf(reader->problem, reader->problem_size, "%s:%u: %s", reader->path, reader->line, what);
    return -EINVAL;
}

void vf_class_labels_finish(struct vf_class_labels *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        free(labels->items[i].name);
    free(labels->items);
    *labels = (struct vf_class_labels){0};
}

static int add_label(struct vf_class_labels *labels, int64_t id, const char *name, size_t length)
{
    if (labels->count == labels->capacity) {
        size_t capacity = labels->capacity ? 2 * labels->capacity : 64;
        struct vf_class_label *items = realloc(labels->items, capacity * sizeof(*items));
        if (!items)
            return -ENOMEM;
        labels->items = items;
        labels->capacity = capacity;
    }
    char *copy = strndup(name, length);
    if (!copy)
        return -ENOMEM;
    labels->items[labels->count++] = (struct vf_class_label){id, copy};
    return VF_OK;
}

static int by_id(const void *a, const void *b)
{
    const struct vf_class_label *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

int vf_class_labels_set(struct vf_class_labels *labels, const struct vf_option_texts *names)
{
    int err = VF_OK;
    for (size_t i = 0; i < names->count && !err; i++)
        err = add_label(labels, (int64_t)i, names->items[i], strlen(names->items[i]));
    return err;
}

const char *vf_class_labels_find(const struct vf_class_labels *labels, double class_id)
{
    if (labels->count == 0 || class_id != floor(class_id) || fabs(class_id) > 1e15)
        return NULL;
    const struct vf_class_label wanted = {.id = (int64_t)class_id};
    const struct vf_class_label *found =
        bsearch(&wanted, labels->items, labels->count, sizeof(wanted), by_id);
    return found && found->name[0] ? found->name : NULL;
}

static int read_lines(struct reader *reader)
{
    int err = VF_OK;
    for (; reader->at < reader->end && !err; reader->line++) {
        const char *end = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
        const char *next = end ? end + 1 : reader->end, *start = reader->at;
        end = end ? end : reader->end;
        while (start < end && isspace((unsigned char)*start))
            start++;
        while (end > start && isspace((unsigned char)end[-1]))
            end--;
        err = add_label(reader->labels, reader->line - 1, start, (size_t)(end - start));
        reader->at = next;
    }
    return err;
}

/* Passes over spaces and comments, and counts lines. */
static void skip_space(struct reader *reader)
{
    for (; reader->at < reader->end; reader->at++) {
        if (*reader->at == '#') {
            while (reader->at + 1 < reader->end && reader->at[1] != '\n')
                reader->at++;
        } else if (*reader->at == '\n') {
            reader->line++;
        } else if (!isspace((unsigned char)*reader->at) && *reader->at != ',' &&
                   *reader->at != ';') {
            return;
        }
    }
}

static bool take(struct reader *reader, char character)
{
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != character)
        return false;
    reader->at++;
    return true;
}

/* Reads a name or a number. */
static void read_word(struct reader *reader, struct vf_text *word)
{
    skip_space(reader);
    const char *start = reader->at;
    while (reader->at < reader->end &&
           (isalnum((unsigned char)*reader->at) || (*reader->at && strchr("_.-+", *reader->at))))
        reader->at++;
    vf_text_append(word, start, (size_t)(reader->at - start));
}

/* Reads text in quotes, the first of which is passed already. */
static int read_quoted(struct reader *reader, char quote, struct vf_text *text)
{
    for (; reader->at < reader->end && *reader->at != '\n'; reader->at++) {
        if (*reader->at == quote) {
            reader->at++;
            vf_text_append(text, "", 0);
            return VF_OK;
        }
        if (*reader->at == '\\' && reader->at + 1 < reader->end)
            reader->at++;
        vf_text_append(text, reader->at, 1);
    }
    return refuse(reader, "text without a closing %c", quote);
}

static int read_value(struct reader *reader, struct vf_text *value)
{
    skip_space(reader);
    if (take(reader, '"'))
        return read_quoted(reader, '"', value);
    if (take(reader, '\''))
        return read_quoted(reader, '\'', value);
    read_word(reader, value);
    return value->length ? VF_OK : refuse(reader, "a field without a value");
}

/* Passes over a message within an item, the brace of which is passed already. */
static int skip_message(struct reader *reader)
{
    int err = VF_OK;
    for (int depth = 1; depth && !err;) {
        struct vf_text unused = {0};
        if (take(reader, '{'))
            depth++;
        else if (take(reader, '}'))
            depth--;
        else if (reader->at == reader->end)
            err = refuse(reader, "a { without its }");
        else if (*reader->at == '"' || *reader->at == '\'')
            err = read_value(reader, &unused);
        else
            reader->at++;
        vf_text_finish(&unused);
    }
    return err;
}

struct item {
    struct vf_text id, name, display_name;
};

static int read_field(struct reader *reader, struct item *item)
{
    struct vf_text key = {0}, other = {0};
    read_word(reader, &key);
    int err = VF_OK;
    if (!key.length)
        err = refuse(reader, "a } or the name of a field is missing");
    bool has_colon = !err && take(reader, ':');
    struct vf_text *value = &other;
    if (!err && strcmp(key.bytes, "id") == 0)
        value = &item->id;
    else if (!err && strcmp(key.bytes, "name") == 0)
        value = &item->name;
    else if (!err && strcmp(key.bytes, "display_name") == 0)
        value = &item->display_name;
    value->length = 0;
    if (!err && take(reader, '{'))
        err = skip_message(reader);
    else if (!err && !has_colon)
        err = refuse(reader, "\"%s\" has no colon after it", key.bytes);
    else if (!err)
        err = read_value(reader, value);
    vf_text_finish(&key);
    vf_text_finish(&other);
    return err;
}

static int add_item(struct reader *reader, const struct item *item)
{
    const struct vf_text *name = item->display_name.length ? &item->display_name : &item->name;
    if (!item->id.length)
        return refuse(reader, "an item without an id");
    if (!name->length)
        return refuse(reader, "item %s has neither a display_name nor a name", item->id.bytes);
    char *end;
    errno = 0;
    int64_t id = strtoll(item->id.bytes, &end, 10);
    if (*end || errno)
        return refuse(reader, "the id \"%s\" is no whole number", item->id.bytes);
    return add_label(reader->labels, id, name->bytes, name->length);
}

static int read_item(struct reader *reader)
{
    struct vf_text word = {0};
    read_word(reader, &word);
    bool is_item = word.length && strcmp(word.bytes, "item") == 0 && take(reader, '{');
    vf_text_finish(&word);
    if (!is_item)
        return refuse(reader, "expected item { id: 1 display_name: \"...\" }");
    struct item item = {0};
    int err = VF_OK;
    while (!err && !take(reader, '}'))
        err = read_field(reader, &item);
    if (!err)
        err = add_item(reader, &item);
    vf_text_finish(&item.id);
    vf_text_finish(&item.name);
    vf_text_finish(&item.display_name);
    return err;
}

static int read_items(struct reader *reader)
{
    int err = VF_OK;
    for (skip_space(reader); reader->at < reader->end && !err; skip_space(reader))
        err = read_item(reader);
    if (err)
        return err;
    struct vf_class_labels *labels = reader->labels;
    qsort(labels->items, labels->count, sizeof(*labels->items), by_id);
    for (size_t i = 1; i < labels->count; i++) {
        if (labels->items[i].id == labels->items[i - 1].id)
            return refuse(reader, "two items have the id %lld", (long long)labels->items[i].id);
    }
    return VF_OK;
}

static bool has_items(const struct reader *reader)
{
    struct reader ahead = *reader;
    struct vf_text word = {0};
    read_word(&ahead, &word);
    bool is_item = word.length && strcmp(word.bytes, "item") == 0 && take(&ahead, '{');
    vf_text_finish(&word);
    return is_item;
}

/* Reads the whole file. */
static int load(struct vf_text *text, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -errno;
    char bytes[BUFSIZ];
    size_t count;
    while ((count = fread(bytes, 1, sizeof(bytes), file)) > 0 && text->length <= MAX_FILE)
        vf_text_append(text, bytes, count);
    int err = ferror(file) ? -EIO : VF_OK;
    if (!err && text->length > MAX_FILE)
        err = -EFBIG;
    if (text->failed)
        err = -ENOMEM;
    fclose(file);
    return err;
}

int vf_class_labels_read(struct vf_class_labels *labels, const char *path, char *problem,
                         size_t problem_size)
{
    struct vf_text text = {0};
    int err = load(&text, path);
    if (err) {
        snprintf(problem, problem_size, "cannot read %s: %s", path, strerror(-err));
        vf_text_finish(&text);
        return err;
    }
    struct reader reader = {
        .path = path,
        .at = text.bytes,
        .end = text.bytes ? text.bytes + text.length : NULL,
        .line = 1,
        .labels = labels,
        .problem = problem,
        .problem_size = problem_size,
    };
    if (!text.length)
        err = refuse(&reader, "the file is empty; it names one class a line");
    else
        err = has_items(&reader) ? read_items(&reader) : read_lines(&reader);
    vf_text_finish(&text);
    if (err)
        vf_class_labels_finish(labels);
    return err;
}

int vf_class_labels_take(struct vf_class_labels *labels, const char *path,
                         const struct vf_option_texts *names, char *problem, size_t problem_size)
{
    if (path[0])
        return vf_class_labels_read(labels, path, problem, problem_size);
    return vf_class_labels_set(labels, names);
}

struct looking {
    const char *path;
};

struct seen {
    int err;
    char problem[MAX_PROBLEM];
};

static void look(void *context, void *answer)
{
    const struct looking *looking = context;
    struct seen *seen = answer;
    struct vf_class_labels labels = {0};
    seen->err = vf_class_labels_read(&labels, looking->path, seen->problem, sizeof(seen->problem));
}

int vf_class_labels_look(const char *path, char *problem, size_t problem_size)
{
    struct stat status;
    struct looking looking = {path};
    struct seen seen = {0};
    const struct vf_reader reader = {.read = look,
                                     .context = &looking,
                                     .answer_size = sizeof(seen),
                                     .confinement = {.readable = &path, .readable_count = 1},
                                     .longest_ms = LONGEST_MS};
    int number;
    if (vf_trust() == VF_TRUST_NAMES || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return VF_OK; /* which the check of paths reports, or the worker */
    int err = vf_reader_ask(&reader, &seen, &number);
    seen.problem[sizeof(seen.problem) - 1] = '\0';
    if (err)
        return err == -ENOTSUP ? VF_OK : err;
    snprintf(problem, problem_size, "%s", seen.problem);
    return seen.err;
}

int vf_class_labels_check(const char *path, const struct vf_option_texts *names, char *problem,
                          size_t problem_size)
{
    struct vf_class_labels labels = {0};
    if (path[0] && names->count) {
        snprintf(problem, problem_size, "both labels and names; give one of them");
        return -EINVAL;
    }
    int err = path[0] ? vf_class_labels_look(path, problem, problem_size)
                      : vf_class_labels_set(&labels, names);
    vf_class_labels_finish(&labels);
    return err ? -EINVAL : VF_OK;
}
