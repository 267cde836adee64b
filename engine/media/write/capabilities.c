/* SPDX-License-Identifier: MIT */
#include "engine/media/write/capabilities.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/libav/error.h"

/* Those that people look for. */
static const char *const encoders[] = {
    "libx264",    "libx265",    "libsvtav1",  "libaom-av1", "libvpx-vp9",
    "mpeg4",      "mjpeg",      "ffv1",       "aac",        "libopus",
    "libmp3lame", "flac",       "h264_nvenc", "hevc_nvenc", "av1_nvenc",
    "h264_vaapi", "hevc_vaapi", "h264_qsv",   "hevc_qsv",   "h264_v4l2m2m",
};
static const enum AVCodecID decoders[] = {
    AV_CODEC_ID_H264, AV_CODEC_ID_HEVC,       AV_CODEC_ID_AV1,   AV_CODEC_ID_VP8,
    AV_CODEC_ID_VP9,  AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG4, AV_CODEC_ID_MJPEG,
    AV_CODEC_ID_PNG,  AV_CODEC_ID_AAC,        AV_CODEC_ID_MP3,   AV_CODEC_ID_OPUS,
};

static void add_library(json_t *list, const char *name, unsigned built, unsigned running)
{
    char texts[2][32];
    snprintf(texts[0], sizeof(texts[0]), "%u.%u.%u", AV_VERSION_MAJOR(built),
             AV_VERSION_MINOR(built), AV_VERSION_MICRO(built));
    snprintf(texts[1], sizeof(texts[1]), "%u.%u.%u", AV_VERSION_MAJOR(running),
             AV_VERSION_MINOR(running), AV_VERSION_MICRO(running));
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:s}", "name", name, "built", texts[0], "running", texts[1]));
}

static json_t *list_libraries(void)
{
    json_t *list = json_array();
    add_library(list, "libavutil", LIBAVUTIL_VERSION_INT, avutil_version());
    add_library(list, "libavcodec", LIBAVCODEC_VERSION_INT, avcodec_version());
    add_library(list, "libavformat", LIBAVFORMAT_VERSION_INT, avformat_version());
    add_library(list, "libswresample", LIBSWRESAMPLE_VERSION_INT, swresample_version());
    return list;
}

static void prepare_video(AVCodecContext *context, const AVCodec *codec)
{
    context->width = 320;
    context->height = 240;
    context->time_base = (AVRational){1, 25};
    context->framerate = (AVRational){25, 1};
    context->pix_fmt = codec->pix_fmts ? codec->pix_fmts[0] : AV_PIX_FMT_YUV420P;
    context->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL; /* mjpeg's full range */
}

static void prepare_audio(AVCodecContext *context, const AVCodec *codec)
{
    context->sample_rate = 48000;
    context->time_base = (AVRational){1, 48000};
    context->sample_fmt = codec->sample_fmts ? codec->sample_fmts[0] : AV_SAMPLE_FMT_FLTP;
    av_channel_layout_default(&context->ch_layout, 2);
}

/* Gives an encoder whose frames are in a device's memory such a device. */
static int prepare_device(AVCodecContext *context)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(context->pix_fmt);
    if (!format || !(format->flags & AV_PIX_FMT_FLAG_HWACCEL))
        return 0;
    const AVCodecHWConfig *config = avcodec_get_hw_config(context->codec, 0);
    AVBufferRef *device = NULL, *frames = NULL;
    int code = config ? av_hwdevice_ctx_create(&device, config->device_type, NULL, NULL, 0)
                      : AVERROR(ENOSYS);
    if (code >= 0 && !(frames = av_hwframe_ctx_alloc(device)))
        code = AVERROR(ENOMEM);
    if (code >= 0) {
        AVHWFramesContext *pool = (AVHWFramesContext *)frames->data;
        pool->format = context->pix_fmt;
        pool->sw_format = AV_PIX_FMT_NV12;
        pool->width = context->width;
        pool->height = context->height;
        code = av_hwframe_ctx_init(frames);
    }
    if (code >= 0)
        context->hw_frames_ctx = av_buffer_ref(frames);
    av_buffer_unref(&frames);
    av_buffer_unref(&device);
    return code;
}

/* Encoders that have been opened stay so: some wait forever for their first frame when they are
 * closed before it. */
static AVCodecContext *kept[VF_COUNT(encoders)];

static int try_encoder(size_t number, const AVCodec *codec)
{
    AVCodecContext *context = kept[number] = avcodec_alloc_context3(codec);
    if (!context)
        return AVERROR(ENOMEM);
    int code = 0;
    if (codec->type == AVMEDIA_TYPE_VIDEO) {
        prepare_video(context, codec);
        code = prepare_device(context);
    } else {
        prepare_audio(context, codec);
    }
    return code < 0 ? code : avcodec_open2(context, codec, NULL);
}

static int try_decoder(const AVCodec *codec)
{
    AVCodecContext *context = avcodec_alloc_context3(codec);
    if (!context)
        return AVERROR(ENOMEM);
    if (codec->type == AVMEDIA_TYPE_AUDIO)
        prepare_audio(context, codec);
    int code = avcodec_open2(context, codec, NULL);
    avcodec_free_context(&context);
    return code;
}

static void add_error(json_t *object, int code)
{
    const char *heard = vf_media_log_expected();
    char text[300];
    if (code >= 0)
        return;
    snprintf(text, sizeof(text), "%s", *heard ? heard : vf_media_error_text(code).text);
    json_object_set_new(object, "error", json_stringn(text, strcspn(text, "\n")));
}

static bool is_hardware(const AVCodec *codec)
{
    return codec->capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_HYBRID);
}

static json_t *list_encoders(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < VF_COUNT(encoders); i++) {
        const AVCodec *codec = avcodec_find_encoder_by_name(encoders[i]);
        if (!codec)
            continue;
        vf_media_log_hush(true);
        json_t *object = json_pack("{s:s, s:s, s:b}", "name", codec->name, "codec",
                                   avcodec_get_name(codec->id), "hardware", is_hardware(codec));
        add_error(object, try_encoder(i, codec));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *list_decoders(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < VF_COUNT(decoders); i++) {
        const AVCodec *codec = avcodec_find_decoder(decoders[i]);
        if (!codec)
            continue;
        vf_media_log_hush(true);
        json_t *object =
            json_pack("{s:s, s:s}", "name", codec->name, "codec", avcodec_get_name(codec->id));
        add_error(object, try_decoder(codec));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *list_devices(void)
{
    json_t *list = json_array();
    enum AVHWDeviceType type = AV_HWDEVICE_TYPE_NONE;
    while ((type = av_hwdevice_iterate_types(type)) != AV_HWDEVICE_TYPE_NONE) {
        AVBufferRef *device = NULL;
        vf_media_log_hush(true);
        json_t *object = json_pack("{s:s}", "name", av_hwdevice_get_type_name(type));
        add_error(object, av_hwdevice_ctx_create(&device, type, NULL, NULL, 0));
        av_buffer_unref(&device);
        json_array_append_new(list, object);
    }
    return list;
}

int vf_media_libraries(json_t **libraries)
{
    *libraries = list_libraries();
    return *libraries ? VF_OK : -ENOMEM;
}

int vf_media_capabilities(json_t **found)
{
    vf_media_log_redirect();
    *found = json_pack("{s:o, s:o, s:o, s:o}", "libraries", list_libraries(), "encoders",
                       list_encoders(), "decoders", list_decoders(), "devices", list_devices());
    vf_media_log_hush(false);
    return *found ? VF_OK : -ENOMEM;
}
