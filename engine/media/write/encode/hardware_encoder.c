/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/hardware_encoder.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/libav/error.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/encoder.h"

/* Hardware is tried with frames that each of it can encode. */
#define TRIAL_WIDTH 640
#define TRIAL_HEIGHT 480
#define TRIAL_RATE 25

#define POOL_SIZE 32 /* frames on the device: what an encoder may hold, and those in work */

/* The kinds of hardware, the quickest first, by the endings of their encoders' names. */
static const char *const kinds[] = {"nvenc", "qsv", "vaapi", "amf", "videotoolbox", "v4l2m2m"};

/* What every device takes; 10 bits come second. */
static const enum AVPixelFormat uploaded_formats[] = {AV_PIX_FMT_NV12, AV_PIX_FMT_P010,
                                                      AV_PIX_FMT_NONE};

static bool is_device_format(enum AVPixelFormat format)
{
    return av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_HWACCEL;
}

/* Returns the only formats that an encoder takes, if those are of a device; else NONE. */
static enum AVPixelFormat find_device_format(const AVCodec *encoder)
{
    const enum AVPixelFormat *formats = encoder->pix_fmts;
    for (size_t i = 0; formats && formats[i] != AV_PIX_FMT_NONE; i++) {
        if (!is_device_format(formats[i]))
            return AV_PIX_FMT_NONE;
    }
    return formats ? formats[0] : AV_PIX_FMT_NONE;
}

const enum AVPixelFormat *vf_hw_encoder_formats(const AVCodec *encoder)
{
    return find_device_format(encoder) == AV_PIX_FMT_NONE ? encoder->pix_fmts : uploaded_formats;
}

/* Returns the kind of device whose frames an encoder takes. */
static enum AVHWDeviceType find_device_type(const AVCodec *encoder)
{
    enum AVPixelFormat format = find_device_format(encoder);
    const AVCodecHWConfig *config;
    for (int i = 0; (config = avcodec_get_hw_config(encoder, i)); i++) {
        if (config->pix_fmt == format)
            return config->device_type;
    }
    return AV_HWDEVICE_TYPE_NONE;
}

static bool is_hardware(const AVCodec *encoder)
{
    return encoder->capabilities & (AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_HYBRID);
}

static int open_device(struct vf_output_choice *choice)
{
    av_buffer_unref(&choice->device);
    if (find_device_format(choice->encoder) == AV_PIX_FMT_NONE)
        return 0;
    enum AVHWDeviceType type = find_device_type(choice->encoder);
    return type == AV_HWDEVICE_TYPE_NONE
               ? AVERROR(ENODEV)
               : av_hwdevice_ctx_create(&choice->device, type, NULL, NULL, 0);
}

static int allocate_frames(AVCodecContext *encoder, const struct vf_output_choice *choice)
{
    AVBufferRef *reference = av_hwframe_ctx_alloc(choice->device);
    if (!reference)
        return AVERROR(ENOMEM);
    AVHWFramesContext *frames = (AVHWFramesContext *)reference->data;
    frames->format = find_device_format(encoder->codec);
    frames->sw_format = encoder->pix_fmt;
    frames->width = encoder->width;
    frames->height = encoder->height;
    frames->initial_pool_size = POOL_SIZE;
    int code = av_hwframe_ctx_init(reference);
    if (code >= 0) {
        encoder->pix_fmt = frames->format;
        encoder->hw_frames_ctx = reference;
        reference = NULL;
    }
    av_buffer_unref(&reference);
    return code;
}

int vf_hw_encoder_prepare(AVCodecContext *encoder, const struct vf_output_choice *choice)
{
    return choice->device ? allocate_frames(encoder, choice) : 0;
}

int vf_hw_encoder_upload(AVCodecContext *encoder, AVFrame *frame)
{
    if (!encoder->hw_frames_ctx)
        return 0;
    AVFrame *sent = av_frame_alloc();
    int code = sent ? av_hwframe_get_buffer(encoder->hw_frames_ctx, sent, 0) : AVERROR(ENOMEM);
    if (code >= 0)
        code = av_hwframe_transfer_data(sent, frame, 0);
    if (code >= 0)
        code = av_frame_copy_props(sent, frame);
    if (code >= 0) {
        av_frame_unref(frame);
        av_frame_move_ref(frame, sent);
    }
    av_frame_free(&sent);
    return code;
}

/* Opens the encoder that has been chosen, as a trial. */
static int try_encoder(struct vf_output_choice *choice)
{
    int code = open_device(choice);
    if (code < 0)
        return code;
    const enum AVPixelFormat *formats = vf_hw_encoder_formats(choice->encoder);
    AVCodecContext *context = avcodec_alloc_context3(choice->encoder);
    if (!context)
        return AVERROR(ENOMEM);
    context->width = TRIAL_WIDTH;
    context->height = TRIAL_HEIGHT;
    context->time_base = (AVRational){1, TRIAL_RATE};
    context->pix_fmt = AV_PIX_FMT_NV12;
    for (size_t i = 0; formats && formats[i] != AV_PIX_FMT_NONE; i++) {
        if (!is_device_format(formats[i])) {
            context->pix_fmt = formats[i];
            break;
        }
    }
    code = vf_hw_encoder_prepare(context, choice);
    if (code >= 0)
        code = avcodec_open2(context, choice->encoder, NULL);
    avcodec_free_context(&context);
    return code;
}

/* Tries one encoder, and adds to `reasons` why it cannot be used. What libav says of it is no news
 * for the log, but says more than its codes do. */
static bool is_working(struct vf_output_choice *choice, struct vf_text *reasons)
{
    vf_media_log_hush(true);
    int code = try_encoder(choice);
    vf_media_log_hush(false);
    const char *said = vf_media_log_expected();
    if (code < 0)
        vf_text_print(reasons, "%s%s: %s", reasons->length ? "; " : "", choice->encoder->name,
                      *said ? said : vf_media_error_text(code).text);
    return code >= 0;
}

static bool find_working(struct vf_output_choice *choice, struct vf_text *reasons)
{
    const AVCodec *named = choice->encoder;
    const char *codec = avcodec_get_name(named->id);
    for (size_t i = 0; i < VF_COUNT(kinds); i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s_%s", codec, kinds[i]);
        const AVCodec *encoder = avcodec_find_encoder_by_name(name);
        if (!encoder)
            continue;
        choice->encoder = encoder;
        if (is_working(choice, reasons))
            return true;
    }
    choice->encoder = named;
    return false;
}

/* Nothing of hardware works: the reasons tell why. */
static int do_without(struct vf_output_choice *choice, const struct vf_output_settings *settings,
                      struct vf_text *reasons)
{
    const char *why = reasons->length ? reasons->bytes : "this libavcodec has no such encoder";
    const char *codec = avcodec_get_name(choice->encoder->id);
    const AVCodec *software = is_hardware(choice->encoder)
                                  ? vf_output_usual_encoder(choice->encoder->id)
                                  : choice->encoder;
    av_buffer_unref(&choice->device);
    if (settings->hw != VF_OUTPUT_HW_PREFER || !software || is_hardware(software)) {
        vf_log(VF_LOG_ERROR, "no hardware here encodes %s (%s); leave hw out, or say hw: prefer",
               codec, why);
        return -ENODEV;
    }
    choice->encoder = software;
    vf_log(VF_LOG_WARNING, "no hardware here encodes %s (%s): %s encodes instead", codec, why,
           software->name);
    return VF_OK;
}

int vf_hw_encoder_choose(struct vf_output_choice *choice, const struct vf_output_settings *settings)
{
    struct vf_text reasons = {0};
    bool is_named = is_hardware(choice->encoder);
    if (settings->hw == VF_OUTPUT_HW_OFF && !is_named)
        return VF_OK;
    bool is_found = is_named ? is_working(choice, &reasons) : find_working(choice, &reasons);
    int err = is_found ? VF_OK : do_without(choice, settings, &reasons);
    vf_text_finish(&reasons);
    return err;
}

bool vf_hw_encoder_give_up(struct vf_output_choice *choice,
                           const struct vf_output_settings *settings, const char *reason)
{
    const AVCodec *software = vf_output_usual_encoder(choice->encoder->id);
    if (!is_hardware(choice->encoder) || settings->hw != VF_OUTPUT_HW_PREFER || !software ||
        is_hardware(software))
        return false;
    vf_log(VF_LOG_WARNING, "%s does not take these frames (%s): %s encodes instead",
           choice->encoder->name, reason, software->name);
    choice->encoder = software;
    av_buffer_unref(&choice->device);
    return true;
}
