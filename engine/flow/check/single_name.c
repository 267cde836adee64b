/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/single_name.h"

#include <string.h>
#include <sys/stat.h>

struct search {
    const struct vf_flow *flow;
    const struct vf_wiring *wiring;
    void *const *values;
};

/* Returns whether a path is that of one picture, or of what never ends by itself. */
static bool is_endless_or_one(const struct vf_option *option, const char *path)
{
    struct stat status;
    enum vf_option_role role = option->kind->role;
    if (role == VF_ROLE_INPUT_FILES)
        return stat(path, &status) == 0 && S_ISREG(status.st_mode);
    return role == VF_ROLE_INPUT_FILE && (strstr(path, "://") || strcmp(path, "-") == 0);
}

/* Returns whether a producer certainly has several messages, and an end. */
static bool makes_many(const struct search *search, size_t node)
{
    const struct vf_node *type = search->wiring->types[node];
    const struct vf_flow_option *frames = vf_flow_find_option(&search->flow->nodes[node], "frames");
    bool is_of_files = false;
    if (frames && frames->text && strcmp(frames->text, "1") == 0)
        return false;
    for (size_t i = 0; search->values[node] && i < type->options.count; i++) {
        const struct vf_option *option = &type->options.items[i];
        enum vf_option_role role = option->kind->role;
        if (role != VF_ROLE_INPUT_FILE && role != VF_ROLE_INPUT_FILES &&
            role != VF_ROLE_INPUT_FOLDER)
            continue;
        const char *path = vf_option_path(option, search->values[node]);
        if (path && is_endless_or_one(option, path))
            return false;
        is_of_files = is_of_files || (path && *path);
    }
    return is_of_files || frames;
}

/* Returns whether something that certainly has several messages comes to a node, in a flow without
 * circles; where nodes on the way pass only some, that is not known. */
static bool gets_many(const struct search *search, size_t node)
{
    const struct vf_wiring *wiring = search->wiring;
    const struct vf_node *type = wiring->types[node];
    size_t first = wiring->first_links[node];
    if (!type || (type->thins && search->values[node] && type->thins(search->values[node]) != 1))
        return false;
    if (type->kind == VF_PRODUCER)
        return makes_many(search, node);
    return wiring->first_links[node + 1] > first && gets_many(search, wiring->links[first].sender);
}

void vf_flow_check_single_names(const struct vf_flow *flow, const struct vf_wiring *wiring,
                                void *const *values, struct vf_diagnostics *diagnostics)
{
    const struct search search = {flow, wiring, values};
    for (size_t i = 0; i < wiring->node_count && flow->mode == VF_MODE_BATCH; i++) {
        const struct vf_node *type = wiring->types[i];
        for (size_t j = 0; type && values[i] && j < type->options.count; j++) {
            const struct vf_option *option = &type->options.items[j];
            const char *path =
                option->kind->role == VF_ROLE_OUTPUT_FILES ? vf_option_path(option, values[i]) : "";
            const struct vf_flow_option *given = vf_flow_find_option(&flow->nodes[i], option->name);
            if (!path || !*path || strchr(path, '{') || !given || !gets_many(&search, i))
                continue;
            vf_diagnostics_add(diagnostics, VF_GRAVITY_WARNING, "single-name", given->value_place,
                               "%s writes every frame to \"%s\", so that only the last one stays; "
                               "name them by a field such as {seq:04d}, or read one frame only",
                               flow->nodes[i].name, path);
        }
    }
}
