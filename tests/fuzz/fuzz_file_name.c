/* SPDX-License-Identifier: MIT */
/* Patterns of file names: a source's name of 96 bytes, then a pattern. What the check takes becomes
 * a name, and what comes from the source brings no folder into it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/write/file_name.h"
#include "nodes/write/name_match.h"

#define SOURCE_SIZE 96

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_slashes(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '/';
    return count;
}

static size_t count_back(const char *path)
{
    size_t count = 0;
    for (const char *at = path; (at = strstr(at, "..")); at += 2)
        count += (at == path || at[-1] == '/') && (at[2] == '/' || !at[2]);
    return count;
}

/* Returns whether the source has brought a way out of its folder. */
static bool leads_back(const char *name, const char *plain)
{
    return count_back(name) > count_back(plain);
}

static void make(const char *pattern, const struct vf_description *first)
{
    struct vf_description nameless = *first;
    memset(nameless.source, 0, sizeof(nameless.source));
    const struct vf_name_facts facts = {.sequence = 7, .number = 3, .first = first};
    const struct vf_name_facts no_facts = {.sequence = 7, .number = 3, .first = &nameless};
    char *name = vf_file_name_make(pattern, &facts);
    char *plain = vf_file_name_make(pattern, &no_facts);
    char *settled = vf_name_match_settle(pattern, &facts);
    bool has_folder = vf_file_name_has(pattern, "folder");
    if (!name || !plain || !settled || (has_folder && leads_back(name, plain)) ||
        (!has_folder && count_slashes(name) != count_slashes(plain)))
        abort();
    (void)vf_name_match_fits_file(settled, name);
    free(settled);
    free(plain);
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vf_description first = {.timestamp = 3754, .time_base = {1, 25}};
    char problem[128];
    if (size < SOURCE_SIZE)
        return 0;
    memcpy(first.source, data, SOURCE_SIZE);
    size -= SOURCE_SIZE;
    char *pattern = malloc(size + 1);
    if (!pattern)
        return 0;
    memcpy(pattern, data + SOURCE_SIZE, size);
    pattern[size] = '\0';
    (void)vf_file_name_has(pattern, "seq");
    if (vf_file_name_check(pattern, problem, sizeof(problem)) == VF_OK)
        make(pattern, &first);
    free(pattern);
    return 0;
}
