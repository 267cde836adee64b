/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/metadata.h"

#include <errno.h>
#include <string.h>

static void release(void *field)
{
    struct vf_output_metadata *metadata = field;
    vf_kind_map.release(&metadata->own);
    metadata->is_none = false;
}

static int parse(const struct vf_option *option, const char *text, void *field)
{
    (void)option;
    bool is_none = strcmp(text, "none") == 0;
    if (!is_none && strcmp(text, "copy") != 0 && strcmp(text, "{}") != 0)
        return -EINVAL;
    release(field);
    ((struct vf_output_metadata *)field)->is_none = is_none;
    return VF_OK;
}

static int add(const struct vf_option *option, const char *key, const char *text, void *field)
{
    struct vf_output_metadata *metadata = field;
    return vf_kind_map.add(option, key, text, &metadata->own);
}

static char *print(const struct vf_option *option, const void *field)
{
    (void)option;
    const struct vf_output_metadata *metadata = field;
    if (metadata->own.count > 0)
        return vf_map_print(&metadata->own);
    return strdup(metadata->is_none ? "none" : "copy");
}

const struct vf_option_kind vf_kind_metadata = {
    .name = "choice",
    .example = ", or a mapping such as {title: Garden}",
    .schema_type = "string",
    .parse = parse,
    .release = release,
    .add = add,
    .print = print,
};
