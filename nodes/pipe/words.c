/* SPDX-License-Identifier: MIT */
#include "nodes/pipe/words.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

enum { WIDTH, HEIGHT, PIXEL_FORMAT, RATE };

static const char *const fields[] = {
    [WIDTH] = "{width}",
    [HEIGHT] = "{height}",
    [PIXEL_FORMAT] = "{pixel_format}",
    [RATE] = "{rate}",
};

/* Returns the field that `text` begins with; VF_COUNT(fields): none. */
static size_t find_field(const char *text)
{
    size_t i = 0;
    while (i < VF_COUNT(fields) && strncmp(text, fields[i], strlen(fields[i])) != 0)
        i++;
    return i;
}

bool vf_pipe_words_ask(const struct vf_option_texts *command)
{
    for (size_t i = 0; i < command->count; i++) {
        for (const char *at = strchr(command->items[i], '{'); at; at = strchr(at + 1, '{')) {
            if (find_field(at) < VF_COUNT(fields))
                return true;
        }
    }
    return false;
}

static void print_field(struct vf_text *text, size_t field, const struct vf_video *video)
{
    switch (field) {
    case WIDTH:
        vf_text_print(text, "%d", video->width);
        break;
    case HEIGHT:
        vf_text_print(text, "%d", video->height);
        break;
    case PIXEL_FORMAT:
        vf_text_print(text, "%s", video->format);
        break;
    default:
        vf_text_print(text, "%d/%d", video->frame_rate.num, video->frame_rate.den);
        break;
    }
}

static char *make_word(const char *word, const struct vf_video *video)
{
    struct vf_text text = {0};
    vf_text_print(&text, "%s", "");
    while (*word) {
        size_t plain = strcspn(word, "{"), field;
        vf_text_append(&text, word, plain);
        word += plain;
        field = find_field(word);
        if (field < VF_COUNT(fields)) {
            print_field(&text, field, video);
            word += strlen(fields[field]);
        } else if (*word) {
            vf_text_append(&text, word++, 1);
        }
    }
    return vf_text_take(&text);
}

char **vf_pipe_words_make(const struct vf_option_texts *command, const struct vf_video *video)
{
    char **words = calloc(command->count + 1, sizeof(char *));
    for (size_t i = 0; words && i < command->count; i++) {
        words[i] = make_word(command->items[i], video);
        if (words[i])
            continue;
        vf_pipe_words_free(words);
        return NULL;
    }
    return words;
}

void vf_pipe_words_free(char **words)
{
    for (size_t i = 0; words && words[i]; i++)
        free(words[i]);
    free((void *)words);
}
