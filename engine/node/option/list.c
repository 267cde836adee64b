/* SPDX-License-Identifier: MIT */
#include "engine/node/option/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_space(char character)
{
    return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

void vf_option_texts_finish(struct vf_option_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
    *texts = (struct vf_option_texts){0};
}

/* Takes what `item` holds. */
static int add_item(struct vf_option_texts *texts, struct vf_text *item)
{
    vf_text_append(item, "", 0); /* so that an empty one is a text, too */
    char *text = vf_text_take(item);
    char **items = text ? realloc(texts->items, (texts->count + 1) * sizeof(*items)) : NULL;
    if (!items) {
        free(text);
        return -ENOMEM;
    }
    texts->items = items;
    texts->items[texts->count++] = text;
    return VF_OK;
}

/* Reads what stands in quotes at *at, which moves past it. */
static int read_quoted(const char **at, const char *end, struct vf_text *item)
{
    char quote = *(*at)++;
    while (*at < end && **at != quote) {
        if (quote == '"' && **at == '\\' && *at + 1 < end)
            ++*at;
        vf_text_append(item, (*at)++, 1);
    }
    if (*at == end)
        return -EINVAL;
    ++*at;
    return VF_OK;
}

/* Returns the end of the quoted text that begins at `at`, or NULL. */
static const char *skip_quoted(const char *at, const char *end)
{
    char quote = *at++;
    for (; at < end && *at != quote; at++)
        at += quote == '"' && *at == '\\' && at + 1 < end;
    return at < end ? at + 1 : NULL;
}

/* Reads a nested list as it stands, brackets included. */
static int read_nested(const char **at, const char *end, struct vf_text *item)
{
    const char *start = *at;
    int depth = 0;
    do {
        char character = **at;
        if (character == '"' || character == '\'') {
            const char *behind = skip_quoted(*at, end);
            if (!behind)
                return -EINVAL;
            *at = behind;
            continue;
        }
        depth += (character == '[') - (character == ']');
        ++*at;
    } while (depth && *at < end);
    vf_text_append(item, start, (size_t)(*at - start));
    return depth ? -EINVAL : VF_OK;
}

static int read_plain(const char **at, const char *end, struct vf_text *item)
{
    const char *start = *at;
    while (*at < end && **at != ',' && **at != '[' && **at != ']')
        ++*at;
    const char *stop = *at;
    while (stop > start && is_space(stop[-1]))
        stop--;
    vf_text_append(item, start, (size_t)(stop - start));
    return stop == start ? -EINVAL : VF_OK;
}

static int read_item(const char **at, const char *end, struct vf_text *item)
{
    if (**at == '"' || **at == '\'')
        return read_quoted(at, end, item);
    return **at == '[' ? read_nested(at, end, item) : read_plain(at, end, item);
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && is_space(*at))
        at++;
    return at;
}

/* Items, separated by commas; one after the last does no harm. */
static int read_items(struct vf_option_texts *texts, const char *at, const char *end)
{
    for (at = skip_space(at, end); at < end; at = skip_space(at, end)) {
        struct vf_text item = {0};
        int err = read_item(&at, end, &item);
        if (!err)
            err = add_item(texts, &item);
        vf_text_finish(&item);
        if (err)
            return err;
        at = skip_space(at, end);
        if (at < end && *at++ != ',')
            return -EINVAL;
    }
    return VF_OK;
}

int vf_option_list_split(struct vf_option_texts *texts, const char *list)
{
    const char *end = list + strlen(list), *inner = list;
    struct vf_text whole = {0};
    *texts = (struct vf_option_texts){0};
    list = skip_space(list, end);
    while (end > list && is_space(end[-1]))
        end--;
    /* Brackets around all of it, and not around the first of several. */
    bool is_bracketed = false;
    inner = list;
    if (*list == '[') {
        int err = read_nested(&inner, end, &whole);
        vf_text_finish(&whole);
        if (err)
            return err;
        is_bracketed = inner == end;
    }
    int err = read_items(texts, list + is_bracketed, end - is_bracketed);
    if (err)
        vf_option_texts_finish(texts);
    return err;
}

void vf_option_list_print(struct vf_text *list, const char *item, bool is_first, bool is_list)
{
    bool is_plain = is_list || (*item && !strpbrk(item, ",[]\"'\n") && !is_space(item[0]) &&
                                !is_space(item[strlen(item) - 1]));
    vf_text_print(list, "%s", is_first ? "" : ", ");
    if (is_plain) {
        vf_text_print(list, "%s", item);
        return;
    }
    vf_text_append(list, "\"", 1);
    for (; *item; item++) {
        if (*item == '"' || *item == '\\')
            vf_text_append(list, "\\", 1);
        vf_text_append(list, item, 1);
    }
    vf_text_append(list, "\"", 1);
}

static int parse_list(const struct vf_option *option, const char *text, void *field)
{
    (void)option;
    struct vf_option_texts texts;
    int err = vf_option_list_split(&texts, text);
    if (err)
        return err;
    vf_option_texts_finish(field);
    *(struct vf_option_texts *)field = texts;
    return VF_OK;
}

static void release_list(void *field)
{
    vf_option_texts_finish(field);
}

const struct vf_option_kind vf_kind_list = {
    .name = "list",
    .example = ", such as [a, b]",
    .schema_type = "array",
    .parse = parse_list,
    .release = release_list,
};
