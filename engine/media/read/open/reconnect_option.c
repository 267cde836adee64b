/* SPDX-License-Identifier: MIT */
#include "engine/media/read/open/reconnect_option.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct vf_option keys[] = {
    {"initial", "Time before the first attempt", VF_DURATION(struct vf_reconnect_wish, initial_ns),
     .fallback = "1s", VF_RANGE(0.001, 86400)},
    {"max", "Longest time between two attempts", VF_DURATION(struct vf_reconnect_wish, longest_ns),
     .fallback = "30s", VF_RANGE(0.001, 86400)},
    {"attempts", "How many attempts; 0: any number", VF_INTEGER(struct vf_reconnect_wish, attempts),
     .fallback = "0", VF_RANGE(0, 1000000)},
};

static const struct vf_option_list key_options = VF_LIST(keys);

static int parse_word(const struct vf_option *option, const char *text, void *field)
{
    struct vf_reconnect_option *given = field;
    bool is_mapping = strcmp(text, "{}") == 0;
    if (!is_mapping) {
        int err = vf_kind_choice.parse(option, text, &given->when);
        if (err)
            return err;
    } else {
        given->when = VF_RECONNECT_TRUE;
    }
    vf_kind_map.release(&given->keys);
    return VF_OK;
}

static int add_key(const struct vf_option *option, const char *key, const char *text, void *field)
{
    struct vf_reconnect_option *given = field;
    given->when = VF_RECONNECT_TRUE;
    return vf_kind_map.add(option, key, text, &given->keys);
}

static void release(void *field)
{
    vf_kind_map.release(&((struct vf_reconnect_option *)field)->keys);
}

static char *print(const struct vf_option *option, const void *field)
{
    const struct vf_reconnect_option *given = field;
    return given->keys.count > 0 ? vf_map_print(&given->keys)
                                 : strdup(vf_choice_name(&option->choices, given->when));
}

const struct vf_option_kind vf_kind_reconnect = {
    .name = "choice or mapping",
    .example = ", such as true or {max: 10s}",
    .schema_type = "string",
    .parse = parse_word,
    .release = release,
    .add = add_key,
    .print = print,
};

static int refuse_key(const char *name, char *problem, size_t size)
{
    struct vf_text_nearest nearest = {.wanted = name};
    for (size_t i = 0; i < key_options.count; i++)
        vf_text_nearest_consider(&nearest, key_options.items[i].name);
    snprintf(problem, size, "reconnect has no key \"%s\"%s", name,
             vf_text_suggest_or(&nearest, "it has \"initial\", \"max\" and \"attempts\""));
    return -EINVAL;
}

static int read_key(const struct vf_map_entry *entry, struct vf_reconnect_wish *wish, char *problem,
                    size_t size)
{
    const struct vf_option *key = vf_option_find(&key_options, entry->key);
    if (!key)
        return refuse_key(entry->key, problem, size);
    int err = vf_option_set(key, entry->text, wish);
    if (err != -EINVAL && err != -ERANGE)
        return err;
    struct vf_text right = {0};
    if (err == -ERANGE)
        vf_option_describe_limits(key, &right);
    else
        vf_option_describe(key, &right);
    snprintf(problem, size, "%s of reconnect is \"%s\"; it is %s", entry->key, entry->text,
             right.bytes ? right.bytes : "something else");
    vf_text_finish(&right);
    return -EINVAL;
}

int vf_reconnect_option_read(const struct vf_reconnect_option *option,
                             struct vf_reconnect_wish *wish, char *problem, size_t problem_size)
{
    wish->when = option->when;
    int err = vf_option_set_fallbacks(&key_options, wish);
    for (size_t i = 0; i < option->keys.count && !err; i++)
        err = read_key(&option->keys.items[i], wish, problem, problem_size);
    if (!err && wish->initial_ns > wish->longest_ns) {
        snprintf(problem, problem_size, "initial of reconnect is longer than max; it must not be");
        err = -EINVAL;
    }
    return err;
}
