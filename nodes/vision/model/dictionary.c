/* SPDX-License-Identifier: MIT */
#include "nodes/vision/model/dictionary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

#define MOST_LINES 1000000

static int refuse(const struct vf_model_problem *problem, const char *path, const char *what)
{
    snprintf(problem->text, problem->size, "card.dictionary: %s: %s", path, what);
    return -EINVAL;
}

char *vf_dictionary_path(const char *model, const char *name)
{
    const char *slash = strrchr(model, '/');
    int folder = slash && name[0] != '/' ? (int)(slash + 1 - model) : 0;
    return vf_text_format("%.*s%s", folder, model, name);
}

static int add_line(struct vf_option_texts *lines, const char *line, size_t length)
{
    char **items = realloc(lines->items, (lines->count + 1) * sizeof(char *));
    if (!items)
        return -ENOMEM;
    lines->items = items;
    items[lines->count] = strndup(line, length);
    if (!items[lines->count])
        return -ENOMEM;
    lines->count++;
    return VF_OK;
}

static int read_lines(FILE *file, struct vf_option_texts *lines)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    int err = VF_OK;
    while (!err && lines->count < MOST_LINES && (length = getline(&line, &capacity, file)) >= 0) {
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            length--;
        err = add_line(lines, line, (size_t)length);
    }
    free(line);
    if (!err && ferror(file))
        err = -EIO;
    return err;
}

int vf_dictionary_read(struct vf_card *card, const char *model,
                       const struct vf_model_problem *problem)
{
    struct vf_option_texts lines = {0};
    if (!*card->dictionary)
        return VF_OK;
    if (card->classes.count)
        return refuse(problem, card->dictionary, "the card has classes, too; leave one out");
    char *path = vf_dictionary_path(model, card->dictionary);
    FILE *file = path ? fopen(path, "rbe") : NULL;
    int err = file   ? read_lines(file, &lines)
              : path ? refuse(problem, path, strerror(errno))
                     : -ENOMEM;
    if (err == -EIO)
        err = refuse(problem, path, "it cannot be read");
    if (!err && !lines.count)
        err = refuse(problem, path, "it is empty");
    if (file)
        fclose(file);
    free(path);
    if (err) {
        vf_option_texts_finish(&lines);
        return err;
    }
    vf_option_texts_finish(&card->classes);
    card->classes = lines;
    return VF_OK;
}
