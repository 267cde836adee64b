/* SPDX-License-Identifier: MIT */
/* Patterns of file names: a source's name of 96 bytes, then a pattern. What the check takes becomes
 * a name, and what comes from the source brings no folder into it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/write/file_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_slashes(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '/';
    return count;
}

static void make(const char *pattern, const struct vf_description *first)
{
    struct vf_description nameless = *first;
    memset(nameless.source, 0, sizeof(nameless.source));
    char *name = vf_file_name_make(pattern, 7, first, 0);
    char *plain = vf_file_name_make(pattern, 7, &nameless, 0);
    if (!name || !plain || count_slashes(name) != count_slashes(plain))
        abort();
    free(plain);
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vf_description first = {.timestamp = 3754, .time_base = {1, 25}};
    char problem[128];
    if (size < sizeof(first.source))
        return 0;
    memcpy(first.source, data, sizeof(first.source));
    size -= sizeof(first.source);
    char *pattern = malloc(size + 1);
    if (!pattern)
        return 0;
    memcpy(pattern, data + sizeof(first.source), size);
    pattern[size] = '\0';
    (void)vf_file_name_has(pattern, "seq");
    if (vf_file_name_check(pattern, problem, sizeof(problem)) == VF_OK)
        make(pattern, &first);
    free(pattern);
    return 0;
}
