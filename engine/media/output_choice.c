/* SPDX-License-Identifier: MIT */
#include "engine/media/output_choice.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

#include "engine/base/text.h"
#include "engine/media/media_error.h"

/* Best first. A hardware encoder is never chosen unasked: that it is compiled in does not mean
 * that there is such hardware. */
static const char *const h264_encoders[] = {"libx264", "libopenh264"};

struct problem {
    char *text;
    size_t size;
};

/* Says what is wrong, as by printf. Is `err`. */
#define complain(problem, err, ...) (snprintf((problem)->text, (problem)->size, __VA_ARGS__), (err))

static int choose_container(struct vf_output_choice *choice, const char *path,
                            const struct problem *problem)
{
    choice->container = av_guess_format(NULL, path, NULL);
    if (!choice->container)
        return complain(problem, -EINVAL,
                        "the name \"%s\" does not tell a container; end it in .mp4, .mkv, .mov, "
                        ".webm, .avi, .ts or .nut",
                        path);
    if (choice->container->flags & AVFMT_NOFILE || av_match_name("image2", choice->container->name))
        return complain(problem, -EINVAL,
                        "\"%s\" would be %s, which is not one file; end it in .mp4 or .mkv", path,
                        choice->container->long_name);
    if (choice->container->video_codec == AV_CODEC_ID_NONE)
        return complain(problem, -EINVAL, "%s holds no video; end \"%s\" in .mp4 or .mkv",
                        choice->container->long_name, path);
    return VF_OK;
}

static const AVCodec *find_h264(void)
{
    for (size_t i = 0; i < VF_COUNT(h264_encoders); i++) {
        const AVCodec *encoder = avcodec_find_encoder_by_name(h264_encoders[i]);
        if (encoder)
            return encoder;
    }
    return NULL;
}

static const AVCodec *find_encoder_of(enum AVCodecID id)
{
    return id == AV_CODEC_ID_H264 ? find_h264() : avcodec_find_encoder(id);
}

/* Finds an encoder by its own name ("libx264") or by that of its codec ("h264"). */
static const AVCodec *find_encoder(const char *name)
{
    const AVCodec *encoder = avcodec_find_encoder_by_name(name);
    if (encoder)
        return encoder;
    bool is_h265 = strcmp(name, "h265") == 0; /* libav says HEVC only */
    const AVCodecDescriptor *codec = avcodec_descriptor_get_by_name(is_h265 ? "hevc" : name);
    return codec ? find_encoder_of(codec->id) : NULL;
}

static bool is_h264_usual(const AVOutputFormat *container)
{
    static const char *const usual[] = {"mp4", "mov", "matroska"};
    for (size_t i = 0; i < VF_COUNT(usual); i++) {
        if (strcmp(container->name, usual[i]) == 0)
            return true;
    }
    return false;
}

static int refuse_encoder(const char *name, const struct problem *problem)
{
    struct vf_text_nearest nearest = {.wanted = name};
    char library[64]; /* "x264" means "libx264" */
    snprintf(library, sizeof(library), "lib%s", name);
    if (avcodec_find_encoder_by_name(library))
        nearest.wanted = library;
    void *position = NULL;
    for (const AVCodec *codec; (codec = av_codec_iterate(&position));) {
        if (codec->type == AVMEDIA_TYPE_VIDEO && av_codec_is_encoder(codec))
            vf_text_nearest_consider(&nearest, codec->name);
    }
    if (nearest.name)
        return complain(problem, -ENOTSUP,
                        "this libavcodec has no encoder \"%s\"; did you mean \"%s\"?", name,
                        nearest.name);
    return complain(problem, -ENOTSUP,
                    "this libavcodec has no encoder \"%s\"; `ffmpeg -encoders` lists what a "
                    "libavcodec has, such as libx264, mpeg4 or ffv1",
                    name);
}

static int choose_encoder(struct vf_output_choice *choice,
                          const struct vf_output_settings *settings, const struct problem *problem)
{
    const AVOutputFormat *container = choice->container;
    const char *name = settings->codec;
    if (strcmp(name, "auto") == 0) {
        enum AVCodecID id =
            is_h264_usual(container)
                ? AV_CODEC_ID_H264
                : av_guess_codec(container, NULL, settings->path, NULL, AVMEDIA_TYPE_VIDEO);
        choice->encoder = find_encoder_of(id);
        name = avcodec_get_name(id);
    } else {
        choice->encoder = find_encoder(name);
    }
    if (!choice->encoder)
        return refuse_encoder(name, problem);
    if (choice->encoder->type != AVMEDIA_TYPE_VIDEO)
        return complain(problem, -EINVAL, "%s does not encode video; libx264 does", name);
    if (avformat_query_codec(container, choice->encoder->id, FF_COMPLIANCE_NORMAL) == 0)
        return complain(problem, -EINVAL, "%s cannot hold %s; %s can", container->long_name,
                        avcodec_get_name(choice->encoder->id), "Matroska (.mkv)");
    return VF_OK;
}

static const AVOption *find_option(const AVClass *class, const char *name)
{
    return class ? av_opt_find(&class, name, NULL, 0, AV_OPT_SEARCH_FAKE_OBJ) : NULL;
}

/* Only of things that are in the tables of libav for encoding video is a name an option. */
static const AVOption *find_encoder_option(const AVCodec *encoder, const char *name)
{
    const AVOption *option = find_option(encoder->priv_class, name);
    if (!option)
        option = find_option(avcodec_get_class(), name);
    return option && option->flags & AV_OPT_FLAG_ENCODING_PARAM ? option : NULL;
}

static const AVOption *find_container_option(const AVOutputFormat *container, const char *name)
{
    const AVOption *option = find_option(container->priv_class, name);
    if (!option)
        option = find_option(avformat_get_class(), name);
    return option && option->flags & AV_OPT_FLAG_ENCODING_PARAM ? option : NULL;
}

static void consider_options(struct vf_text_nearest *nearest, const AVClass *class)
{
    if (!class)
        return;
    for (const AVOption *option = NULL; (option = av_opt_next(&class, option));) {
        if (option->flags & AV_OPT_FLAG_ENCODING_PARAM && option->type != AV_OPT_TYPE_CONST)
            vf_text_nearest_consider(nearest, option->name);
    }
}

static int refuse_option(const struct vf_output_choice *choice, const char *name,
                         const struct problem *problem)
{
    struct vf_text_nearest nearest = {.wanted = name};
    consider_options(&nearest, choice->encoder->priv_class);
    consider_options(&nearest, choice->container->priv_class);
    consider_options(&nearest, avcodec_get_class());
    consider_options(&nearest, avformat_get_class());
    const char *encoder = choice->encoder->name, *container = choice->container->name;
    if (nearest.name)
        return complain(problem, -EINVAL,
                        "neither %s nor %s has an option \"%s\"; did you mean \"%s\"?", encoder,
                        container, name, nearest.name);
    return complain(problem, -EINVAL,
                    "neither %s nor %s has an option \"%s\"; `ffmpeg -h encoder=%s` lists them",
                    encoder, container, name, encoder);
}

static int check_options(const struct vf_output_choice *choice,
                         const struct vf_output_settings *settings, const struct problem *problem)
{
    const AVCodec *encoder = choice->encoder;
    if (settings->preset[0] && !find_option(encoder->priv_class, "preset"))
        return complain(problem, -EINVAL, "%s has no presets; leave preset out", encoder->name);
    if (settings->crf >= 0 && !find_option(encoder->priv_class, "crf"))
        return complain(problem, -EINVAL, "%s has no crf; leave it out, or give a bitrate",
                        encoder->name);
    for (size_t i = 0; i < settings->options.count; i++) {
        const char *name = settings->options.items[i].key;
        if (!find_encoder_option(encoder, name) && !find_container_option(choice->container, name))
            return refuse_option(choice, name, problem);
    }
    return VF_OK;
}

static int check_pixel_format(const struct vf_output_choice *choice,
                              const struct vf_output_settings *settings,
                              const struct problem *problem)
{
    const enum AVPixelFormat *formats = choice->encoder->pix_fmts;
    if (!settings->pixel_format[0] || !formats)
        return VF_OK;
    struct vf_text_nearest nearest = {.wanted = settings->pixel_format};
    for (; *formats != AV_PIX_FMT_NONE; formats++) {
        const char *name = av_get_pix_fmt_name(*formats);
        if (strcmp(name, settings->pixel_format) == 0)
            return VF_OK;
        vf_text_nearest_consider(&nearest, name);
    }
    return complain(problem, -EINVAL, "%s does not take the pixel format %s; it takes %s",
                    choice->encoder->name, settings->pixel_format,
                    nearest.name ? nearest.name
                                 : av_get_pix_fmt_name(choice->encoder->pix_fmts[0]));
}

static int set_option(void *object, const char *owner, const char *name, const char *text,
                      const struct problem *problem)
{
    int code = av_opt_set(object, name, text, AV_OPT_SEARCH_CHILDREN);
    if (code < 0)
        return complain(problem, vf_media_error(code), "%s does not take \"%s\" for %s: %s", owner,
                        text, name, vf_media_error_text(code).text);
    return VF_OK;
}

int vf_output_set_encoder(AVCodecContext *encoder, const struct vf_output_settings *settings,
                          char *problem_text, size_t problem_size)
{
    const struct problem problem = {problem_text, problem_size};
    const char *owner = encoder->codec->name;
    int err = VF_OK;
    if (settings->preset[0])
        err = set_option(encoder, owner, "preset", settings->preset, &problem);
    if (!err && settings->crf >= 0) {
        char crf[32];
        snprintf(crf, sizeof(crf), "%g", settings->crf);
        err = set_option(encoder, owner, "crf", crf, &problem);
    }
    if (settings->bit_rate)
        encoder->bit_rate = settings->bit_rate;
    for (size_t i = 0; i < settings->options.count && !err; i++) {
        const struct vf_map_entry *entry = &settings->options.items[i];
        if (find_encoder_option(encoder->codec, entry->key))
            err = set_option(encoder, owner, entry->key, entry->text, &problem);
    }
    return err;
}

int vf_output_set_container(AVFormatContext *container, const struct vf_output_settings *settings,
                            char *problem_text, size_t problem_size)
{
    const struct problem problem = {problem_text, problem_size};
    int err = VF_OK;
    for (size_t i = 0; i < settings->options.count && !err; i++) {
        const struct vf_map_entry *entry = &settings->options.items[i];
        if (find_container_option(container->oformat, entry->key))
            err =
                set_option(container, container->oformat->name, entry->key, entry->text, &problem);
    }
    return err;
}

/* Sets the options in a trial, which is thrown away. */
static int try_options(const struct vf_output_choice *choice,
                       const struct vf_output_settings *settings, const struct problem *problem)
{
    AVCodecContext *encoder = avcodec_alloc_context3(choice->encoder);
    AVFormatContext *container = NULL;
    int code = avformat_alloc_output_context2(&container, choice->container, NULL, NULL);
    int err = encoder && code >= 0 ? VF_OK : -ENOMEM;
    if (!err)
        err = vf_output_set_encoder(encoder, settings, problem->text, problem->size);
    if (!err)
        err = vf_output_set_container(container, settings, problem->text, problem->size);
    avcodec_free_context(&encoder);
    avformat_free_context(container);
    return err;
}

const char *vf_output_codec_name(const struct vf_output_choice *choice)
{
    return avcodec_get_name(choice->encoder->id);
}

int vf_output_choose(struct vf_output_choice *choice, const struct vf_output_settings *settings,
                     char *problem_text, size_t problem_size)
{
    const struct problem problem = {problem_text, problem_size};
    vf_media_log_redirect();
    *choice = (struct vf_output_choice){0};
    int err = choose_container(choice, settings->path, &problem);
    if (!err)
        err = choose_encoder(choice, settings, &problem);
    if (!err)
        err = check_options(choice, settings, &problem);
    if (!err)
        err = check_pixel_format(choice, settings, &problem);
    if (!err)
        err = try_options(choice, settings, &problem);
    return err;
}
