/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/overwritten.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/text.h"
#include "engine/flow/check/path.h"

/* A glob(7) that is being made: what does not fit into it fits no name of a file, either. */
struct glob_text {
    char text[4 * NAME_MAX];
    size_t length;
};

/* Where a pattern writes. */
struct place {
    char *folder;
    const char *pattern; /* of names in it, */
    bool is_mirrored;    /* and in folders below it that are called as those of the source */
};

static const char mirror[] = "{folder}/";

static void add_text(struct glob_text *to, const char *text, size_t length)
{
    if (length >= sizeof(to->text) - to->length)
        return;
    memcpy(to->text + to->length, text, length);
    to->length += length;
    to->text[to->length] = '\0';
}

static void add_literally(struct glob_text *to, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        add_text(to, "\\", 1);
        add_text(to, text + i, 1);
    }
}

/* Adds what the field, which begins after its brace, can be for frames of `source`. */
static void add_field(struct glob_text *to, const char *field, const char *source)
{
    static const char numbers[] = "+([0-9])", times[] = "+([-0-9:_.T])";
    const char *dot = strrchr(source, '.');
    size_t length = strcspn(field, ":}");
    if (length == strlen("source") && strncmp(field, "source", length) == 0)
        add_literally(to, source, dot && dot != source ? (size_t)(dot - source) : strlen(source));
    else if (strncmp(field, "seq", strlen("seq")) == 0 || (length == 1 && field[0] == 'n'))
        add_text(to, numbers, strlen(numbers));
    else
        add_text(to, times, strlen(times));
}

/* Returns whether the pattern can come to a name, for frames of `source`. */
static bool fits(const char *pattern, const char *name, const char *source)
{
    struct glob_text made = {.length = 0};
    for (const char *at = pattern; *at; at++) {
        bool is_brace = (*at == '{' || *at == '}') && at[1] == *at;
        if (*at == '{' && !is_brace) {
            add_field(&made, at + 1, source);
            at += strcspn(at, "}");
            if (!*at)
                return false;
            continue;
        }
        add_literally(&made, at, 1);
        at += is_brace;
    }
    return fnmatch(made.text, name, FNM_EXTMATCH) == 0;
}

/* Looks through a folder for what is read and written over; through those in it, too, where what
 * is written has the folder of its source. `below` is what leads to it from the one that is read:
 * "low/". */
static char *find_in_folder(const struct place *place, const char *below,
                            const struct vf_path *input)
{
    char *found = NULL, *folder = vf_text_format("%s/%s", place->folder, below);
    DIR *listing = folder ? opendir(folder) : NULL;
    const struct dirent *entry;
    while (listing && !found && (entry = readdir(listing))) {
        const char *name = entry->d_name;
        bool may_hold = place->is_mirrored && entry->d_type == DT_DIR;
        char *path = vf_text_format("%s%s%s", below, name, may_hold ? "/" : "");
        if (!path || name[0] == '.')
            ;
        else if (may_hold)
            found = find_in_folder(place, path, input);
        else if (fits(place->pattern, name, name) && input->type->reads(input->values, path))
            found = vf_text_format("%s/%s", place->folder, path);
        free(path);
    }
    if (listing)
        closedir(listing);
    free(folder);
    return found;
}

/* Returns the name of a pattern, after its last "/"; NULL: it has no fields, or has some in the
 * name of its folder. */
static const char *find_pattern(const struct vf_path *output)
{
    const char *slash = strrchr(output->resolved, '/');
    const char *field = strchr(output->resolved, '{');
    return slash && field && field > slash ? slash + 1 : NULL;
}

/* Finds where a pattern writes. Returns false where that depends on more than the source. */
static bool find_place(const struct vf_path *output, struct place *place)
{
    const char *path = output->resolved, *slash = strrchr(path, '/'), *field = strchr(path, '{');
    *place = (struct place){.pattern = find_pattern(output)};
    if (place->pattern) {
        place->folder = strndup(path, (size_t)(slash - path));
        return place->folder != NULL;
    }
    if (!slash || !field || strncmp(field, mirror, strlen(mirror)) != 0 ||
        field + strlen(mirror) != slash + 1 || (field > path && field[-1] != '/'))
        return false;
    char *above = field > path ? strndup(path, (size_t)(field - path)) : strdup(".");
    place->pattern = slash + 1;
    place->is_mirrored = true;
    place->folder = above ? realpath(above, NULL) : NULL;
    free(above);
    return place->folder != NULL;
}

bool vf_overwritten_fits(const struct vf_path *output, const char *folder, const char *name)
{
    const char *pattern = find_pattern(output);
    size_t length = pattern ? (size_t)(pattern - 1 - output->resolved) : 0;
    return pattern && strlen(folder) == length && strncmp(output->resolved, folder, length) == 0 &&
           fits(pattern, name, "");
}

static bool is_in(const char *path, const char *folder)
{
    const char *end = strrchr(path, '/');
    return end && (size_t)(end - path) == strlen(folder) &&
           strncmp(path, folder, strlen(folder)) == 0;
}

char *vf_overwritten_find(const struct vf_path *output, const struct vf_path *input)
{
    struct stat status;
    struct place place;
    char *found = NULL;
    if (!find_place(output, &place))
        return NULL;
    bool is_there = stat(input->resolved, &status) == 0;
    bool is_beside = is_in(input->resolved, place.folder);
    if (is_there && S_ISDIR(status.st_mode)) {
        if (input->type->reads && strcmp(input->resolved, place.folder) == 0)
            found = find_in_folder(&place, "", input);
    } else if (is_beside && is_there && S_ISREG(status.st_mode)) {
        const char *name = strrchr(input->resolved, '/') + 1;
        found = fits(place.pattern, name, name) ? strdup(input->resolved) : NULL;
    } else if (is_beside && !is_there && input->type->reads) {
        found = find_in_folder(&place, "", input);
    }
    free(place.folder);
    return found;
}
