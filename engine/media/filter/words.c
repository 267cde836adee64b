/* SPDX-License-Identifier: MIT */
#include "engine/media/filter/words.h"

#include <ctype.h>
#include <errno.h>
#include <libavfilter/avfilter.h>
#include <libavutil/avstring.h>
#include <libavutil/dict.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <string.h>

#define SPACES " \n\t\r"

/* Goes over spaces and labels; in these, too, a bracket may be quoted. */
static int skip_labels(const char **cursor)
{
    *cursor += strspn(*cursor, SPACES);
    while (**cursor == '[') {
        ++*cursor;
        char *label = av_get_token(cursor, "]");
        if (!label)
            return -ENOMEM;
        av_free(label);
        *cursor += **cursor == ']';
        *cursor += strspn(*cursor, SPACES);
    }
    return VF_OK;
}

static void begin(struct vf_filter_words *words)
{
    words->cursor = words->text + strspn(words->text, SPACES);
    if (strncmp(words->cursor, "sws_flags=", strlen("sws_flags=")) == 0)
        words->cursor += strcspn(words->cursor, ";") + (strchr(words->cursor, ';') ? 1 : 0);
}

static int take_word(struct vf_filter_words *words)
{
    struct vf_filter_word *word = &words->word;
    word->start = words->cursor;
    word->name = av_get_token(&words->cursor, "=,;[");
    if (word->name && *words->cursor == '=') {
        words->cursor++;
        word->arguments = av_get_token(&words->cursor, "[],;");
        if (!word->arguments)
            return -ENOMEM;
    }
    if (!word->name)
        return -ENOMEM;
    word->name[strcspn(word->name, "@")] = '\0';
    for (word->end = words->cursor;
         word->end > word->start && isspace((unsigned char)word->end[-1]);)
        word->end--;
    return VF_OK;
}

int vf_filter_words_next(struct vf_filter_words *words)
{
    vf_filter_words_finish(words);
    if (!words->cursor)
        begin(words);
    else if (words->is_last)
        return VF_END;
    else
        words->cursor++;
    int err = skip_labels(&words->cursor);
    if (!err)
        err = take_word(words);
    if (!err)
        err = skip_labels(&words->cursor);
    words->is_last = *words->cursor != ',' && *words->cursor != ';';
    return err;
}

void vf_filter_words_finish(struct vf_filter_words *words)
{
    av_freep(&words->word.name);
    av_freep(&words->word.arguments);
}

/* Returns the option that the next argument without a name is for; NULL: there is none. */
static const AVOption *next_option(const AVClass *class, const AVOption *option)
{
    int offset = option ? option->offset : -1;
    do
        option = class ? av_opt_next(&class, option) : NULL;
    while (option && (option->type == AV_OPT_TYPE_CONST || option->offset == offset));
    return option;
}

int vf_filter_arguments_read(const AVFilter *filter, const char *arguments, AVDictionary **options)
{
    const AVOption *option = next_option(filter->priv_class, NULL);
    while (arguments && *arguments) {
        char *key = NULL, *value = NULL;
        int flags = option ? AV_OPT_FLAG_IMPLICIT_KEY : 0;
        int code = av_opt_get_key_value(&arguments, "=", ":", (unsigned)flags, &key, &value);
        if (code == AVERROR(ENOMEM))
            return -ENOMEM;
        if (code < 0)
            break;
        arguments += *arguments == ':';
        code = av_dict_set(options, key ? key : option->name, value, 0);
        /* After one that has a name, all have. */
        option = key ? NULL : next_option(filter->priv_class, option);
        av_free(key);
        av_free(value);
        if (code < 0)
            return -ENOMEM;
    }
    return VF_OK;
}
