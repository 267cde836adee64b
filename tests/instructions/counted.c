/* SPDX-License-Identifier: MIT */
/* counted - does small works, for callgrind to count their instructions.
 *
 *     counted       all of them; each leaves a dump of what it alone took, under its name
 *     counted -l    lists them, with how many times each does its work
 *     counted -c    says which compiler made this
 */
#include "tests/instructions/counted.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/wire/squeeze/squeeze.h"

/* The header is in the package of the program without which there is nothing to count. */
#if defined(__has_include) && __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS ((void)0)
#define CALLGRIND_DUMP_STATS_AT(name) ((void)(name))
#endif

#ifdef __clang__
#define COMPILER "clang"
#define COMPILER_VERSION __clang_major__
#else
#define COMPILER "gcc"
#define COMPILER_VERSION __GNUC__
#endif

/* No work needs it, and valgrind may not know each instruction of all the libraries that libavcodec
 * brings. */
const struct vf_squeeze_way *vf_squeeze_h264(void)
{
    return NULL;
}

/* Times that each is done before it is counted: then all memory has been touched, and what is made
 * once has been made. */
#define WARM_UP 20

static const struct {
    const char *name;
    const struct counted *counted;
    int times;
} works[] = {
    {"edge", &counted_edge, 400}, {"fan_out", &counted_fan_out, 100},
    {"join", &counted_join, 200}, {"resize", &counted_resize, 5},
    {"scale", &counted_scale, 5}, {"text", &counted_text, 20},
    {"load", &counted_load, 1},
};

static void count(const char *name, const struct counted *counted, int times)
{
    counted->begin();
    for (int i = 0; i < WARM_UP && times > 1; i++)
        counted->step();
    CALLGRIND_ZERO_STATS;
    for (int i = 0; i < times; i++)
        counted->step();
    CALLGRIND_DUMP_STATS_AT(name);
    counted->end();
}

int main(int argc, char **argv)
{
    const char *asked = argc == 2 ? argv[1] : "";
    if (strcmp(asked, "-c") == 0)
        printf("%s %d\n", COMPILER, COMPILER_VERSION);
    for (size_t i = 0; i < VF_COUNT(works) && strcmp(asked, "-c") != 0; i++) {
        if (strcmp(asked, "-l") == 0)
            printf("%s %d\n", works[i].name, works[i].times);
        else
            count(works[i].name, works[i].counted, works[i].times);
    }
    return 0;
}
