/* SPDX-License-Identifier: MIT */
#include "engine/media/codec/picture_encoder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <strings.h>

#include "engine/base/log.h"
#include "engine/media/codec/encoder_options.h"
#include "engine/media/codec/picture_check.h"
#include "engine/media/facts/frame_facts.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/option_names.h"
#include "engine/media/libav/picture.h"
#include "engine/media/picture/scaler.h"

#define MAX_FORMATS 64

/* What names of files end in, and who makes such files, by libavcodec's name. */
struct kind {
    const char *ending, *encoder;
    void (*set_quality)(AVCodecContext *context, int quality); /* NULL: it has no loss */
};

struct vf_picture_encoder {
    const struct vf_picture_settings *settings;
    const struct kind *kind;
    const AVCodec *codec;
    AVCodecContext *context; /* NULL until a frame comes */
    struct vf_scaler *scaler;
    AVFrame *converted; /* its memory is used again */
    AVPacket *packet;
};

/* The scale that libjpeg made usual, in steps of MPEG's quantiser: 50 is 16, 75 is 8, 90 is 3. */
static void set_quantiser(AVCodecContext *context, int quality)
{
    double percent = quality < 50 ? 5000.0 / quality : 200.0 - 2.0 * quality;
    int steps = (int)(percent * 0.16 + 0.5);
    steps = steps < 1 ? 1 : steps > 31 ? 31 : steps;
    context->flags |= AV_CODEC_FLAG_QSCALE;
    context->qmin = 1;
    context->global_quality = steps * FF_QP2LAMBDA;
}

static void set_percent(AVCodecContext *context, int quality)
{
    (void)av_opt_set_int(context->priv_data, "quality", quality, 0);
}

/* As libjxl's own cjxl does from 30 on. */
static void set_distance(AVCodecContext *context, int quality)
{
    (void)av_opt_set_double(context->priv_data, "distance", (100 - quality) * 0.1, 0);
}

static const struct kind kinds[] = {
    {"jpg", "mjpeg", set_quantiser},
    {"jpeg", "mjpeg", set_quantiser},
    {"png", "png", NULL},
    {"webp", "libwebp", set_percent},
    {"tiff", "tiff", NULL},
    {"tif", "tiff", NULL},
    {"bmp", "bmp", NULL},
    {"jp2", "jpeg2000", NULL},
    {"jxl", "libjxl", set_distance},
    {"ppm", "ppm", NULL},
    {"pgm", "pgm", NULL},
    {"pbm", "pbm", NULL},
    {"pam", "pam", NULL},
    {"pfm", "pfm", NULL},
    {"tga", "targa", NULL},
    {"dpx", "dpx", NULL},
    {"exr", "exr", NULL},
    {"hdr", "hdr", NULL},
    {"qoi", "qoi", NULL},
    {"pcx", "pcx", NULL},
    {"sgi", "sgi", NULL},
    {"ras", "sunrast", NULL},
};

static const struct kind *find_kind(const char *name)
{
    const char *slash = strrchr(name, '/'), *dot = strrchr(name, '.');
    for (size_t i = 0; dot && dot > slash && i < VF_COUNT(kinds); i++) {
        if (strcasecmp(dot + 1, kinds[i].ending) == 0)
            return &kinds[i];
    }
    return NULL;
}

/* Sets what the user asks for. */
static int set_options(AVCodecContext *context, const struct kind *kind,
                       const struct vf_picture_settings *settings, char *problem,
                       size_t problem_size)
{
    if (kind->set_quality)
        kind->set_quality(context, settings->quality);
    if (settings->compression >= 0)
        context->compression_level = settings->compression;
    for (size_t i = 0; settings->options && i < settings->options->count; i++) {
        const struct vf_map_entry *entry = &settings->options->items[i];
        int code = av_opt_set(context, entry->key, entry->text, AV_OPT_SEARCH_CHILDREN);
        if (code < 0) {
            snprintf(problem, problem_size, "%s does not take \"%s\" for %s: %s",
                     context->codec->name, entry->text, entry->key, vf_media_error_text(code).text);
            return -EINVAL;
        }
    }
    return VF_OK;
}

static int check_options(const struct kind *kind, const AVCodec *codec,
                         const struct vf_picture_settings *settings, char *problem,
                         size_t problem_size)
{
    for (size_t i = 0; settings->options && i < settings->options->count; i++) {
        const char *name = settings->options->items[i].key;
        if (!vf_encoder_has_option(codec, name))
            return vf_option_names_refuse(codec->priv_class, "encoder", codec->name, name, problem,
                                          problem_size);
    }
    AVCodecContext *trial = avcodec_alloc_context3(codec);
    int err = trial ? set_options(trial, kind, settings, problem, problem_size) : -ENOMEM;
    avcodec_free_context(&trial);
    return err;
}

/* Returns whether that is a file of pictures with times. */
static bool is_film(const char *name)
{
    static const char *const endings[] = {".avif", ".gif", ".apng"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < VF_COUNT(endings); i++) {
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    }
    return false;
}

int vf_picture_encoder_check(const struct vf_picture_settings *settings, char *problem,
                             size_t problem_size)
{
    vf_media_log_redirect();
    const struct kind *kind = find_kind(settings->name);
    if (!kind) {
        snprintf(problem, problem_size,
                 "the name \"%s\" does not tell what kind of picture; end it in .jpg, .png, .webp, "
                 ".tiff or .bmp%s",
                 settings->name, is_film(settings->name) ? "; video_writer writes such files" : "");
        return -EINVAL;
    }
    const AVCodec *codec = avcodec_find_encoder_by_name(kind->encoder);
    if (!codec) {
        snprintf(problem, problem_size,
                 "this libavcodec has no encoder %s for .%s; end \"%s\" in .jpg or .png",
                 kind->encoder, kind->ending, settings->name);
        return -ENOTSUP;
    }
    int err = vf_encoder_check_pixel_format(codec, settings->pixel_format, problem, problem_size);
    return err ? err : check_options(kind, codec, settings, problem, problem_size);
}

int vf_picture_encoder_create(struct vf_picture_encoder **encoder,
                              const struct vf_picture_settings *settings)
{
    vf_media_log_redirect();
    const struct kind *kind = find_kind(settings->name);
    const AVCodec *codec = kind ? avcodec_find_encoder_by_name(kind->encoder) : NULL;
    *encoder = NULL;
    if (!codec)
        return -ENOTSUP;
    struct vf_picture_encoder *made = calloc(1, sizeof(*made));
    *encoder = made;
    if (!made)
        return -ENOMEM;
    made->settings = settings;
    made->kind = kind;
    made->codec = codec;
    made->packet = av_packet_alloc();
    int err = made->packet ? vf_scaler_create(&made->scaler, VF_SCALER_BICUBIC) : -ENOMEM;
    if (err)
        vf_picture_encoder_destroy(encoder);
    return err;
}

void vf_picture_encoder_destroy(struct vf_picture_encoder **encoder)
{
    struct vf_picture_encoder *made = *encoder;
    if (!made)
        return;
    avcodec_free_context(&made->context);
    vf_scaler_destroy(&made->scaler);
    av_frame_free(&made->converted);
    av_packet_free(&made->packet);
    free(made);
    *encoder = NULL;
}

/* Returns whether programs in general read such a file: a JPEG is expected to have the full range,
 * and YUV in a TIFF is more than most can. */
static bool is_usual(const AVCodec *codec, enum AVPixelFormat format)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
    bool is_rgb = descriptor->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
    if (codec->id == AV_CODEC_ID_MJPEG)
        return strncmp(descriptor->name, "yuvj", strlen("yuvj")) == 0;
    return codec->id != AV_CODEC_ID_TIFF || is_rgb || descriptor->nb_components <= 2;
}

static enum AVPixelFormat choose_format(const struct vf_picture_encoder *encoder,
                                        enum AVPixelFormat format)
{
    enum AVPixelFormat usual[MAX_FORMATS];
    size_t count = 0;
    if (encoder->settings->pixel_format[0])
        return (enum AVPixelFormat)vf_picture_format(encoder->settings->pixel_format);
    const enum AVPixelFormat *taken = encoder->codec->pix_fmts;
    for (; taken && *taken != AV_PIX_FMT_NONE && count + 1 < MAX_FORMATS; taken++) {
        if (*taken == format && is_usual(encoder->codec, format))
            return format;
        if (is_usual(encoder->codec, *taken))
            usual[count++] = *taken;
    }
    usual[count] = AV_PIX_FMT_NONE;
    bool has_alpha = av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_ALPHA;
    return count ? avcodec_find_best_pix_fmt_of_list(usual, format, has_alpha, NULL) : format;
}

/* Makes `encoder->converted` a frame like `source`, but of `format`. */
static int convert(struct vf_picture_encoder *encoder, const AVFrame *source,
                   enum AVPixelFormat format)
{
    AVFrame *target = encoder->converted;
    if (!target || target->format != format || target->width != source->width ||
        target->height != source->height) {
        av_frame_free(&encoder->converted);
        encoder->converted = target = av_frame_alloc();
        if (!target)
            return -ENOMEM;
        target->format = format;
        target->width = source->width;
        target->height = source->height;
        int code = av_frame_get_buffer(target, 0);
        if (code < 0)
            return vf_media_error(code);
    }
    int code = av_frame_make_writable(target);
    return code < 0 ? vf_media_error(code) : vf_scaler_draw(encoder->scaler, source, target);
}

static bool is_ready(const struct vf_picture_encoder *encoder, const AVFrame *frame)
{
    const AVCodecContext *context = encoder->context;
    return context && context->pix_fmt == frame->format && context->width == frame->width &&
           context->height == frame->height && context->color_range == frame->color_range &&
           av_cmp_q(context->sample_aspect_ratio, frame->sample_aspect_ratio) == 0;
}

static int open_codec(struct vf_picture_encoder *encoder, const AVFrame *frame)
{
    char problem[256];
    avcodec_free_context(&encoder->context);
    AVCodecContext *context = encoder->context = avcodec_alloc_context3(encoder->codec);
    if (!context)
        return -ENOMEM;
    context->pix_fmt = frame->format;
    context->width = frame->width;
    context->height = frame->height;
    context->time_base = (AVRational){1, 25};
    context->sample_aspect_ratio = frame->sample_aspect_ratio;
    context->color_range = frame->color_range;
    context->color_primaries = frame->color_primaries;
    context->color_trc = frame->color_trc;
    context->colorspace = frame->colorspace;
    context->thread_count = 1;
    int err = set_options(context, encoder->kind, encoder->settings, problem, sizeof(problem));
    if (err) {
        vf_log(VF_LOG_ERROR, "%s", problem);
        return err;
    }
    int code = avcodec_open2(context, encoder->codec, NULL);
    if (code < 0)
        vf_log(VF_LOG_ERROR, "cannot open the %s encoder for %dx%d %s: %s", encoder->codec->name,
               frame->width, frame->height, av_get_pix_fmt_name(frame->format),
               vf_media_error_text(code).text);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

static int encode(struct vf_picture_encoder *encoder, AVFrame *frame)
{
    int err = is_ready(encoder, frame) ? VF_OK : open_codec(encoder, frame);
    if (err) {
        avcodec_free_context(&encoder->context);
        return err;
    }
    frame->pts = AV_NOPTS_VALUE;
    frame->quality = encoder->context->global_quality;
    frame->pict_type = AV_PICTURE_TYPE_NONE;
    av_packet_unref(encoder->packet);
    int code = avcodec_send_frame(encoder->context, frame);
    if (code >= 0)
        code = avcodec_receive_packet(encoder->context, encoder->packet);
    if (code < 0)
        vf_log(VF_LOG_ERROR, "a frame cannot be encoded: %s", vf_media_error_text(code).text);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

int vf_picture_encoder_encode(struct vf_picture_encoder *encoder, const struct vf_message *message,
                              const uint8_t **bytes, size_t *size)
{
    AVFrame *frame;
    int err = vf_media_frame_from_message(&frame, message);
    if (!err)
        err = vf_frame_facts_restore(frame);
    if (err) {
        av_frame_free(&frame);
        return err;
    }
    enum AVPixelFormat format = choose_format(encoder, frame->format);
    if (format == frame->format) {
        err = encode(encoder, frame);
    } else {
        err = convert(encoder, frame, format);
        if (!err)
            err = encode(encoder, encoder->converted);
    }
    av_frame_free(&frame);
    *bytes = encoder->packet->data;
    *size = (size_t)encoder->packet->size;
    return err;
}

void vf_picture_encoder_describe(const struct vf_picture_encoder *encoder,
                                 struct vf_picture_check *check)
{
    check->bytes = encoder->packet->data;
    check->size = (size_t)encoder->packet->size;
    check->codec_id = (int)encoder->codec->id;
    check->width = encoder->context->width;
    check->height = encoder->context->height;
}
