/* SPDX-License-Identifier: MIT */
#include "engine/node/option/workers.h"

#include <string.h>

#include "engine/base/processors.h"
#include "engine/base/text.h"

#define MOST_BY_ITSELF 16

static int parse_workers(const struct vf_option *option, const char *text, void *field)
{
    if (strcmp(text, "auto") != 0)
        return vf_kind_integer.parse(option, text, field);
    *(int *)field = 0;
    return VF_OK;
}

static char *print_workers(const struct vf_option *option, const void *field)
{
    (void)option;
    int given = *(const int *)field;
    return given ? vf_text_format("%d", given) : strdup("auto");
}

const struct vf_option_kind vf_kind_workers = {
    .name = "integer",
    .example = ", or auto",
    .schema_type = "string",
    .parse = parse_workers,
    .print = print_workers,
};

/* A confined process may not be let see the quotas that the one before it has seen. */
unsigned vf_workers_count(int given)
{
    static unsigned processors;
    if (given > 0)
        return (unsigned)given;
    if (!processors) {
        double available = vf_processors_available(NULL);
        processors = available < 1                ? 1
                     : available > MOST_BY_ITSELF ? MOST_BY_ITSELF
                                                  : (unsigned)available;
    }
    return processors;
}

unsigned vf_workers_waiting(unsigned workers, unsigned group)
{
    return (workers * group + 1) / 2;
}
