/* SPDX-License-Identifier: MIT */
#include "engine/node/option/option.h"

#include <errno.h>
#include <string.h>

#include "engine/node/option/range.h"

const struct vf_option *vf_option_find(const struct vf_option_list *options, const char *name)
{
    for (size_t i = 0; i < options->count; i++) {
        if (strcmp(options->items[i].name, name) == 0)
            return &options->items[i];
    }
    return NULL;
}

const char *vf_choice_name(const struct vf_choice_list *choices, unsigned value)
{
    for (size_t i = 0; i < choices->count; i++) {
        if (choices->items[i].value == value)
            return choices->items[i].name;
    }
    return NULL;
}

bool vf_option_is_limited(const struct vf_option *option)
{
    return option->minimum < option->maximum;
}

static void describe_kind(const struct vf_option_kind *kind, struct vf_text *text)
{
    const char *name = kind->name;
    bool are_many = name[strlen(name) - 1] == 's';
    vf_text_print(text, "%s%s", are_many ? "" : strchr("aeiou", name[0]) ? "an " : "a ", name);
}

void vf_option_describe(const struct vf_option *option, struct vf_text *text)
{
    const char *example = option->kind->example;
    if (option->choices.count) {
        vf_text_print(text, "one of");
        for (size_t i = 0; i < option->choices.count; i++)
            vf_text_print(text, "%s %s", i ? "," : "", option->choices.items[i].name);
        return;
    }
    describe_kind(option->kind, text);
    vf_text_print(text, "%s", example ? example : "");
    vf_option_add_range(text, option, false, example ? " (" : ", ", example ? ")" : "");
}

void vf_option_describe_limits(const struct vf_option *option, struct vf_text *text)
{
    describe_kind(option->kind, text);
    vf_option_add_range(text, option, true, ", ", "");
}

void vf_option_describe_range(const struct vf_option *option, struct vf_text *text)
{
    vf_option_add_range(text, option, false, ", ", "");
}

const char *vf_option_path(const struct vf_option *option, const void *values)
{
    return *(char *const *)(const void *)((const char *)values + option->offset);
}

int vf_option_set(const struct vf_option *option, const char *text, void *values)
{
    return option->kind->parse(option, text, (char *)values + option->offset);
}

int vf_option_add(const struct vf_option *option, const char *key, const char *text, void *values)
{
    if (!option->kind->add)
        return -EINVAL;
    return option->kind->add(option, key, text, (char *)values + option->offset);
}

int vf_option_set_fallbacks(const struct vf_option_list *options, void *values)
{
    for (size_t i = 0; i < options->count; i++) {
        const struct vf_option *option = &options->items[i];
        if (!option->fallback)
            continue;
        int err = vf_option_set(option, option->fallback, values);
        if (err < 0)
            return err;
    }
    return VF_OK;
}

bool vf_option_reads_standard_input(const struct vf_option_list *options, const void *values)
{
    for (size_t i = 0; i < options->count; i++) {
        const struct vf_option *option = &options->items[i];
        const char *path =
            option->kind->role == VF_ROLE_INPUT_FILE ? vf_option_path(option, values) : NULL;
        if (path && strcmp(path, "-") == 0)
            return true;
    }
    return false;
}

void vf_option_release(const struct vf_option_list *options, void *values)
{
    for (size_t i = 0; i < options->count; i++) {
        const struct vf_option *option = &options->items[i];
        if (option->kind->release)
            option->kind->release((char *)values + option->offset);
    }
}
