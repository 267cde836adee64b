/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/split.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/write/choice/library_key.h"
#include "engine/media/write/choice/options.h"
#include "engine/media/write/choice/problem.h"
#include "engine/node/option/workers.h"

/* Encoders of which it is known that they make the same of the same frames with one thread, and that
 * all that are opened alike write the same header. */
static const struct splitter {
    const char *encoder;
    const char *list; /* of the keys of its library; NULL: libav's own number of threads is all */
    const char *keys[4], *values[4]; /* so that it has one thread */
} splitters[] = {
    {"libx264", NULL, {NULL}, {NULL}},
    {"libx264rgb", NULL, {NULL}, {NULL}},
    {"libx265", "x265-params", {"pools", "frame-threads", "wpp", NULL}, {"none", "1", "0", NULL}},
    {"libvpx-vp9", NULL, {NULL}, {NULL}},
    {"libaom-av1", NULL, {NULL}, {NULL}},
    {"libsvtav1", "svtav1-params", {"lp", NULL}, {"1", NULL}},
    {"mpeg4", NULL, {NULL}, {NULL}},
    {"mpeg2video", NULL, {NULL}, {NULL}},
    {"mpeg1video", NULL, {NULL}, {NULL}},
    {"ffv1", NULL, {NULL}, {NULL}},
};

static const struct splitter *find_splitter(const AVCodec *encoder)
{
    for (size_t i = 0; i < VF_COUNT(splitters); i++) {
        if (strcmp(splitters[i].encoder, encoder->name) == 0)
            return &splitters[i];
    }
    return NULL;
}

unsigned vf_split_workers(const struct vf_output_settings *settings)
{
    return vf_workers_count(settings->workers);
}

unsigned vf_split_group(const struct vf_output_settings *settings)
{
    return settings->gop > 0 ? (unsigned)settings->gop : VF_SPLIT_USUAL_GOP;
}

unsigned vf_split_waiting(const struct vf_output_settings *settings)
{
    return vf_workers_waiting(vf_split_workers(settings), vf_split_group(settings));
}

int vf_split_prepare(AVCodecContext *context)
{
    const struct splitter *splitter = find_splitter(context->codec);
    int err = VF_OK;
    for (size_t i = 0; splitter && splitter->list && splitter->keys[i] && !err; i++)
        err = vf_library_set_key(context, splitter->list, splitter->keys[i], splitter->values[i]);
    return err;
}

static const char an_average[] =
    "is of a stream that one encoder makes; each group is encoded by itself: give a quality, such "
    "as crf: 23, or leave split out";
static const char a_thread[] =
    "each encoder has one thread with split: gop; workers says how many encoders there are";

/* Options of encoders, and keys of their libraries, that do not go with groups. */
static const struct {
    const char *name, *reason;
} refused[] = {
    {"b", an_average},
    {"maxrate", an_average},
    {"minrate", an_average},
    {"bufsize", an_average},
    {"rc_init_occupancy", an_average},
    {"stats", an_average},
    {"passlogfile", an_average},
    {"two-pass", an_average},
    {"bitrate", an_average},
    {"vbv-maxrate", an_average},
    {"vbv-bufsize", an_average},
    {"vbv_maxrate", an_average},
    {"vbv_bufsize", an_average},
    {"strict-cbr", an_average},
    {"pass", an_average},
    {"tbr", an_average},
    {"mbr", an_average},
    {"passes", an_average},
    {"target-bitrate", an_average},
    {"threads", a_thread},
    {"lookahead-threads", a_thread},
    {"lookahead_threads", a_thread},
    {"sync-lookahead", a_thread},
    {"pools", a_thread},
    {"numa-pools", a_thread},
    {"frame-threads", a_thread},
    {"lp", a_thread},
};

/* Returns why a word, the first `length` bytes of `name`, does not go with groups; NULL: it does. */
static const char *find_reason(const char *name, size_t length)
{
    for (size_t i = 0; i < VF_COUNT(refused); i++) {
        if (strlen(refused[i].name) == length && strncmp(refused[i].name, name, length) == 0)
            return refused[i].reason;
    }
    return NULL;
}

static bool is_list(const char *option)
{
    static const char *const lists[] = {"x264-params", "x264opts", "x265-params", "svtav1-params",
                                        "aom-params"};
    for (size_t i = 0; i < VF_COUNT(lists); i++) {
        if (strcmp(lists[i], option) == 0)
            return true;
    }
    return false;
}

/* Looks at "key=value:key=value". */
static int check_list(const struct vf_map_entry *entry, const struct vf_output_problem *problem)
{
    const char *key = entry->text;
    while (*key) {
        size_t length = strcspn(key, "=:");
        const char *reason = find_reason(key, length);
        if (reason)
            return VF_COMPLAIN(problem, -EINVAL, "options.%s: %.*s: %s", entry->key, (int)length,
                               key, reason);
        key += strcspn(key, ":");
        key += *key == ':';
    }
    return VF_OK;
}

static int check_options(const struct vf_output_settings *settings,
                         const struct vf_output_problem *problem)
{
    for (size_t i = 0; i < settings->options.count; i++) {
        const struct vf_map_entry *entry = &settings->options.items[i];
        const char *reason = find_reason(entry->key, strlen(entry->key));
        bool is_nothing = strcmp(entry->key, "b") == 0 && strtod(entry->text, NULL) == 0;
        int err = is_list(entry->key) ? check_list(entry, problem) : VF_OK;
        if (!err && reason && !is_nothing)
            err = VF_COMPLAIN(problem, -EINVAL, "options.%s: it %s", entry->key, reason);
        if (err)
            return err;
    }
    return VF_OK;
}

/* Some encoders keep an average unless they are told a quality, and it may hide in flags. */
static int check_rate(const struct vf_output_choice *choice,
                      const struct vf_output_settings *settings,
                      const struct vf_output_problem *problem)
{
    static const int passes = AV_CODEC_FLAG_PASS1 | AV_CODEC_FLAG_PASS2;
    AVCodecContext *context = avcodec_alloc_context3(choice->encoder);
    int err = context ? vf_output_set_encoder(context, choice, settings, problem) : -ENOMEM;
    bool is_rated = choice->encoder->id != AV_CODEC_ID_FFV1;
    if (!err && context->flags & passes)
        err = VF_COMPLAIN(problem, -EINVAL, "options.flags: a pass %s", an_average);
    else if (!err && is_rated && context->bit_rate > 0 && !(context->flags & AV_CODEC_FLAG_QSCALE))
        err = VF_COMPLAIN(problem, -EINVAL,
                          "split: %s keeps an average bit rate, and each group is encoded by "
                          "itself; ask for a quality, such as options: {flags: +qscale, "
                          "global_quality: 472}, or leave split out",
                          choice->encoder->name);
    avcodec_free_context(&context);
    return err;
}

static int check_unsplit(const struct vf_output_settings *settings,
                         const struct vf_output_problem *problem)
{
    if (settings->workers)
        return VF_COMPLAIN(problem, -EINVAL,
                           "workers: they encode groups of pictures; say split: gop, too");
    if (settings->gop && settings->gop != VF_SPLIT_USUAL_GOP)
        return VF_COMPLAIN(problem, -EINVAL,
                           "gop: it is of split: gop; say that, too, or options: {g: %d}",
                           settings->gop);
    return VF_OK;
}

int vf_split_check(const struct vf_output_choice *choice, const struct vf_output_settings *settings,
                   const struct vf_output_problem *problem)
{
    const AVCodec *encoder = choice->encoder;
    if (settings->split == VF_OUTPUT_SPLIT_NONE)
        return check_unsplit(settings, problem);
    if (!encoder || !choice->has_pictures)
        return VF_COMPLAIN(problem, -EINVAL,
                           "split: no pictures are encoded here; leave split out");
    if (settings->hw != VF_OUTPUT_HW_OFF)
        return VF_COMPLAIN(problem, -EINVAL,
                           "split: hardware encodes one stream; leave split out, or hw");
    if (!find_splitter(encoder))
        return VF_COMPLAIN(problem, -EINVAL,
                           "split: it is not known of %s that several of it make one stream; use "
                           "libx264, libx265, libvpx-vp9, libaom-av1, libsvtav1, mpeg4 or "
                           "mpeg2video, or leave split out",
                           encoder->name);
    if (settings->threads > 1)
        return VF_COMPLAIN(problem, -EINVAL, "threads: %s", a_thread);
    if (settings->bit_rate)
        return VF_COMPLAIN(problem, -EINVAL, "bitrate: it %s", an_average);
    if (settings->segment_bytes)
        return VF_COMPLAIN(problem, -EINVAL,
                           "segment_size: what is encoded when a frame comes is not known with "
                           "split: gop; use segment_time, or leave split out");
    int err = check_options(settings, problem);
    return err ? err : check_rate(choice, settings, problem);
}
