/* SPDX-License-Identifier: MIT */
#include "engine/base/part_name.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/file_place.h"
#include "engine/base/text.h"

#define RANDOM_LENGTH 8
#define MAX_ENDING 16 /* longer ones tell no container */
#define USUAL_NAME_MAX 255

static const char mark[] = ".part-", partial_mark[] = ".partial";
static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* of what is drawn */

struct random_mark {
    char text[sizeof(mark) + RANDOM_LENGTH];
};

static struct random_mark draw_mark(void)
{
    struct random_mark drawn;
    uint64_t bits;
    if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits))
        bits = (uint64_t)vf_clock_now_ns() * 6364136223846793005U ^ (uintptr_t)&drawn;
    memcpy(drawn.text, mark, sizeof(mark));
    char *text = drawn.text + strlen(mark);
    for (unsigned i = 0; i < RANDOM_LENGTH; i++, bits >>= 5)
        text[i] = letters[bits % (sizeof(letters) - 1)];
    text[RANDOM_LENGTH] = '\0';
    return drawn;
}

static size_t find_name_limit(int folder)
{
    long limit = fpathconf(folder, _PC_NAME_MAX);
    return limit > 0 ? (size_t)limit : USUAL_NAME_MAX;
}

/* Shortens what comes before a mark, between two characters of UTF-8. */
static size_t shorten(const char *name, size_t length, size_t limit)
{
    if (length <= limit)
        return length;
    while (limit && ((unsigned char)name[limit] & 0xc0) == 0x80)
        limit--;
    return limit;
}

static const char *find_ending(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot != name && strlen(dot) <= MAX_ENDING ? dot : name + strlen(name);
}

/* Puts `added` before `ending`, which is the end of the name. */
static char *mark_name(int folder, const char *name, const char *ending, const char *added,
                       size_t more)
{
    size_t length = strlen(added) + strlen(ending) + more;
    size_t limit = find_name_limit(folder);
    size_t stem = shorten(name, (size_t)(ending - name), limit > length ? limit - length : 0);
    return vf_text_format("%.*s%s%s", (int)stem, name, added, ending);
}

char *vf_part_name_draw(int folder, const char *name, size_t more)
{
    return mark_name(folder, name, find_ending(name), draw_mark().text, more);
}

char *vf_part_name_keep(int folder, const char *name)
{
    return mark_name(folder, name, find_ending(name), partial_mark, 0);
}

/* Returns whether a name is one that is drawn, of which `drawn` is another. */
static bool is_drawn_like(const char *candidate, const char *drawn, const char *ending)
{
    size_t length = strlen(drawn), before = length - strlen(ending) - RANDOM_LENGTH;
    return strlen(candidate) == length && strncmp(candidate, drawn, before) == 0 &&
           strspn(candidate + before, letters) >= RANDOM_LENGTH &&
           strcmp(candidate + before + RANDOM_LENGTH, ending) == 0;
}

bool vf_part_name_is_of(int folder, const char *candidate, const char *name)
{
    char *drawn = vf_part_name_draw(folder, name, 0), *kept = vf_part_name_keep(folder, name);
    bool is_of = (kept && strcmp(candidate, kept) == 0) ||
                 (drawn && is_drawn_like(candidate, drawn, find_ending(name)));
    free(drawn);
    free(kept);
    return is_of;
}

static char *mark_folder(int folder, const char *name, const char *added)
{
    char *marked = mark_name(folder, name, name + strlen(name), added, 0);
    for (char *sign = marked ? strchr(marked, '%') : NULL; sign; sign = strchr(sign, '%'))
        *sign = '_';
    return marked;
}

char *vf_part_name_draw_folder(int folder, const char *name)
{
    return mark_folder(folder, name, draw_mark().text);
}

char *vf_part_name_keep_folder(int folder, const char *name)
{
    return mark_folder(folder, name, partial_mark);
}

char *vf_part_name_tell(const struct vf_file_place *place, const char *path, const char *part_name)
{
    char descriptor[40], folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!place->is_linked)
        return vf_text_format("%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, part_name);
    snprintf(descriptor, sizeof(descriptor), "/proc/self/fd/%d", place->folder);
    ssize_t length = readlink(descriptor, folder, sizeof(folder) - 1);
    folder[length < 0 ? 0 : length] = '\0';
    return vf_text_format("%s%s%s", folder, length < 0 ? "" : "/", part_name);
}
