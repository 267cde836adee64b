/* SPDX-License-Identifier: MIT */
#include "cmd/batch/variables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

static const char *const names[VF_BATCH_VARIABLES] = {
    [VF_BATCH_INPUT] = "input",
    [VF_BATCH_STEM] = "stem",
    [VF_BATCH_DIR] = "dir",
    [VF_BATCH_NAME] = "name",
};

const char *vf_batch_variable_name(enum vf_batch_variable variable)
{
    return names[variable];
}

static const char *value_of(const struct vf_batch_input *input, enum vf_batch_variable variable)
{
    switch (variable) {
    case VF_BATCH_INPUT:
        return input->input;
    case VF_BATCH_STEM:
        return input->stem;
    case VF_BATCH_DIR:
        return input->dir;
    case VF_BATCH_NAME:
        break;
    }
    return input->name;
}

/* Returns which variable a text begins with, as "${stem}", and its length; -1: with none. */
static int find_at(const char *text, size_t *length)
{
    if (strncmp(text, "${", 2) != 0)
        return -1;
    for (int i = 0; i < VF_BATCH_VARIABLES; i++) {
        size_t size = strlen(names[i]);
        if (strncmp(text + 2, names[i], size) == 0 && text[2 + size] == '}') {
            *length = size + 3;
            return i;
        }
    }
    return -1;
}

bool vf_batch_variables_are_in(const char *text)
{
    size_t length;
    while ((text = strchr(text, '$'))) {
        if (find_at(text++, &length) >= 0)
            return true;
    }
    return false;
}

char *vf_batch_variables_expand(const char *text, const struct vf_batch_input *input)
{
    struct vf_text expanded = {0};
    vf_text_append(&expanded, "", 0);
    while (*text) {
        size_t length = 1;
        int variable = find_at(text, &length);
        if (variable >= 0)
            vf_text_print(&expanded, "%s", value_of(input, (enum vf_batch_variable)variable));
        else
            vf_text_append(&expanded, text, 1);
        text += length;
    }
    return vf_text_take(&expanded);
}

int vf_batch_assignments_init(struct vf_batch_assignments *assignments,
                              const struct vf_batch_variables *variables,
                              const struct vf_batch_input *input)
{
    *assignments = (struct vf_batch_assignments){0};
    assignments->items = calloc(variables->given_count + VF_BATCH_VARIABLES + 1, sizeof(char *));
    if (!assignments->items)
        return -ENOMEM;
    for (size_t i = 0; i < variables->given_count; i++)
        assignments->items[assignments->count++] =
            vf_batch_variables_expand(variables->given[i], input);
    for (int i = 0; i < VF_BATCH_VARIABLES; i++) {
        if (variables->is_set[i])
            assignments->items[assignments->count++] =
                vf_text_format("%s=%s", names[i], value_of(input, (enum vf_batch_variable)i));
    }
    for (size_t i = 0; i < assignments->count; i++) {
        if (!assignments->items[i])
            return -ENOMEM;
    }
    return VF_OK;
}

void vf_batch_assignments_finish(struct vf_batch_assignments *assignments)
{
    for (size_t i = 0; i < assignments->count; i++)
        free(assignments->items[i]);
    free(assignments->items);
    *assignments = (struct vf_batch_assignments){0};
}
