/* SPDX-License-Identifier: MIT */
#include "engine/media/filter/text.h"

#include <ctype.h>
#include <errno.h>
#include <libavfilter/avfilter.h>
#include <libavutil/avstring.h>
#include <libavutil/dict.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/media/filter/nature.h"
#include "engine/media/filter/outside.h"
#include "engine/media/filter/words.h"
#include "engine/media/libav/error.h"

#define SPACES " \n\t\r"
#define MAX_QUOTED 48 /* characters of a filter that are shown */

static const char *media_name(enum vf_filter_media media)
{
    return media == VF_FILTER_SOUND ? "sound" : "pictures";
}

static const char *other_media_name(enum vf_filter_media media)
{
    return media_name(media == VF_FILTER_SOUND ? VF_FILTER_PICTURES : VF_FILTER_SOUND);
}

/* One filter as it stands in the text. */
struct filter_word {
    const char *text; /* all of it */
    const struct vf_filter_word *word;
    const AVFilter *filter;
    enum vf_filter_media media;
    struct vf_filter_problem *problem;
};

static int complain(const struct filter_word *word, const char *format, ...) VF_PRINTF(2, 3);

/* Says where, and what. Returns -EINVAL. */
static int complain(const struct filter_word *word, const char *format, ...)
{
    struct vf_filter_problem *problem = word->problem;
    int length = (int)(word->word->end - word->word->start);
    bool is_long = length > MAX_QUOTED;
    int used =
        snprintf(problem->text, sizeof(problem->text),
                 "\"%.*s%s\" at character %d: ", is_long ? MAX_QUOTED : length, word->word->start,
                 is_long ? "..." : "", (int)(word->word->start - word->text) + 1);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->text + used, sizeof(problem->text) - (size_t)used, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static int complain_of_filter(const struct filter_word *word)
{
    struct vf_text_nearest nearest = {.wanted = word->word->name};
    const AVFilter *known;
    void *state = NULL;
    while ((known = av_filter_iterate(&state)) != NULL)
        vf_text_nearest_consider(&nearest, known->name);
    return complain(word, "there is no such filter%s",
                    vf_text_suggest_or(&nearest, "`ffmpeg -filters` lists them"));
}

static bool has_option(const AVClass *class, const char *name)
{
    return class &&
           av_opt_find(&class, name, NULL, 0, AV_OPT_SEARCH_FAKE_OBJ | AV_OPT_SEARCH_CHILDREN);
}

static int complain_of_option(const struct filter_word *word, const char *name)
{
    struct vf_text_nearest nearest = {.wanted = name};
    const AVClass *class = word->filter->priv_class;
    const AVOption *option = NULL;
    while (class && (option = av_opt_next(&class, option)) != NULL) {
        if (option->type != AV_OPT_TYPE_CONST)
            vf_text_nearest_consider(&nearest, option->name);
    }
    return complain(
        word, "%s has no option \"%s\"%s", word->filter->name, name,
        vf_text_suggest_or(&nearest, "`ffmpeg -h filter=%s` lists them", word->filter->name));
}

/* Looks at the names among the arguments; libav itself looks at what they are set to. */
static int check_names(const struct filter_word *word)
{
    const char *left = word->word->arguments;
    int err = VF_OK;
    while (left && *left && !err) {
        char *name = NULL, *value = NULL;
        if (av_opt_get_key_value(&left, "=", ":", AV_OPT_FLAG_IMPLICIT_KEY, &name, &value) < 0)
            break;
        if (name && !has_option(word->filter->priv_class, name) &&
            !has_option(avfilter_get_class(), name))
            err = complain_of_option(word, name);
        av_free(name);
        av_free(value);
        left += *left == ':';
    }
    return err;
}

static enum AVMediaType type_of(enum vf_filter_media media)
{
    return media == VF_FILTER_SOUND ? AVMEDIA_TYPE_AUDIO : AVMEDIA_TYPE_VIDEO;
}

/* Returns whether the first of the pads is for something else. */
static bool is_other(const AVFilterPad *pads, unsigned count, enum vf_filter_media media)
{
    return count && avfilter_pad_get_type(pads, 0) != type_of(media);
}

/* Sets the options of a filter that is not to be made. Returns a code of libav's. What is made here is
 * left to the end of the process: some filters do not expect to be freed before they are made. */
static int set_options(const struct filter_word *word)
{
    AVFilterGraph *graph = avfilter_graph_alloc();
    AVFilterContext *context =
        graph ? avfilter_graph_alloc_filter(graph, word->filter, "filter") : NULL;
    AVDictionary *options = NULL;
    const AVDictionaryEntry *entry = NULL;
    int code = context ? 0 : AVERROR(ENOMEM);
    if (code >= 0 && vf_filter_arguments_read(word->filter, word->word->arguments, &options) < 0)
        code = AVERROR(ENOMEM);
    while (code >= 0 && (entry = av_dict_get(options, "", entry, AV_DICT_IGNORE_SUFFIX)) != NULL) {
        code = av_opt_set(context->priv, entry->key, entry->value, 0);
        if (code == AVERROR_OPTION_NOT_FOUND)
            code = av_opt_set(context, entry->key, entry->value, 0);
    }
    av_dict_free(&options);
    return code;
}

static int make_filter(const struct filter_word *word, const char *other)
{
    AVFilterGraph *graph = avfilter_graph_alloc();
    AVFilterInOut *inputs = NULL, *outputs = NULL;
    AVFilterContext *context;
    if (!graph)
        return AVERROR(ENOMEM);
    graph->nb_threads = 1;
    int code = other ? avfilter_graph_parse2(graph, other, &inputs, &outputs)
                     : avfilter_graph_create_filter(&context, word->filter, "filter",
                                                    word->word->arguments, NULL, graph);
    avfilter_inout_free(&inputs);
    avfilter_inout_free(&outputs);
    avfilter_graph_free(&graph);
    return code;
}

/* Makes the filter by itself, or what stands for it, so that what is wrong with it is not looked for
 * elsewhere. */
static int check_arguments(const struct filter_word *word)
{
    struct vf_filter_double made = {0};
    int err = vf_filter_double_make_one(word->filter, word->word->arguments, word->media, &made);
    if (err)
        return err;
    vf_media_log_hush(true);
    int code = made.text ? set_options(word) : 0;
    if (code >= 0)
        code = make_filter(word, made.text);
    vf_media_log_hush(false);
    free(made.text);
    if (code >= 0 || code == AVERROR(ENOMEM))
        return code < 0 ? -ENOMEM : VF_OK;
    return complain(word, "%s",
                    vf_media_log_expected()[0] ? vf_media_log_expected()
                                               : vf_media_error_text(code).text);
}

static int check_filter(struct filter_word *word, const struct vf_filter_trust *trust,
                        struct vf_filter_nature *nature)
{
    const char *name = word->word->name;
    word->filter = avfilter_get_by_name(name);
    if (!word->filter)
        return complain_of_filter(word);
    if (is_other(word->filter->inputs, avfilter_filter_pad_count(word->filter, 0), word->media) ||
        is_other(word->filter->outputs, avfilter_filter_pad_count(word->filter, 1), word->media))
        return complain(word, "this filter is for %s; here are filters for %s only",
                        other_media_name(word->media), media_name(word->media));
    vf_filter_nature_add(nature, name, word->word->arguments);
    const char *doubtful =
        trust->is_confined ? NULL : vf_filter_outside_doubtful(word->filter, word->word->arguments);
    if (doubtful)
        return complain(word,
                        "%s of %s may name a file, and this kernel cannot keep it from being "
                        "opened while the flow is checked",
                        doubtful, name);
    int err = check_names(word);
    return err ? err : check_arguments(word);
}

/* Looks at one filter after the other. What does not look like filters is left to libav. */
static int check_filters(const char *text, enum vf_filter_media media,
                         const struct vf_filter_trust *trust, struct vf_filter_nature *nature,
                         struct vf_filter_problem *problem)
{
    struct vf_filter_words words = {.text = text};
    int err;
    while ((err = vf_filter_words_next(&words)) == VF_OK) {
        struct filter_word word = {
            .text = text, .word = &words.word, .media = media, .problem = problem};
        if (words.word.name[0])
            err = check_filter(&word, trust, nature);
        if (err)
            break;
    }
    vf_filter_words_finish(&words);
    return err == VF_END ? VF_OK : err;
}

static int report(struct vf_filter_problem *problem, const char *format, ...) VF_PRINTF(2, 3);

static int report(struct vf_filter_problem *problem, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->text, sizeof(problem->text), format, arguments);
    va_end(arguments);
    return -EINVAL;
}

/* What is said of one side of a graph. */
struct side {
    const char *name; /* "in", "out" */
    const char *what; /* "input", "output" */
    bool is_output;
    unsigned limit;
    enum vf_filter_media media;
};

/* Returns the number that a label asks for, -1 for none, or -EINVAL. */
static int number_of(const struct side *side, const char *label)
{
    size_t length = strlen(side->name);
    char *end;
    if (!label)
        return -1;
    if (strncmp(label, side->name, length) != 0)
        return -EINVAL;
    if (!label[length])
        return 0;
    unsigned long number = strtoul(label + length, &end, 10);
    bool is_number = isdigit((unsigned char)label[length]) && !*end && number < side->limit;
    return is_number ? (int)number : -EINVAL;
}

static const char *name_of(const AVFilterInOut *open)
{
    return vf_filter_double_name(open->filter_ctx->filter->name, open->filter_ctx->name);
}

static int put_pad(const struct side *side, const AVFilterInOut *open, int number,
                   struct vf_filter_pad *pads, struct vf_filter_problem *problem)
{
    const char *filter = name_of(open);
    const AVFilterPad *own =
        side->is_output ? open->filter_ctx->output_pads : open->filter_ctx->input_pads;
    if (avfilter_pad_get_type(own, open->pad_idx) != type_of(side->media))
        return report(problem, "an %s of %s is %s; here are filters for %s only", side->what,
                      filter, other_media_name(side->media), media_name(side->media));
    if (pads[number].filter)
        return report(problem, "two filters have the %s [%s%d]; %s", side->what, side->name, number,
                      side->is_output                  ? "number them"
                      : side->media == VF_FILTER_SOUND ? "give them copies with the filter asplit"
                                                       : "give them copies with the filter split");
    pads[number] = (struct vf_filter_pad){open->filter_ctx, (unsigned)open->pad_idx};
    return VF_OK;
}

/* Those with a label first, then the others in what is left. */
static int put_pads(const struct side *side, const AVFilterInOut *open, struct vf_filter_pad *pads,
                    unsigned *count, struct vf_filter_problem *problem)
{
    const AVFilterInOut *first = open;
    int err = VF_OK;
    *count = 0;
    for (const AVFilterInOut *item = open; item && !err; item = item->next) {
        int number = number_of(side, item->name);
        if (++*count > side->limit)
            return report(problem, "it has more than %u %ss that are open", side->limit,
                          side->what);
        if (number == -EINVAL)
            err = report(problem, "nothing %s the %s [%s] of %s; label it [%s0], [%s1] ...",
                         side->is_output ? "reads" : "leads to", side->what, item->name,
                         name_of(item), side->name, side->name);
        else if (number >= 0)
            err = put_pad(side, item, number, pads, problem);
    }
    for (unsigned next = 0; open && !err; open = open->next) {
        while (next < side->limit && pads[next].filter)
            next++;
        if (!open->name)
            err = put_pad(side, open, (int)next, pads, problem);
    }
    for (unsigned i = 0; i < *count && !err; i++) {
        if (!pads[i].filter)
            err = report(problem, "it has %u %ss, but no [%s%u]; number them from 0", *count,
                         side->what, side->name, i);
    }
    bool is_source = side->media == VF_FILTER_SOURCE && !side->is_output;
    if (is_source && *count && !err)
        err = report(problem,
                     "%s has an open input; begin with a source of pictures, such as testsrc2",
                     name_of(first));
    else if (!err && !*count && !is_source)
        err = report(problem, "it has no open %s; %s", side->what,
                     side->is_output                  ? "leave one for what comes out"
                     : side->media == VF_FILTER_SOUND ? "begin with a filter that takes sound"
                                                      : "begin with a filter that takes pictures");
    return err;
}

int vf_filter_text_parse(const char *text, enum vf_filter_media media, AVFilterGraph *graph,
                         struct vf_filter_pads *pads, struct vf_filter_problem *problem)
{
    const struct side in = {"in", "input", false, VF_FILTER_INPUTS, media};
    const struct side out = {"out", "output", true, VF_FILTER_OUTPUTS, media};
    AVFilterInOut *inputs = NULL, *outputs = NULL;
    *pads = (struct vf_filter_pads){0};
    /* As ffmpeg scales where one filter's format is not the next one's. */
    graph->scale_sws_opts = av_strdup("flags=bicubic");
    int code = avfilter_graph_parse2(graph, text, &inputs, &outputs);
    int err = code < 0 ? -EINVAL : VF_OK;
    if (!err)
        err = put_pads(&in, inputs, pads->inputs, &pads->input_count, problem);
    if (!err)
        err = put_pads(&out, outputs, pads->outputs, &pads->output_count, problem);
    avfilter_inout_free(&inputs);
    avfilter_inout_free(&outputs);
    return code == AVERROR(ENOMEM) ? -ENOMEM : err;
}

/* Links the filters, and counts what is open. */
static int check_links(const char *text, enum vf_filter_media media,
                       struct vf_filter_nature *nature, struct vf_filter_problem *problem)
{
    struct vf_filter_pads pads;
    AVFilterGraph *graph = avfilter_graph_alloc();
    if (!graph)
        return -ENOMEM;
    graph->nb_threads = 1;
    vf_media_log_hush(true);
    int err = vf_filter_text_parse(text, media, graph, &pads, problem);
    avfilter_graph_free(&graph);
    vf_media_log_hush(false);
    if (err == -EINVAL && !problem->text[0])
        report(problem, "%s",
               vf_media_log_expected()[0] ? vf_media_log_expected()
                                          : "its filters cannot be linked");
    nature->input_count = pads.input_count;
    nature->output_count = pads.output_count;
    nature->is_steady = nature->is_steady && pads.input_count == 1;
    nature->is_pure = nature->is_pure && nature->is_steady;
    return err;
}

int vf_filter_text_check(const char *text, enum vf_filter_media media,
                         const struct vf_filter_trust *trust, struct vf_filter_nature *nature,
                         struct vf_filter_problem *problem)
{
    struct vf_filter_double made;
    *nature = (struct vf_filter_nature){.is_steady = true, .is_pure = true};
    *problem = (struct vf_filter_problem){0};
    vf_media_log_redirect();
    if (!text[strspn(text, SPACES)])
        return report(problem, "it is empty; \"%s\" changes nothing",
                      media == VF_FILTER_SOUND ? "anull" : "null");
    int err = check_filters(text, media, trust, nature, problem);
    if (!err)
        err = vf_filter_double_make(text, media, &made);
    if (err)
        return err;
    err = check_links(made.text, media, nature, problem);
    free(made.text);
    return err;
}
