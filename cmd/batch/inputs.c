/* SPDX-License-Identifier: MIT */
#include "cmd/batch/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/clock.h"
#include "engine/base/glob.h"
#include "engine/base/log.h"
#include "engine/base/text.h"

/* Where the name begins that a path ends with. */
static size_t name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

char *vf_batch_find_path(const char *path)
{
    size_t at = name_of(path);
    char *folder = at ? strndup(path, at) : strdup(".");
    char *real = folder ? realpath(folder, NULL) : NULL;
    char *found = NULL;
    if (real)
        found = vf_text_format("%s/%s", strcmp(real, "/") == 0 ? "" : real, path + at);
    else if (folder)
        found = strdup(path);
    free(real);
    free(folder);
    return found;
}

static char *find_stem(const char *name)
{
    const char *point = strrchr(name, '.');
    return point && point != name ? strndup(name, (size_t)(point - name)) : strdup(name);
}

static int64_t modified_ns(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * VF_NS_PER_S + status->st_mtim.tv_nsec;
}

int vf_batch_input_init(struct vf_batch_input *input, const char *word)
{
    struct stat status;
    size_t at = name_of(word);
    *input = (struct vf_batch_input){.size = -1};
    input->input = strdup(word);
    input->path = strstr(word, "://") ? strdup(word) : vf_batch_find_path(word);
    input->dir = at > 1 ? strndup(word, at - 1) : strdup(at ? "/" : ".");
    input->name = strdup(word + at);
    input->stem = find_stem(word + at);
    if (stat(word, &status) == 0 && S_ISREG(status.st_mode)) {
        input->size = status.st_size;
        input->modified_ns = modified_ns(&status);
    }
    bool is_whole = input->input && input->path && input->dir && input->name && input->stem;
    return is_whole ? VF_OK : -ENOMEM;
}

bool vf_batch_input_has_changed(const struct vf_batch_input *input)
{
    struct stat status;
    return stat(input->path, &status) != 0 || status.st_size != input->size ||
           modified_ns(&status) != input->modified_ns;
}

void vf_batch_input_finish(struct vf_batch_input *input)
{
    free(input->input);
    free(input->path);
    free(input->dir);
    free(input->name);
    free(input->stem);
    *input = (struct vf_batch_input){0};
}

static int add(struct vf_batch_inputs *inputs, const char *path)
{
    struct vf_batch_input *items = inputs->items;
    if ((inputs->count & (inputs->count - 1)) == 0) /* room for the next power of two */
        items = realloc(items, (inputs->count ? 2 * inputs->count : 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    inputs->items = items;
    return vf_batch_input_init(&items[inputs->count++], path);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Adds the files of a folder. Returns how many, or a negative errno. */
static int add_folder(struct vf_batch_inputs *inputs, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_shown, alphasort), added = 0, err = VF_OK;
    size_t length = strlen(folder);
    if (count < 0)
        return -errno;
    for (int i = 0; i < count; i++) {
        bool has_slash = length && folder[length - 1] == '/';
        char *path = vf_text_format("%s%s%s", folder, has_slash ? "" : "/", entries[i]->d_name);
        if (!path)
            err = -ENOMEM;
        else if (!err && !is_folder(path)) {
            err = add(inputs, path);
            added++;
        }
        free(path);
        free(entries[i]);
    }
    free(entries);
    return err ? err : added;
}

/* Adds the files that a pattern matches, those of folders among them. Returns how many, or a
 * negative errno. */
static int add_pattern(struct vf_batch_inputs *inputs, const char *pattern)
{
    glob_t found = {0};
    int added = 0;
    char *text = vf_glob_make(pattern);
    int err = text ? VF_OK : -ENOMEM;
    if (text && glob(text, 0, NULL, &found) == GLOB_NOSPACE)
        err = -ENOMEM;
    for (size_t i = 0; i < found.gl_pathc && !err; i++) {
        if (is_folder(found.gl_pathv[i]))
            continue;
        err = add(inputs, found.gl_pathv[i]);
        added++;
    }
    globfree(&found);
    free(text);
    return err ? err : added;
}

int vf_batch_inputs_add(struct vf_batch_inputs *inputs, const char *place, const char *word)
{
    struct stat status;
    bool is_there = stat(word, &status) == 0;
    bool is_pattern = !is_there && !strstr(word, "://") && strpbrk(word, "*?[");
    int found;
    if (is_there && S_ISDIR(status.st_mode))
        found = add_folder(inputs, word);
    else if (is_pattern)
        found = add_pattern(inputs, word);
    else
        return add(inputs, word);
    if (found == 0)
        vf_log(VF_LOG_ERROR, is_pattern ? "%sno file matches \"%s\"" : "%sthere is no file in %s",
               place, word);
    else if (found < 0)
        vf_log(VF_LOG_ERROR, "%s%s: %s", place, word, strerror(-found));
    return found == 0 ? -ENOENT : found < 0 ? found : VF_OK;
}

/* Reads all of a stream; a NUL follows it. */
static int read_all(FILE *stream, struct vf_text *text)
{
    char buffer[4096];
    size_t got;
    while ((got = fread(buffer, 1, sizeof(buffer), stream)) > 0)
        vf_text_append(text, buffer, got);
    vf_text_append(text, "", 0);
    if (ferror(stream))
        return errno ? -errno : -EIO;
    return text->failed ? -ENOMEM : VF_OK;
}

/* Adds what each line of a list names. */
static int add_lines(struct vf_batch_inputs *inputs, const char *list, char *text, size_t size)
{
    char end = memchr(text, '\0', size) ? '\0' : '\n';
    int err = VF_OK;
    unsigned line = 0;
    for (char *word = text; word < text + size && !err;) {
        char place[256];
        char *after = memchr(word, end, (size_t)(text + size - word));
        if (after)
            *after = '\0';
        snprintf(place, sizeof(place), "%.200s:%u: ", list, ++line);
        if (*word)
            err = vf_batch_inputs_add(inputs, place, word);
        word = after ? after + 1 : text + size;
    }
    return err;
}

int vf_batch_inputs_add_list(struct vf_batch_inputs *inputs, const char *list)
{
    bool is_standard = strcmp(list, "-") == 0;
    FILE *stream = is_standard ? stdin : fopen(list, "re");
    const char *shown = is_standard ? "standard input" : list;
    struct vf_text text = {0};
    int err = stream ? read_all(stream, &text) : -errno;
    if (err || !text.bytes)
        vf_log(VF_LOG_ERROR, "%s cannot be read: %s", shown, strerror(-err));
    else
        err = add_lines(inputs, shown, text.bytes, text.length);
    if (stream && !is_standard)
        fclose(stream);
    vf_text_finish(&text);
    return err;
}

static int compare_paths(const void *one, const void *other)
{
    const struct vf_batch_input *const *first = one, *const *second = other;
    int order = strcmp((*first)->path, (*second)->path);
    if (order)
        return order;
    return *first < *second ? -1 : *first > *second;
}

size_t vf_batch_inputs_drop_repeated(struct vf_batch_inputs *inputs)
{
    size_t kept = 0, dropped = 0;
    struct vf_batch_input **sorted = calloc(inputs->count + 1, sizeof(struct vf_batch_input *));
    for (size_t i = 0; sorted && i < inputs->count; i++)
        sorted[i] = &inputs->items[i];
    if (sorted)
        qsort(sorted, inputs->count, sizeof(struct vf_batch_input *), compare_paths);
    for (size_t i = 1, first = 0; sorted && i < inputs->count; i++) {
        if (strcmp(sorted[first]->path, sorted[i]->path) != 0) {
            first = i;
            continue;
        }
        free(sorted[i]->input);
        sorted[i]->input = NULL; /* marks it */
    }
    free(sorted);
    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->items[i].input) {
            inputs->items[kept++] = inputs->items[i];
            continue;
        }
        vf_batch_input_finish(&inputs->items[i]);
        dropped++;
    }
    inputs->count = kept;
    return dropped;
}

void vf_batch_inputs_finish(struct vf_batch_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        vf_batch_input_finish(&inputs->items[i]);
    free(inputs->items);
    *inputs = (struct vf_batch_inputs){0};
}
