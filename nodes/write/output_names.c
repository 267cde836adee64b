/* SPDX-License-Identifier: MIT */
#include "nodes/write/output_names.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/clock.h"
#include "engine/base/file_place.h"
#include "engine/base/folders.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "nodes/write/file_name.h"

bool vf_output_names_are_many(const char *path)
{
    return vf_file_name_has(path, NULL);
}

/* Returns whether the names depend on what the frames bring, or on the clock. */
static bool is_unforeseen(const char *pattern)
{
    static const char *const unforeseen[] = {"pts",    "time",  "date",  "source", "source_time",
                                             "folder", "track", "class", "what",   "where"};
    for (size_t i = 0; i < VF_COUNT(unforeseen); i++) {
        if (vf_file_name_has(pattern, unforeseen[i]))
            return true;
    }
    return false;
}

int vf_output_names_foresee(const char *pattern, char **name)
{
    const struct vf_description nothing = {.timestamp = VF_NO_TIMESTAMP};
    const struct vf_name_facts facts = {.sequence = 1, .number = 1, .first = &nothing};
    *name = NULL;
    if (is_unforeseen(pattern))
        return VF_OK;
    *name = vf_file_name_make(pattern, &facts);
    return *name ? VF_OK : -ENOMEM;
}

int vf_output_names_list(const char *path, const struct vf_path_visitor *visitor)
{
    char *name = NULL;
    const char *pattern = path ? vf_file_place_path(path) : "";
    int err = vf_output_names_are_many(pattern) ? vf_output_names_foresee(pattern, &name) : VF_OK;
    if (name)
        visitor->visit(visitor->context, name);
    free(name);
    return err;
}

/* Looks before the first frame whether its file is there already, and must stay. */
static int refuse_existing(const struct vf_output_names *names)
{
    char *name;
    int err = vf_output_names_foresee(names->pattern, &name);
    if (err || !name)
        return err;
    struct vf_new_file file;
    bool must_not_replace = names->must_not_replace && !names->is_restarted;
    err = vf_new_file_init(&file, name, must_not_replace);
    if (!err)
        vf_new_file_finish(&file);
    free(name);
    return err;
}

int vf_output_names_prepare(struct vf_output_names *names)
{
    names->pattern = vf_file_place_path(names->pattern);
    char *folders = strndup(names->pattern, vf_file_name_folder(names->pattern));
    if (!folders)
        return -ENOMEM;
    int err = *folders ? vf_folders_make(folders) : VF_OK;
    const char *folder = *folders ? folders : ".";
    if (!err && access(folder, W_OK | X_OK) != 0) {
        err = -errno;
        vf_log(VF_LOG_ERROR, "no file can be created in %s: %s", folder, strerror(-err));
    }
    free(folders);
    names->retention.pattern = names->pattern;
    if (!err)
        err = refuse_existing(names);
    return err ? err : vf_retention_open(&names->retention);
}

/* How many names a source has. */
struct numbered {
    uint64_t key, value;
};

static int compare(const void *one, const void *other)
{
    const struct numbered *a = one, *b = other;
    return a->key < b->key ? -1 : a->key > b->key;
}

/* Returns the entry of `key`, which is made if need be; NULL: out of memory. */
static struct numbered *provide(void **tree, uint64_t key)
{
    const struct numbered wanted = {.key = key};
    struct numbered *const *found = tfind(&wanted, tree, compare);
    if (found)
        return *found;
    struct numbered *entry = malloc(sizeof(*entry));
    if (entry)
        *entry = (struct numbered){.key = key};
    if (entry && !tsearch(entry, tree, compare)) {
        free(entry);
        return NULL;
    }
    return entry;
}

/* Names that have the number of the file differ of themselves. What is read from several sources, and
 * says nothing of them, replaces what came before on purpose. */
static bool needs_memory(const struct vf_output_names *names)
{
    static const char *const by_source[] = {"source", "folder", "n", "source_time"};
    bool is_by_source = false;
    for (size_t i = 0; i < VF_COUNT(by_source); i++)
        is_by_source = is_by_source || vf_file_name_has(names->pattern, by_source[i]);
    return !names->may_repeat || (is_by_source && !vf_file_name_has(names->pattern, "seq"));
}

static bool is_taken(const struct vf_output_names *names, const char *path, uint64_t source)
{
    uint32_t owner = vf_name_set_find(&names->made, path);
    if (names->is_restarted && !names->may_repeat && access(path, F_OK) == 0)
        return true;
    return owner && !(names->may_repeat && owner == vf_name_set_owner(source));
}

static int make_unique(struct vf_output_names *names, char **path, uint64_t source)
{
    char *unique = strdup(*path);
    for (unsigned number = 2; unique && is_taken(names, unique, source); number++) {
        free(unique);
        unique = vf_file_name_number(*path, number);
    }
    free(*path);
    *path = unique;
    return unique ? vf_name_set_add(&names->made, unique, vf_name_set_owner(source)) : -ENOMEM;
}

static char *make_name(struct vf_output_names *names, const struct vf_name_facts *facts)
{
    struct vf_name_facts counted = *facts;
    if (vf_file_name_has(names->pattern, "n")) {
        struct numbered *of_source = provide(&names->of_source, facts->first->source_id);
        if (!of_source)
            return NULL;
        counted.number = ++of_source->value;
    }
    return vf_file_name_make(names->pattern, &counted);
}

/* A process that comes again counts on after what the one before has written. */
static bool is_of_process_before(const struct vf_output_names *names, const char *path)
{
    bool is_counted =
        vf_file_name_has(names->pattern, "seq") || vf_file_name_has(names->pattern, "n");
    return names->is_restarted && names->may_repeat && is_counted && access(path, F_OK) == 0;
}

static int make_next(struct vf_output_names *names, const struct vf_description *first, char **path)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct vf_name_facts facts = {.sequence = names->count,
                                  .first = first,
                                  .subject = names->subject,
                                  .wall_ns = now.tv_sec * VF_NS_PER_S + now.tv_nsec};
    *path = make_name(names, &facts);
    while (*path && is_of_process_before(names, *path)) {
        free(*path);
        facts.sequence = ++names->count;
        *path = make_name(names, &facts);
    }
    if (!*path)
        return -ENOMEM;
    int err = needs_memory(names) ? make_unique(names, path, first->source_id) : VF_OK;
    if (!err)
        err = vf_retention_begin(&names->retention, &facts);
    return err ? err : vf_folders_make(*path);
}

/* A name without fields may have braces, which are doubled. */
static char *make_plain(const char *path)
{
    static const struct vf_description nobody = {.timestamp = VF_NO_TIMESTAMP};
    const struct vf_name_facts facts = {.first = &nobody};
    bool is_url = strstr(path, "://") != NULL;
    return is_url || vf_output_names_are_many(path) ? strdup(path)
                                                    : vf_file_name_make(path, &facts);
}

int vf_output_names_next(struct vf_output_names *names, const struct vf_description *first,
                         char **path)
{
    names->count++;
    *path = NULL;
    if (!first) {
        *path = make_plain(names->pattern);
        return *path ? VF_OK : -ENOMEM;
    }
    int err = make_next(names, first, path);
    if (err) {
        free(*path);
        *path = NULL;
    }
    return err;
}

void vf_output_names_note(struct vf_output_names *names, const char *path)
{
    vf_retention_note(&names->retention, path);
}

void vf_output_names_finish(struct vf_output_names *names)
{
    tdestroy(names->of_source, free);
    names->of_source = NULL;
    vf_name_set_finish(&names->made);
    vf_retention_finish(&names->retention);
}
