/* SPDX-License-Identifier: MIT */
#include "engine/flow/chain/words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"

#define NOWHERE ((size_t)-1)

struct reader {
    const char *at;
    struct vf_place place;
    struct vf_chain_words *words;
    struct vf_diagnostics *diagnostics;
};

/* A word that is being read. */
struct letters {
    struct vf_text text;
    size_t equals, plain; /* NOWHERE: not met */
};

/* Moves past one byte; a character of several is one column. */
static char step(struct reader *reader)
{
    char byte = *reader->at++;
    if (byte == '\n') {
        reader->place.line++;
        reader->place.column = 1;
    } else if ((*reader->at & 0xC0) != 0x80) {
        reader->place.column++;
    }
    return byte;
}

/* Returns whether a blank stands here, or a backslash at the end of a line, which in a shell's
 * quotes does not join the lines by itself. */
static bool is_blank(const char *at)
{
    return *at == ' ' || *at == '\t' || *at == '\n' || *at == '\r' ||
           (*at == '\\' && at[1] == '\n');
}

static int add(struct reader *reader, enum vf_chain_mark mark, struct vf_place place,
               struct letters *letters)
{
    struct vf_chain_words *words = reader->words;
    struct vf_chain_word *items = realloc(words->items, (words->count + 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    words->items = items;
    size_t length = letters->text.length;
    vf_text_append(&letters->text, "", 0);
    char *text = length ? vf_text_take(&letters->text) : strdup("");
    if (!text)
        return -ENOMEM;
    items[words->count++] = (struct vf_chain_word){
        .mark = mark,
        .text = text,
        .equals = letters->equals == NOWHERE ? length : letters->equals,
        .plain = letters->plain == NOWHERE ? length : letters->plain,
        .place = place,
    };
    return VF_OK;
}

/* Reads what stands between quotes, and the second of them. */
static int read_quoted(struct reader *reader, struct vf_text *text)
{
    const struct vf_place open = reader->place;
    char quote = step(reader);
    while (*reader->at && *reader->at != quote) {
        char byte = step(reader);
        bool is_escape =
            quote == '"' && byte == '\\' && (*reader->at == '"' || *reader->at == '\\');
        if (is_escape)
            byte = step(reader);
        vf_text_append(text, &byte, 1);
    }
    if (*reader->at) {
        step(reader);
        return VF_OK;
    }
    vf_diagnostics_add(reader->diagnostics, VF_GRAVITY_FLOW, "syntax", open,
                       "this quote is not closed; add a %c, or write \\%c for one", quote, quote);
    return -EINVAL;
}

static int read_letters(struct reader *reader, struct letters *letters)
{
    while (*reader->at && !is_blank(reader->at) && *reader->at != ';') {
        bool is_quote = *reader->at == '\'' || *reader->at == '"';
        bool is_escape = *reader->at == '\\' && reader->at[1];
        if ((is_quote || is_escape) && letters->plain == NOWHERE)
            letters->plain = letters->text.length;
        if (is_quote) {
            int err = read_quoted(reader, &letters->text);
            if (err)
                return err;
            continue;
        }
        if (is_escape)
            step(reader);
        else if (*reader->at == '=' && letters->equals == NOWHERE)
            letters->equals = letters->text.length;
        char byte = step(reader);
        vf_text_append(&letters->text, &byte, 1);
    }
    return letters->text.failed ? -ENOMEM : VF_OK;
}

static int read_word(struct reader *reader)
{
    struct letters letters = {.equals = NOWHERE, .plain = NOWHERE};
    const struct vf_place place = reader->place;
    enum vf_chain_mark mark = VF_CHAIN_WORD;
    int err = VF_OK;
    if (*reader->at == ';') {
        step(reader);
        mark = VF_CHAIN_BRANCH;
    } else {
        err = read_letters(reader, &letters);
    }
    bool is_link =
        letters.plain == NOWHERE && letters.text.length == 1 && letters.text.bytes[0] == '!';
    if (!err)
        err = add(reader, is_link ? VF_CHAIN_LINK : mark, place, &letters);
    vf_text_finish(&letters.text);
    return err;
}

int vf_chain_words_read(struct vf_chain_words *words, const char *chain,
                        struct vf_diagnostics *diagnostics)
{
    struct reader reader = {chain, {.line = 1, .column = 1}, words, diagnostics};
    int err = VF_OK;
    while (!err) {
        while (is_blank(reader.at))
            step(&reader);
        words->end = reader.place;
        if (!*reader.at)
            break;
        err = read_word(&reader);
    }
    return err;
}

void vf_chain_words_finish(struct vf_chain_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->items[i].text);
    free(words->items);
    *words = (struct vf_chain_words){0};
}
