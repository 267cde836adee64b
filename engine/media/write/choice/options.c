/* SPDX-License-Identifier: MIT */
#include "engine/media/write/choice/options.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/opt.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/codec/encoder_options.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/option_names.h"
#include "engine/media/write/choice/container_codecs.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/settings.h"
#include "engine/media/write/choice/taken.h"

/* What encoders call constant quality. */
static const struct {
    const char *ending; /* of the encoder's name */
    const char *option;
} qualities[] = {{"", "crf"}, {"_nvenc", "cq"}, {"_vaapi", "qp"}, {"_qsv", "global_quality"}};

static bool is_container_option(const AVOutputFormat *container, const char *name)
{
    return vf_option_names_find(container->priv_class, name, AV_OPT_FLAG_ENCODING_PARAM) ||
           vf_option_names_find(avformat_get_class(), name, AV_OPT_FLAG_ENCODING_PARAM);
}

static const AVClass *protocol_class(const struct vf_output_choice *choice)
{
    return choice->protocol ? avio_protocol_get_class(choice->protocol) : NULL;
}

static bool is_protocol_option(const struct vf_output_choice *choice, const char *name)
{
    return vf_option_names_find(protocol_class(choice), name, 0) != NULL;
}

static bool is_tag(const AVOutputFormat *container, const char *name)
{
    return container->codec_tag && strcmp(name, "tag") == 0;
}

/* Returns a tag as containers have it; 0: it is none. */
static uint32_t read_tag(const char *text)
{
    return strlen(text) == 4 ? AV_RL32(text) : 0;
}

static int check_tag(const struct vf_output_choice *choice, const char *text,
                     const struct vf_output_problem *problem)
{
    uint32_t tag = read_tag(text);
    enum AVCodecID codec = av_codec_get_id(choice->container->codec_tag, tag);
    bool is_fitting = choice->encoder ? codec == choice->encoder->id : codec != AV_CODEC_ID_NONE;
    if (tag && is_fitting)
        return VF_OK;
    return VF_COMPLAIN(problem, -EINVAL, "options.tag: %s has no tag \"%s\" for %s; leave tag out",
                       choice->container->long_name, text,
                       choice->encoder ? avcodec_get_name(choice->encoder->id) : "any codec");
}

uint32_t vf_output_tag(const AVOutputFormat *container, enum AVCodecID codec,
                       const struct vf_output_settings *settings)
{
    const uint32_t hvc1 = MKTAG('h', 'v', 'c', '1');
    for (size_t i = 0; i < settings->options.count; i++) {
        if (is_tag(container, settings->options.items[i].key))
            return read_tag(settings->options.items[i].text);
    }
    bool has_hvc1 = strcmp(container->name, "hls") == 0 ||
                    (container->codec_tag && vf_container_traits(container)->is_mp4 &&
                     av_codec_get_id(container->codec_tag, hvc1) == AV_CODEC_ID_HEVC);
    return codec == AV_CODEC_ID_HEVC && has_hvc1 ? hvc1 : 0;
}

static int refuse_option(const struct vf_output_choice *choice, const char *name,
                         const struct vf_output_problem *problem)
{
    struct vf_text_nearest nearest = {.wanted = name};
    if (!choice->encoder)
        return VF_COMPLAIN(problem, -EINVAL,
                           "options.%s: %s has no option \"%s\"; `ffmpeg -h muxer=%s` lists them",
                           name, choice->container->name, name, choice->container->name);
    vf_option_names_consider(&nearest, choice->encoder->priv_class, AV_OPT_FLAG_ENCODING_PARAM);
    vf_option_names_consider(&nearest, choice->container->priv_class, AV_OPT_FLAG_ENCODING_PARAM);
    vf_option_names_consider(&nearest, protocol_class(choice), 0);
    vf_option_names_consider(&nearest, avcodec_get_class(), AV_OPT_FLAG_ENCODING_PARAM);
    vf_option_names_consider(&nearest, avformat_get_class(), AV_OPT_FLAG_ENCODING_PARAM);
    const char *encoder = choice->encoder->name, *container = choice->container->name;
    return VF_COMPLAIN(problem, -EINVAL, "options.%s: neither %s nor %s has an option \"%s\"%s",
                       name, encoder, container, name,
                       vf_text_suggest_or(&nearest,
                                          "`ffmpeg -h encoder=%s` and `ffmpeg -h muxer=%s` list "
                                          "them",
                                          encoder, container));
}

/* Returns the encoder's name for constant quality; NULL: it has none. */
static const char *find_quality(const AVCodec *encoder)
{
    size_t length = strlen(encoder->name);
    for (size_t i = 0; i < VF_COUNT(qualities); i++) {
        size_t ending = strlen(qualities[i].ending);
        if (length >= ending && strcmp(encoder->name + length - ending, qualities[i].ending) == 0 &&
            vf_encoder_has_option(encoder, qualities[i].option))
            return qualities[i].option;
    }
    return NULL;
}

/* An option of an object of libav. */
struct target {
    void *object;
    const AVCodec *encoder; /* that it is for; NULL: it is a container */
    const char *owner;      /* what the object is called */
    const char *key;        /* option of the node that asks for it; NULL: a pair of `options` */
};

static int set_option(const struct target *target, const struct vf_map_entry *entry,
                      const struct vf_output_problem *problem)
{
    const char *name = entry->key, *text = entry->text;
    int code = av_opt_set(target->object, name, text, AV_OPT_SEARCH_CHILDREN);
    if (code >= 0)
        return VF_OK;
    struct vf_text taken = {0};
    vf_output_describe_taken(&taken, target->object, target->encoder, name, text);
    (void)VF_COMPLAIN(problem, 0, "%s%s: %s does not take \"%s\" for %s%s%s",
                      target->key ? "" : "options.", target->key ? target->key : name,
                      target->owner, text, name, taken.bytes ? "" : ": ",
                      taken.bytes ? taken.bytes : vf_media_error_text(code).text);
    vf_text_finish(&taken);
    return vf_media_error(code);
}

/* Sets an option of the encoder. One that takes the place of the one that was named, because there
 * is such hardware, or none, may not have it, or another range. */
static int set_encoder_option(AVCodecContext *encoder, const struct vf_output_choice *choice,
                              const char *key, const struct vf_map_entry *entry,
                              const struct vf_output_problem *problem)
{
    const struct target target = {encoder, encoder->codec, encoder->codec->name, key};
    bool is_substitute = choice->named && encoder->codec != choice->named;
    int err = set_option(&target, entry, problem);
    if (!err || !is_substitute)
        return err;
    vf_log(VF_LOG_INFO, "%s does not take \"%s\" for %s: its own is used", target.owner,
           entry->text, entry->key);
    return VF_OK;
}

/* Some encoders find out only when they are opened that they have no such preset. */
static bool knows_preset(const AVCodec *encoder, const struct vf_output_choice *choice)
{
    const AVOption *preset = vf_option_names_find(encoder->priv_class, "preset", 0);
    bool is_substitute = choice->named && encoder != choice->named;
    return preset && !(is_substitute && preset->type == AV_OPT_TYPE_STRING);
}

int vf_output_set_encoder(AVCodecContext *encoder, const struct vf_output_choice *choice,
                          const struct vf_output_settings *settings,
                          const struct vf_output_problem *problem)
{
    const char *quality = find_quality(encoder->codec);
    int err = VF_OK;
    if (settings->preset[0] && knows_preset(encoder->codec, choice))
        err =
            set_encoder_option(encoder, choice, "preset",
                               &(struct vf_map_entry){(char *)"preset", settings->preset}, problem);
    if (!err && settings->crf >= 0 && quality) {
        char text[32];
        snprintf(text, sizeof(text), "%g", settings->crf);
        err = set_encoder_option(encoder, choice, "crf",
                                 &(struct vf_map_entry){(char *)quality, text}, problem);
    }
    if (settings->bit_rate)
        encoder->bit_rate = settings->bit_rate;
    for (size_t i = 0; i < settings->options.count && !err; i++) {
        const struct vf_map_entry *entry = &settings->options.items[i];
        if (vf_encoder_has_option(encoder->codec, entry->key))
            err = set_encoder_option(encoder, choice, NULL, entry, problem);
    }
    return err;
}

/* RTSP sends over UDP by itself, which loses packets, and does not come through most routers. */
static int set_defaults(AVFormatContext *container)
{
    if (strcmp(container->oformat->name, "rtsp") != 0)
        return VF_OK;
    return vf_media_error(av_opt_set(container->priv_data, "rtsp_transport", "tcp", 0));
}

int vf_output_set_container(AVFormatContext *container, const struct vf_output_settings *settings,
                            const struct vf_output_problem *problem)
{
    int err = set_defaults(container);
    for (size_t i = 0; i < settings->options.count && !err; i++) {
        const struct vf_map_entry *entry = &settings->options.items[i];
        if (is_container_option(container->oformat, entry->key))
            err = set_option(&(struct target){container, NULL, container->oformat->name, NULL},
                             entry, problem);
    }
    return err;
}

int vf_output_list_protocol(const struct vf_output_choice *choice,
                            const struct vf_output_settings *settings, AVDictionary **options)
{
    for (size_t i = 0; i < settings->options.count; i++) {
        const struct vf_map_entry *entry = &settings->options.items[i];
        if (is_protocol_option(choice, entry->key) &&
            av_dict_set(options, entry->key, entry->text, 0) < 0)
            return -ENOMEM;
    }
    return VF_OK;
}

const char *vf_output_option(const struct vf_output_settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->options.count; i++) {
        if (strcmp(settings->options.items[i].key, name) == 0)
            return settings->options.items[i].text;
    }
    return NULL;
}

bool vf_output_has_option(const struct vf_output_settings *settings, const char *name)
{
    return vf_output_option(settings, name) != NULL;
}

/* Sets the options in a trial, which is thrown away. */
static int try_options(const struct vf_output_choice *choice,
                       const struct vf_output_settings *settings,
                       const struct vf_output_problem *problem)
{
    AVCodecContext *encoder = avcodec_alloc_context3(choice->encoder);
    AVFormatContext *container = NULL;
    int code = avformat_alloc_output_context2(&container, choice->container, NULL, NULL);
    int err = encoder && code >= 0 ? VF_OK : -ENOMEM;
    vf_media_log_hush(true);
    if (!err && choice->encoder)
        err = vf_output_set_encoder(encoder, choice, settings, problem);
    if (!err)
        err = vf_output_set_container(container, settings, problem);
    vf_media_log_hush(false);
    avcodec_free_context(&encoder);
    avformat_free_context(container);
    return err;
}

static int check_encoder(const AVCodec *encoder, const struct vf_output_settings *settings,
                         const struct vf_output_problem *problem)
{
    if (settings->preset[0] && !vf_option_names_find(encoder->priv_class, "preset", 0))
        return VF_COMPLAIN(problem, -EINVAL, "preset: %s has no presets; leave preset out",
                           encoder->name);
    double lowest, highest;
    if (settings->crf >= 0 && vf_output_clips(encoder, "crf", settings->crf, &lowest, &highest))
        return VF_COMPLAIN(problem, -EINVAL, "crf: %s takes %g to %g as crf, not %g", encoder->name,
                           lowest, highest, settings->crf);
    if (settings->crf >= 0 && !find_quality(encoder))
        return VF_COMPLAIN(problem, -EINVAL, "crf: %s has no crf; leave it out, or give a bitrate",
                           encoder->name);
    static const char about[] = "pixel_format: ";
    size_t length = strlen(about);
    memcpy(problem->text, about, length);
    int err = vf_encoder_check_pixel_format(encoder, settings->pixel_format, problem->text + length,
                                            problem->size - length);
    if (!err)
        problem->text[0] = '\0';
    return err;
}

/* Finds options that nobody has. */
static int check_names(const struct vf_output_choice *choice,
                       const struct vf_output_settings *settings,
                       const struct vf_output_problem *problem)
{
    for (size_t i = 0; i < settings->options.count; i++) {
        const char *name = settings->options.items[i].key;
        bool is_known = (choice->encoder && vf_encoder_has_option(choice->encoder, name)) ||
                        is_container_option(choice->container, name) ||
                        is_protocol_option(choice, name);
        int err = is_tag(choice->container, name)
                      ? check_tag(choice, settings->options.items[i].text, problem)
                  : is_known ? VF_OK
                             : refuse_option(choice, name, problem);
        if (err)
            return err;
    }
    return VF_OK;
}

/* Returns whether it is known that raw frames of that format could not be read again. */
static int check_raw(const struct vf_output_choice *choice, const char *format,
                     const struct vf_output_problem *problem)
{
    if (!format[0] || !choice->encoder || choice->encoder->id != AV_CODEC_ID_RAWVIDEO ||
        vf_container_keeps_raw(choice->container, format))
        return VF_OK;
    return VF_COMPLAIN(problem, -EINVAL,
                       "pixel_format: raw frames of the pixel format %s could not be read again "
                       "from %s, which has "
                       "no code for it; write NUT (.nut), or leave pixel_format out",
                       format, choice->container->long_name);
}

int vf_output_check_options(const struct vf_output_choice *choice,
                            const struct vf_output_settings *settings,
                            const struct vf_output_problem *problem)
{
    int err = choice->encoder ? check_encoder(choice->encoder, settings, problem) : VF_OK;
    if (!err)
        err = check_names(choice, settings, problem);
    if (!err)
        err = check_raw(choice, settings->pixel_format, problem);
    return err ? err : try_options(choice, settings, problem);
}
