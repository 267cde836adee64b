/* SPDX-License-Identifier: MIT */
/* words.h - the filters of a graph, one after the other, as libavfilter would take them apart. */
#ifndef VF_ENGINE_MEDIA_FILTER_WORDS_H
#define VF_ENGINE_MEDIA_FILTER_WORDS_H

#include <stdbool.h>

#include "engine/base/result.h"

struct AVDictionary;
struct AVFilter;

/* One filter as it stands in the text. */
struct vf_filter_word {
    const char *start, *end; /* in the text */
    char *name, *arguments;  /* without what names the instance; NULL: none */
};

/* Starts as {text}. */
struct vf_filter_words {
    const char *text;
    const char *cursor; /* NULL: at the beginning */
    bool is_last;
    struct vf_filter_word word;
};

/* Goes to the next filter. Returns VF_END after the last, or -ENOMEM. What does not look like filters
 * is left to libavfilter. */
VF_MUST_CHECK int vf_filter_words_next(struct vf_filter_words *words);

/* Frees what the last word has. */
void vf_filter_words_finish(struct vf_filter_words *words);

/* Puts arguments into *options, by the names that they have or that their places mean. Stops where
 * they cannot be read. Returns VF_OK or -ENOMEM; *options is the caller's. */
VF_MUST_CHECK int vf_filter_arguments_read(const struct AVFilter *filter, const char *arguments,
                                           struct AVDictionary **options);

#endif
