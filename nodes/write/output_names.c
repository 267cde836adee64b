/* SPDX-License-Identifier: MIT */
#include "nodes/write/output_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "nodes/write/file_name.h"

bool vf_output_names_are_many(const char *path)
{
    return vf_file_name_has(path, NULL);
}

/* Returns the folders in front of the first field, each ended by "/", as a path of a file. */
static char *fixed_folders(const char *pattern)
{
    size_t length = strcspn(pattern, "{");
    while (length && pattern[length - 1] != '/')
        length--;
    return strndup(pattern, length);
}

int vf_output_names_prepare(const struct vf_output_names *names)
{
    char *folders = fixed_folders(names->pattern);
    if (!folders)
        return -ENOMEM;
    int err = *folders ? vf_file_name_make_folders(folders) : VF_OK;
    const char *folder = *folders ? folders : ".";
    if (!err && access(folder, W_OK | X_OK) != 0) {
        err = -errno;
        vf_log(VF_LOG_ERROR, "no file can be created in %s: %s", folder, strerror(-err));
    }
    free(folders);
    return err;
}

/* FNV-1a. Two names with one hash only cost the second a number. */
static uint64_t hash(const char *text)
{
    uint64_t value = 14695981039346656037U;
    for (; *text; text++)
        value = (value ^ (uint8_t)*text) * 1099511628211U;
    return value;
}

static bool has_been_made(const struct vf_output_names *names, const char *path)
{
    if (names->is_restarted && access(path, F_OK) == 0)
        return true;
    uint64_t wanted = hash(path);
    for (size_t i = 0; i < names->made_count; i++) {
        if (names->made[i] == wanted)
            return true;
    }
    return false;
}

static int remember(struct vf_output_names *names, const char *path)
{
    uint64_t *made = realloc(names->made, (names->made_count + 1) * sizeof(*made));
    if (!made)
        return -ENOMEM;
    names->made = made;
    made[names->made_count++] = hash(path);
    return VF_OK;
}

/* "a.mp4" becomes "a-2.mp4". NULL: out of memory. */
static char *add_number(const char *path, unsigned number)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    const char *ending = dot ? dot : path + strlen(path);
    return vf_text_format("%.*s-%u%s", (int)(ending - path), path, number, ending);
}

static int make_unique(struct vf_output_names *names, char **path)
{
    char *unique = strdup(*path);
    for (unsigned number = 2; unique && has_been_made(names, unique); number++) {
        free(unique);
        unique = add_number(*path, number);
    }
    free(*path);
    *path = unique;
    return unique ? remember(names, unique) : -ENOMEM;
}

int vf_output_names_next(struct vf_output_names *names, const struct vf_description *first,
                         char **path)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    names->count++;
    *path = first ? vf_file_name_make(names->pattern, names->count, first,
                                      now.tv_sec * VF_NS_PER_S + now.tv_nsec)
                  : strdup(names->pattern);
    if (!*path)
        return -ENOMEM;
    int err = first ? make_unique(names, path) : VF_OK;
    if (!err && first)
        err = vf_file_name_make_folders(*path);
    if (err) {
        free(*path);
        *path = NULL;
    }
    return err;
}

static void remove_oldest(struct vf_output_names *names)
{
    char *oldest = names->written[0];
    if (unlink(oldest) != 0 && errno != ENOENT)
        vf_log(VF_LOG_WARNING, "%s cannot be removed: %s", oldest, strerror(errno));
    free(oldest);
    names->written_count--;
    memmove(names->written, names->written + 1, names->written_count * sizeof(*names->written));
}

void vf_output_names_note(struct vf_output_names *names, const char *path)
{
    if (!names->keep)
        return;
    char **written = realloc(names->written, (names->keep + 1) * sizeof(*written));
    char *copy = written ? strdup(path) : NULL;
    if (written)
        names->written = written;
    if (!copy) {
        vf_log(VF_LOG_WARNING, "out of memory: %s will stay", path);
        return;
    }
    names->written[names->written_count++] = copy;
    if (names->written_count > names->keep)
        remove_oldest(names);
}

void vf_output_names_finish(struct vf_output_names *names)
{
    for (size_t i = 0; i < names->written_count; i++)
        free(names->written[i]);
    free(names->written);
    free(names->made);
    names->made = NULL;
    names->made_count = 0;
    names->written = NULL;
    names->written_count = 0;
}
