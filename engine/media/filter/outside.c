/* SPDX-License-Identifier: MIT */
#include "engine/media/filter/outside.h"

#include <errno.h>
#include <libavfilter/avfilter.h>
#include <libavutil/bprint.h>
#include <libavutil/dict.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/filter/words.h"

#define FOR "for-" /* begins the instance of a filter that stands for another */

/* What an option of a filter makes it do, with what it is looked at. */
struct row {
    const char *filter, *option;
    enum vf_filter_deed_kind kind;
    bool may_go;          /* the filter works without the option */
    bool is_always;       /* it does so without the option, too, */
    const char *fallback; /* and this is what it then names */
    const char *instead;  /* an option in its place, if it may go */
};

#define READ(filter, option)                                   \
    {                                                          \
        filter, option, VF_DEED_READ, false, false, NULL, NULL \
    }
#define READ_ALWAYS(filter, option, fallback)                     \
    {                                                             \
        filter, option, VF_DEED_READ, false, true, fallback, NULL \
    }
#define MAY_READ(filter, option)                              \
    {                                                         \
        filter, option, VF_DEED_READ, true, false, NULL, NULL \
    }
#define MAY_WRITE(filter, option)                              \
    {                                                          \
        filter, option, VF_DEED_WRITE, true, false, NULL, NULL \
    }
#define LOAD(filter, option)                                  \
    {                                                         \
        filter, option, VF_DEED_LOAD, false, true, NULL, NULL \
    }
#define LISTEN(filter, option)                                            \
    {                                                                     \
        filter, option, VF_DEED_LISTEN, false, true, "tcp://*:5555", NULL \
    }

/* Of all versions of FFmpeg that are known. */
static const struct row rows[] = {
    MAY_WRITE("ametadata", "file"),
    READ_ALWAYS("amovie", "filename", NULL),
    READ("arnndn", "model"),
    READ("asendcmd", "filename"),
    MAY_WRITE("asr", "logfn"),
    READ_ALWAYS("asr", "dict", NULL),
    READ_ALWAYS("asr", "hmm", NULL),
    READ("asr", "lm"),
    READ("asr", "lmctl"),
    READ_ALWAYS("ass", "filename", NULL),
    READ("ass", "fontsdir"),
    LISTEN("azmq", "bind_address"),
    MAY_READ("cellauto", "filename"),
    READ_ALWAYS("cover_rect", "cover", NULL),
    MAY_WRITE("curves", "plot"),
    MAY_READ("curves", "psfile"),
    READ_ALWAYS("derain", "model", NULL),
    MAY_WRITE("deshake", "filename"),
    READ("dnn_classify", "labels"),
    READ_ALWAYS("dnn_classify", "model", NULL),
    READ("dnn_detect", "labels"),
    READ_ALWAYS("dnn_detect", "model", NULL),
    READ_ALWAYS("dnn_processing", "model", NULL),
    MAY_READ("drawtext", "fontfile"),
    {"drawtext", "textfile", VF_DEED_READ, true, false, NULL, "text"},
    READ("drawvg", "file"),
    READ("fieldhint", "hint"),
    READ_ALWAYS("find_rect", "object", NULL),
    MAY_WRITE("firequalizer", "dumpfile"),
    READ("flite", "textfile"),
    LOAD("frei0r", "filter_name"),
    LOAD("frei0r_src", "filter_name"),
    LOAD("ladspa", "file"),
    READ("lensfun", "db_path"),
    {"libplacebo", "custom_shader_path", VF_DEED_LOAD, false, false, NULL, NULL},
    MAY_WRITE("libvmaf", "log_path"),
    MAY_READ("libvmaf", "model_path"),
    MAY_READ("life", "filename"),
    READ("lut1d", "file"),
    READ("lut3d", "file"),
    LOAD("lv2", "plugin"),
    MAY_WRITE("metadata", "file"),
    READ_ALWAYS("movie", "filename", NULL),
    READ_ALWAYS("nnedi", "weights", "nnedi3_weights.bin"),
    READ_ALWAYS("ocr", "datapath", "tessdata"),
    LOAD("openclsrc", "source"),
    MAY_WRITE("paletteuse", "debug_kdtree"),
    LOAD("program_opencl", "source"),
    MAY_WRITE("psnr", "stats_file"),
    READ("qrencode", "textfile"),
    READ("qrencodesrc", "textfile"),
    READ_ALWAYS("removelogo", "filename", NULL),
    MAY_READ("selectivecolor", "psfile"),
    READ("sendcmd", "filename"),
    MAY_READ("showcqt", "axisfile"),
    MAY_READ("showcqt", "fontfile"),
    MAY_WRITE("signature", "filename"),
    READ_ALWAYS("sofalizer", "sofa", NULL),
    READ_ALWAYS("sr", "model", NULL),
    MAY_WRITE("ssim", "stats_file"),
    READ_ALWAYS("subtitles", "filename", NULL),
    READ("subtitles", "fontsdir"),
    {"vidstabdetect", "result", VF_DEED_WRITE, false, true, "transforms.trf", NULL},
    READ_ALWAYS("vidstabtransform", "input", "transforms.trf"),
    MAY_WRITE("vmafmotion", "stats_file"),
    {"whisper", "destination", VF_DEED_WRITE, false, false, NULL, NULL},
    READ_ALWAYS("whisper", "model", NULL),
    READ("whisper", "vad_model"),
    {"xfade_opencl", "source", VF_DEED_LOAD, false, false, NULL, NULL},
    MAY_WRITE("xpsnr", "stats_file"),
    LISTEN("zmq", "bind_address"),
};

/* What is not as its file says: those that make pictures of a size of their own. */
static const char *const resizers[] = {"dnn_processing", "frei0r_src", "libplacebo", "openclsrc",
                                       "sr"};

/* What puts text into pictures. */
static const char *const writing[] = {"ass", "drawtext", "showcqt", "subtitles"};

/* What opens a GPU as soon as it is made. */
static const char *const starters[] = {"libplacebo"};

/* Names of options that a filter which is not known may have for files. */
static const char *const doubtful[] = {"dest", "dir",    "dump",   "file",   "library", "model",
                                       "path", "plugin", "shader", "source", "url"};

const char *vf_filter_deed_verb(enum vf_filter_deed_kind kind)
{
    static const char *const verbs[VF_DEED_COUNT] = {
        [VF_DEED_READ] = "reads",
        [VF_DEED_WRITE] = "writes",
        [VF_DEED_CONNECT] = "connects to",
        [VF_DEED_LISTEN] = "listens on",
        [VF_DEED_LOAD] = "loads code from",
        [VF_DEED_DEVICE] = "opens the device",
        [VF_DEED_FONTS] = "reads the fonts",
    };
    return verbs[kind];
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool is_source(const AVFilter *filter)
{
    bool is_dynamic = (filter->flags & AVFILTER_FLAG_DYNAMIC_INPUTS) != 0;
    return !is_dynamic && avfilter_filter_pad_count(filter, 0) == 0;
}

/* Returns the value of an option, whichever of its names it was given by; NULL: it was not. */
static const char *value_of(const AVFilter *filter, const AVDictionary *options, const char *name)
{
    const AVClass *class = filter->priv_class;
    const AVOption *wanted =
        class ? av_opt_find(&class, name, NULL, 0, AV_OPT_SEARCH_FAKE_OBJ) : NULL;
    const AVDictionaryEntry *entry = NULL;
    const char *value = NULL;
    while (wanted && (entry = av_dict_get(options, "", entry, AV_DICT_IGNORE_SUFFIX)) != NULL) {
        const AVOption *other = av_opt_find(&class, entry->key, NULL, 0, AV_OPT_SEARCH_FAKE_OBJ);
        if (other && other->offset == wanted->offset)
            value = entry->value;
    }
    return value;
}

static void remove_option(const AVFilter *filter, AVDictionary **options, const char *name)
{
    const AVClass *class = filter->priv_class;
    const AVOption *option = NULL;
    const AVOption *wanted = av_opt_find(&class, name, NULL, 0, AV_OPT_SEARCH_FAKE_OBJ);
    while (wanted && (option = av_opt_next(&class, option)) != NULL) {
        if (option->type != AV_OPT_TYPE_CONST && option->offset == wanted->offset)
            av_dict_set(options, option->name, NULL, 0);
    }
}

/* Returns whether libavformat would take it for more than the name of a file. */
static bool is_url(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    size_t scheme = strspn(name, letters);
    bool is_file = strncmp(name, "file:", strlen("file:")) == 0;
    return strncmp(name, "subfile,", strlen("subfile,")) == 0 ||
           (scheme > 0 && name[scheme] == ':' && !is_file);
}

static bool can_write(const char *filter)
{
    for (size_t i = 0; i < VF_COUNT(rows); i++) {
        if (rows[i].kind == VF_DEED_WRITE && strcmp(rows[i].filter, filter) == 0)
            return true;
    }
    return false;
}

/* What is told of a graph, on the way through its filters. */
struct telling {
    const struct vf_filter_visitor *visitor;
    bool has_commands; /* filters are sent commands, which may set options */
    char writer[64];   /* a filter that can write where an option says; "": none */
};

/* A filter that lacks what it is to read opens nothing. */
static bool is_used(const AVFilter *filter, const struct row *row, const AVDictionary *options)
{
    bool is_by_itself = row->is_always && (row->fallback || row->kind != VF_DEED_READ);
    return is_by_itself || value_of(filter, options, row->option) != NULL;
}

static void tell_row(const struct telling *telling, const struct row *row, const AVFilter *filter,
                     const AVDictionary *options)
{
    const char *value = value_of(filter, options, row->option);
    if (!is_used(filter, row, options))
        return;
    struct vf_filter_deed deed = {.kind = row->kind,
                                  .name = value           ? value
                                          : row->fallback ? row->fallback
                                                          : "what it finds by itself",
                                  .filter = filter->name,
                                  .option = row->option};
    if (row->kind == VF_DEED_READ && is_url(deed.name))
        deed.kind = VF_DEED_CONNECT;
    deed.is_unsafe = deed.kind != VF_DEED_READ;
    telling->visitor->visit(telling->visitor->context, &deed);
}

/* A movie may be a camera, or another graph, and open what its options say. */
static void tell_movie(const struct telling *telling, const AVFilter *filter,
                       const AVDictionary *options)
{
    static const char *const forms[] = {"format_name", "format_opts"};
    bool is_movie = strcmp(filter->name, "movie") == 0 || strcmp(filter->name, "amovie") == 0;
    for (size_t i = 0; i < VF_COUNT(forms) && is_movie; i++) {
        const char *value = value_of(filter, options, forms[i]);
        if (value)
            telling->visitor->visit(telling->visitor->context,
                                    &(struct vf_filter_deed){.kind = VF_DEED_DEVICE,
                                                             .name = value,
                                                             .filter = filter->name,
                                                             .option = forms[i],
                                                             .is_unsafe = true});
    }
}

static int tell_word(struct telling *telling, const struct vf_filter_word *word)
{
    const AVFilter *filter = avfilter_get_by_name(word->name);
    AVDictionary *options = NULL;
    if (!filter)
        return VF_OK; /* which is reported as what it is */
    int err = vf_filter_arguments_read(filter, word->arguments, &options);
    for (size_t i = 0; i < VF_COUNT(rows) && !err; i++) {
        if (strcmp(rows[i].filter, filter->name) == 0)
            tell_row(telling, &rows[i], filter, options);
    }
    if (!err)
        tell_movie(telling, filter, options);
    if (is_among(filter->name, writing, VF_COUNT(writing)))
        telling->visitor->visit(telling->visitor->context,
                                &(struct vf_filter_deed){.kind = VF_DEED_FONTS,
                                                         .name = "of the system",
                                                         .filter = filter->name});
    telling->has_commands = telling->has_commands || strcmp(filter->name, "sendcmd") == 0 ||
                            strcmp(filter->name, "asendcmd") == 0;
    if (can_write(filter->name))
        snprintf(telling->writer, sizeof(telling->writer), "%s", filter->name);
    av_dict_free(&options);
    return err;
}

int vf_filter_outside_visit(const char *text, const struct vf_filter_visitor *visitor)
{
    struct vf_filter_words words = {.text = text};
    struct telling telling = {.visitor = visitor};
    int err;
    while ((err = vf_filter_words_next(&words)) == VF_OK) {
        err = tell_word(&telling, &words.word);
        if (err)
            break;
    }
    vf_filter_words_finish(&words);
    if (telling.has_commands && telling.writer[0] && err == VF_END)
        visitor->visit(visitor->context, &(struct vf_filter_deed){.kind = VF_DEED_WRITE,
                                                                  .name = "what commands say",
                                                                  .filter = telling.writer,
                                                                  .option = "sendcmd",
                                                                  .is_unsafe = true});
    return err == VF_END ? VF_OK : err;
}

static void note_unsafe(void *context, const struct vf_filter_deed *deed)
{
    struct vf_filter_problem *problem = context;
    if (deed->is_unsafe && !problem->text[0])
        snprintf(problem->text, sizeof(problem->text), "%s %s %.120s", deed->filter,
                 vf_filter_deed_verb(deed->kind), deed->name);
}

int vf_filter_outside_refuse(const char *text, struct vf_filter_problem *problem)
{
    const struct vf_filter_visitor visitor = {note_unsafe, problem};
    *problem = (struct vf_filter_problem){0};
    int err = vf_filter_outside_visit(text, &visitor);
    return err ? err : problem->text[0] ? -EPERM : VF_OK;
}

/* Writes options as arguments of a filter in a graph: quoted twice, as they are read twice. */
static char *write_arguments(const AVDictionary *options)
{
    AVBPrint once, twice;
    const AVDictionaryEntry *entry = NULL;
    char *text = NULL;
    av_bprint_init(&once, 0, AV_BPRINT_SIZE_UNLIMITED);
    av_bprint_init(&twice, 0, AV_BPRINT_SIZE_UNLIMITED);
    while ((entry = av_dict_get(options, "", entry, AV_DICT_IGNORE_SUFFIX)) != NULL) {
        av_bprintf(&once, "%s%s=", once.len ? ":" : "", entry->key);
        av_bprint_escape(&once, entry->value, ":", AV_ESCAPE_MODE_BACKSLASH, 0);
    }
    av_bprint_escape(&twice, once.str, "[],;", AV_ESCAPE_MODE_BACKSLASH, 0);
    if (av_bprint_is_complete(&once) && av_bprint_is_complete(&twice))
        text = strdup(twice.str);
    av_bprint_finalize(&once, NULL);
    av_bprint_finalize(&twice, NULL);
    return text;
}

/* Returns how many streams a movie is to have. */
static unsigned count_streams(const AVFilter *filter, const AVDictionary *options)
{
    const char *streams = value_of(filter, options, "streams");
    unsigned count = 1;
    for (; streams && *streams; streams++)
        count += *streams == '+';
    return count;
}

/* Makes what stands for a filter that opens something. */
static char *write_stand_in(const AVFilter *filter, const AVDictionary *options,
                            enum vf_filter_media media)
{
    char text[256];
    const char *mark = media == VF_FILTER_SOUND ? "a" : "";
    bool is_movie = strcmp(filter->name, "movie") == 0 || strcmp(filter->name, "amovie") == 0;
    unsigned count = is_movie ? count_streams(filter, options) : 1;
    if (is_movie && count > 1)
        snprintf(text, sizeof(text), "%snullsrc,%ssplit@" FOR "%s=%u", mark, mark, filter->name,
                 count);
    else if (strcmp(filter->name, "xfade_opencl") == 0)
        snprintf(text, sizeof(text), "xfade@" FOR "%s", filter->name);
    else
        snprintf(text, sizeof(text), "%snull%s@" FOR "%s", mark,
                 is_source(filter) || is_movie ? "src" : "", filter->name);
    return strdup(text);
}

static int replace(const AVFilter *filter, const struct row *row, AVDictionary **options)
{
    bool is_instead = row->instead && !value_of(filter, *options, row->instead);
    remove_option(filter, options, row->option);
    return is_instead && av_dict_set(options, row->instead, "x", 0) < 0 ? -ENOMEM : VF_OK;
}

int vf_filter_double_make_one(const AVFilter *filter, const char *arguments,
                              enum vf_filter_media media, struct vf_filter_double *made)
{
    AVDictionary *options = NULL;
    bool is_gone = is_among(filter->name, starters, VF_COUNT(starters)), is_changed = is_gone;
    int err = vf_filter_arguments_read(filter, arguments, &options);
    made->text = NULL;
    for (size_t i = 0; i < VF_COUNT(rows) && !err; i++) {
        const struct row *row = &rows[i];
        bool is_it = strcmp(row->filter, filter->name) == 0 && is_used(filter, row, options);
        is_gone = is_gone || (is_it && !row->may_go);
        is_changed = is_changed || is_it;
        if (is_it && row->may_go)
            err = replace(filter, row, &options);
    }
    made->has_other_size =
        made->has_other_size || (is_gone && is_among(filter->name, resizers, VF_COUNT(resizers)));
    made->has_fonts = made->has_fonts || strcmp(filter->name, "drawtext") == 0 ||
                      strcmp(filter->name, "showcqt") == 0;
    if (is_changed && is_gone && !err)
        made->text = write_stand_in(filter, options, media);
    else if (is_changed && !err)
        made->text = write_arguments(options);
    if (is_changed && !err && !made->text)
        err = -ENOMEM;
    if (is_changed && !is_gone && !err) {
        char *whole = av_asprintf("%s%s%s", filter->name, made->text[0] ? "=" : "", made->text);
        free(made->text);
        made->text = whole ? strdup(whole) : NULL;
        av_free(whole);
        err = made->text ? VF_OK : -ENOMEM;
    }
    av_dict_free(&options);
    return err;
}

int vf_filter_double_make(const char *text, enum vf_filter_media media,
                          struct vf_filter_double *made)
{
    struct vf_filter_words words = {.text = text};
    struct vf_filter_double one = {0};
    const char *written = text;
    AVBPrint whole;
    int err;
    *made = (struct vf_filter_double){0};
    av_bprint_init(&whole, 0, AV_BPRINT_SIZE_UNLIMITED);
    while ((err = vf_filter_words_next(&words)) == VF_OK) {
        const AVFilter *filter = avfilter_get_by_name(words.word.name);
        if (filter)
            err = vf_filter_double_make_one(filter, words.word.arguments, media, &one);
        if (err)
            break;
        if (!filter || !one.text)
            continue;
        av_bprint_append_data(&whole, written, (unsigned)(words.word.start - written));
        av_bprintf(&whole, "%s", one.text);
        written = words.word.end;
        free(one.text);
        one.text = NULL;
    }
    vf_filter_words_finish(&words);
    av_bprintf(&whole, "%s", written);
    *made = one;
    made->text = err == VF_END && av_bprint_is_complete(&whole) ? strdup(whole.str) : NULL;
    av_bprint_finalize(&whole, NULL);
    return err == VF_END ? (made->text ? VF_OK : -ENOMEM) : err;
}

const char *vf_filter_double_name(const char *filter, const char *instance)
{
    const char *stands_for = instance ? strstr(instance, "@" FOR) : NULL;
    return stands_for ? stands_for + strlen("@" FOR) : filter;
}

static bool is_listed(const AVFilter *filter, const AVOption *option)
{
    const AVClass *class = filter->priv_class;
    for (size_t i = 0; i < VF_COUNT(rows); i++) {
        const AVOption *listed =
            strcmp(rows[i].filter, filter->name) == 0
                ? av_opt_find(&class, rows[i].option, NULL, 0, AV_OPT_SEARCH_FAKE_OBJ)
                : NULL;
        if (listed && listed->offset == option->offset)
            return true;
    }
    return false;
}

const char *vf_filter_outside_doubtful(const AVFilter *filter, const char *arguments)
{
    AVDictionary *options = NULL;
    const AVClass *class = filter->priv_class;
    const AVDictionaryEntry *entry = NULL;
    const char *found = NULL;
    if (!class || vf_filter_arguments_read(filter, arguments, &options) < 0)
        return NULL;
    while (!found && (entry = av_dict_get(options, "", entry, AV_DICT_IGNORE_SUFFIX)) != NULL) {
        const AVOption *option = av_opt_find(&class, entry->key, NULL, 0, AV_OPT_SEARCH_FAKE_OBJ);
        if (!option || option->type != AV_OPT_TYPE_STRING || is_listed(filter, option))
            continue;
        for (size_t i = 0; i < VF_COUNT(doubtful) && !found; i++)
            found = strstr(option->name, doubtful[i]) ? option->name : NULL;
    }
    av_dict_free(&options);
    return found;
}
