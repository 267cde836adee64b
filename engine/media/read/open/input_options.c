/* SPDX-License-Identifier: MIT */
#include "engine/media/read/open/input_options.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/libav/error.h"
#include "engine/media/read/open/settings.h"

/* A look through the options of something that reads. */
struct search {
    struct vf_text_nearest nearest; /* `wanted` is looked for */
    bool is_found;
};

/* Options to read with, but for names of values. */
static bool is_for_reading(const AVOption *option)
{
    return option->flags & AV_OPT_FLAG_DECODING_PARAM && option->type != AV_OPT_TYPE_CONST;
}

static void look_into(struct search *search, const AVClass *class)
{
    for (const AVOption *option = NULL; class && (option = av_opt_next(&class, option));) {
        if (!is_for_reading(option))
            continue;
        search->is_found = search->is_found || strcmp(option->name, search->nearest.wanted) == 0;
        vf_text_nearest_consider(&search->nearest, option->name);
    }
}

static void look_into_decoder(struct search *search, const AVCodec *decoder)
{
    look_into(search, avcodec_get_class());
    look_into(search, decoder ? decoder->priv_class : NULL);
}

static void look_into_demuxers(struct search *search, const AVInputFormat *format)
{
    void *position = NULL;
    look_into(search, avformat_get_class());
    if (format) {
        look_into(search, format->priv_class);
        return;
    }
    while ((format = av_demuxer_iterate(&position)))
        look_into(search, format->priv_class);
}

static void look_into_protocols(struct search *search)
{
    void *position = NULL;
    const char *name;
    while ((name = avio_enum_protocols(&position, 0)))
        look_into(search, avio_protocol_get_class(name));
}

static void look_into_decoders(struct search *search)
{
    void *position = NULL;
    const AVCodec *codec;
    look_into(search, avcodec_get_class());
    while ((codec = av_codec_iterate(&position))) {
        if (av_codec_is_decoder(codec))
            look_into(search, codec->priv_class);
    }
}

static int refuse_format(const char *name, char *problem, size_t size)
{
    struct vf_text_nearest nearest = {.wanted = name};
    void *position = NULL;
    const AVInputFormat *format;
    while ((format = av_demuxer_iterate(&position)))
        vf_text_nearest_consider(&nearest, format->name);
    snprintf(problem, size, "this libavformat has no demuxer \"%s\"%s", name,
             vf_text_suggest_or(&nearest, "`ffmpeg -demuxers` lists what a libavformat has, such "
                                          "as mpegts, rawvideo or image2"));
    return -EINVAL;
}

/* Cameras and screens are there once libavdevice is loaded, for whichever node. */
static bool is_device(const AVInputFormat *format)
{
    return format && format->priv_class && AV_IS_INPUT_DEVICE(format->priv_class->category);
}

static int refuse_device(const char *name, char *problem, size_t size)
{
    snprintf(problem, size, "format \"%s\" is that of a device; read it with device_reader", name);
    return -EINVAL;
}

static int check_option(const char *name, const AVInputFormat *format, char *problem, size_t size)
{
    struct search search = {.nearest = {.wanted = name}};
    look_into_demuxers(&search, format);
    look_into_protocols(&search);
    look_into_decoders(&search);
    if (search.is_found)
        return VF_OK;
    char who[128] = "no demuxer, protocol or decoder";
    if (format)
        snprintf(who, sizeof(who), "neither the demuxer %s nor any protocol or decoder",
                 format->name);
    snprintf(problem, size, "%s has an option \"%s\"%s", who, name,
             vf_text_suggest_or(&search.nearest, "leave it out"));
    return -EINVAL;
}

/* Returns whether an object that has the option, if it has, takes the value. */
static bool takes(void *object, const struct vf_map_entry *entry)
{
    const AVOption *option = object ? av_opt_find(object, entry->key, NULL, 0, 0) : NULL;
    return !option || av_opt_set(object, entry->key, entry->text, 0) >= 0;
}

/* Looks at the values of options that all demuxers, or all decoders, have. Those of others are
 * looked at by themselves, when they are opened. */
static int check_value(const struct vf_map_entry *entry, char *problem, size_t size)
{
    AVFormatContext *format = avformat_alloc_context();
    AVCodecContext *decoder = avcodec_alloc_context3(NULL);
    vf_media_log_redirect();
    vf_media_log_hush(true);
    bool is_right = takes(format, entry) && takes(decoder, entry);
    vf_media_log_hush(false);
    if (!is_right)
        snprintf(problem, size,
                 "option \"%s\" cannot be \"%s\"; `ffmpeg -h full` tells what it can be",
                 entry->key, entry->text);
    avformat_free_context(format);
    avcodec_free_context(&decoder);
    return is_right ? VF_OK : -EINVAL;
}

int vf_input_check(const struct vf_media_settings *settings, char *problem, size_t problem_size)
{
    const AVInputFormat *format = vf_input_format(settings);
    if (settings->format[0] && !format)
        return refuse_format(settings->format, problem, problem_size);
    if (is_device(format))
        return refuse_device(settings->format, problem, problem_size);
    int err = VF_OK;
    for (size_t i = 0; i < settings->options.count && !err; i++) {
        const struct vf_map_entry *entry = &settings->options.items[i];
        err = check_option(entry->key, format, problem, problem_size);
        if (!err)
            err = check_value(entry, problem, problem_size);
    }
    return err;
}

const AVInputFormat *vf_input_format(const struct vf_media_settings *settings)
{
    return settings->format[0] ? av_find_input_format(settings->format) : NULL;
}

static int add(AVDictionary **options, const struct vf_map_entry *entry)
{
    int code = av_dict_set(options, entry->key, entry->text, 0);
    if (code < 0)
        av_dict_free(options);
    return code < 0 ? -ENOMEM : VF_OK;
}

int vf_input_options(const struct vf_media_settings *settings, AVDictionary **options)
{
    *options = NULL;
    int err = VF_OK;
    for (size_t i = 0; i < settings->options.count && !err; i++)
        err = add(options, &settings->options.items[i]);
    return err;
}

static bool has_option(const AVCodec *decoder, const char *name)
{
    struct search search = {.nearest = {.wanted = name}};
    look_into_decoder(&search, decoder);
    return search.is_found;
}

int vf_input_decoder_options(const struct vf_media_settings *settings, const AVCodec *decoder,
                             AVDictionary **options)
{
    *options = NULL;
    int err = VF_OK;
    for (size_t i = 0; i < settings->options.count && !err; i++) {
        if (has_option(decoder, settings->options.items[i].key))
            err = add(options, &settings->options.items[i]);
    }
    return err;
}

static void refuse_option(const char *name, const AVFormatContext *format, const AVCodec *decoder)
{
    struct search search = {.nearest = {.wanted = name}};
    const char *protocol = avio_find_protocol_name(format->url);
    int length = (int)strcspn(format->iformat->name, ","); /* some have several names */
    look_into_demuxers(&search, format->iformat);
    look_into(&search, protocol ? avio_protocol_get_class(protocol) : NULL);
    look_into_decoder(&search, decoder);
    struct vf_text text = {0};
    vf_text_print(&text, "nothing here has an option \"%s\": not the demuxer %.*s", name, length,
                  format->iformat->name);
    if (protocol)
        vf_text_print(&text, ", not the protocol %s", protocol);
    vf_text_print(&text, ", not the decoder %s%s", decoder->name, vf_text_suggest(&search.nearest));
    vf_log(VF_LOG_ERROR, "%s", text.bytes ? text.bytes : name);
    vf_text_finish(&text);
}

int vf_input_refuse_untaken(const AVDictionary *left, const AVFormatContext *format,
                            const AVCodec *decoder)
{
    const AVDictionaryEntry *entry = NULL;
    while ((entry = av_dict_get(left, "", entry, AV_DICT_IGNORE_SUFFIX))) {
        if (has_option(decoder, entry->key))
            continue;
        refuse_option(entry->key, format, decoder);
        return -EINVAL;
    }
    return VF_OK;
}
