/* SPDX-License-Identifier: MIT */
/* memory - amounts of memory: "512MB", "1.5GiB", or a number of bytes. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/node/option/option.h"

#define MOST_BYTES 9.2e18

static const struct {
    const char *name;
    double bytes;
} units[] = {
    {"", 1},
    {"B", 1},
    {"kB", 1e3},
    {"MB", 1e6},
    {"GB", 1e9},
    {"TB", 1e12},
    {"K", 1024},
    {"M", 1048576},
    {"G", 1073741824},
    {"KiB", 1024},
    {"MiB", 1048576},
    {"GiB", 1073741824},
    {"TiB", 1099511627776.0},
};

/* Returns the bytes of a unit, 0 when there is none of that name. */
static double find_unit(const char *name)
{
    for (size_t i = 0; i < VF_COUNT(units); i++) {
        if (strcasecmp(name, units[i].name) == 0)
            return units[i].bytes;
    }
    return 0;
}

static int parse_memory(const struct vf_option *option, const char *text, void *field)
{
    size_t digits = strspn(text, "0123456789.");
    char *end;
    double number = strtod(text, &end);
    const char *name = end + strspn(end, " ");
    double unit = find_unit(name);
    if (digits == 0 || end != text + digits || unit <= 0)
        return -EINVAL;
    double bytes = round(number * unit);
    if (!(bytes < MOST_BYTES) ||
        (vf_option_is_limited(option) && (bytes < option->minimum || bytes > option->maximum)))
        return -ERANGE;
    *(int64_t *)field = (int64_t)bytes;
    return VF_OK;
}

const struct vf_option_kind vf_kind_memory = {
    .name = "amount of memory",
    .example = ", such as 512MB or 2GiB",
    .schema_type = "string",
    .parse = parse_memory,
};
