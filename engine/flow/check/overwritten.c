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
    if (strncmp(field, "source", strlen("source")) == 0)
        add_literally(to, source, dot && dot != source ? (size_t)(dot - source) : strlen(source));
    else if (strncmp(field, "seq", strlen("seq")) == 0)
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

/* Looks through a folder for what is read and written over. */
static char *find_in_folder(const char *folder, const char *pattern, const struct vf_path *input)
{
    char *found = NULL;
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    while (listing && !found && (entry = readdir(listing))) {
        const char *name = entry->d_name;
        if (name[0] != '.' && fits(pattern, name, name) && input->type->reads(input->values, name))
            found = vf_text_format("%s/%s", folder, name);
    }
    if (listing)
        closedir(listing);
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

bool vf_overwritten_fits(const struct vf_path *output, const char *folder, const char *name)
{
    const char *pattern = find_pattern(output);
    size_t length = pattern ? (size_t)(pattern - 1 - output->resolved) : 0;
    return pattern && strlen(folder) == length && strncmp(output->resolved, folder, length) == 0 &&
           fits(pattern, name, "");
}

char *vf_overwritten_find(const struct vf_path *output, const struct vf_path *input)
{
    struct stat status;
    const char *pattern = find_pattern(output);
    if (!pattern)
        return NULL;
    char *folder = strndup(output->resolved, (size_t)(pattern - 1 - output->resolved));
    bool is_there = stat(input->resolved, &status) == 0;
    const char *end = strrchr(input->resolved, '/');
    bool is_beside = folder && end && (size_t)(end - input->resolved) == strlen(folder) &&
                     strncmp(input->resolved, folder, strlen(folder)) == 0;
    char *found = NULL;
    if (folder && is_there && S_ISDIR(status.st_mode)) {
        if (input->type->reads && strcmp(input->resolved, folder) == 0)
            found = find_in_folder(folder, pattern, input);
    } else if (is_beside && is_there && S_ISREG(status.st_mode)) {
        found = fits(pattern, end + 1, end + 1) ? strdup(input->resolved) : NULL;
    } else if (is_beside && !is_there && input->type->reads) {
        found = find_in_folder(folder, pattern, input);
    }
    free(folder);
    return found;
}
