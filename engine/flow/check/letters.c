/* SPDX-License-Identifier: MIT */
#include "engine/flow/check/letters.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/array.h"
#include "engine/base/letter_names.h"
#include "engine/base/text.h"
#include "engine/flow/check/overwritten.h"

static const char *const endings[] = {VF_LETTER_NOTE, VF_LETTER_PAYLOADS};

/* Returns the path of a folder below another that it is in, or "" for the same one; NULL: it is not
 * in there. */
static const char *find_below(const char *folder, const char *above)
{
    size_t length = strlen(above);
    if (strncmp(folder, above, length) != 0)
        return NULL;
    if (!folder[length])
        return "";
    if (folder[length] == '/')
        return folder + length + 1;
    return length == 1 ? folder + 1 : NULL; /* "/" itself */
}

/* Whether an input that is a folder, or a pattern of names in one, takes files of this name out of
 * `folder`. Memory that is short counts as no. */
static bool is_read(const struct vf_path *input, const char *folder, const char *name)
{
    struct stat status;
    bool is_there = stat(input->resolved, &status) == 0;
    const char *slash = strrchr(input->resolved, '/');
    if (!input->type || !input->type->reads || !slash)
        return false;
    if (!is_there)
        return (size_t)(slash - input->resolved) == strlen(folder) &&
               strncmp(input->resolved, folder, strlen(folder)) == 0 &&
               input->type->reads(input->values, name);
    const char *below = S_ISDIR(status.st_mode) ? find_below(folder, input->resolved) : NULL;
    char *path = below ? vf_text_format("%s%s%s", below, *below ? "/" : "", name) : NULL;
    bool is_read = path && input->type->reads(input->values, path);
    free(path);
    return is_read;
}

static bool is_met(const struct vf_path *path, const char *folder, const char *node)
{
    bool is_met = false;
    for (size_t i = 0; i < VF_COUNT(endings) && !is_met; i++) {
        char *name = vf_text_format("%s-1.%s", node, endings[i]);
        if (name)
            vf_letter_name_flatten(name);
        is_met = name && (path->is_output ? vf_overwritten_fits(path, folder, name)
                                          : is_read(path, folder, name));
        free(name);
    }
    return is_met;
}

static void check_path(const struct vf_flow *flow, const struct vf_path *path, const char *folder,
                       struct vf_diagnostics *diagnostics)
{
    const struct vf_place place = {.setting = "--dead-letter"};
    bool is_any_met = false;
    for (size_t i = 0; i < flow->node_count && !is_any_met; i++)
        is_any_met = flow->nodes[i].keys.recovery.on_error == VF_ON_ERROR_SKIP &&
                     is_met(path, folder, flow->nodes[i].name);
    if (is_any_met)
        vf_diagnostics_add(diagnostics, VF_GRAVITY_FLOW,
                           path->is_output ? "output-is-letter" : "letter-is-input", place,
                           "%s would %s what is put aside in %s; name another folder", path->node,
                           path->is_output ? "write over" : "read", flow->dead_letter);
}

int vf_letters_check(const struct vf_flow *flow, const struct vf_paths *paths,
                     struct vf_diagnostics *diagnostics)
{
    if (!flow->dead_letter)
        return VF_OK;
    char *folder = realpath(flow->dead_letter, NULL);
    if (!folder)
        return errno == ENOMEM ? -ENOMEM : VF_OK; /* what is not there yet is nobody else's */
    for (size_t i = 0; i < paths->count; i++)
        check_path(flow, &paths->items[i], folder, diagnostics);
    free(folder);
    return VF_OK;
}
