/* SPDX-License-Identifier: MIT */
#include "engine/media/read/decode/hardware_decoding.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/picture.h"

/* Tries one way in which the codec can be decoded by a device. Adds why not to `reasons`. */
static bool try_device(struct vf_hardware_decoding *hardware, AVCodecContext *context,
                       const AVCodecHWConfig *way, struct vf_text *reasons)
{
    const char *name = av_hwdevice_get_type_name(way->device_type);
    AVBufferRef *device = NULL;
    int code = av_hwdevice_ctx_create(&device, way->device_type, NULL, NULL, 0);
    if (code < 0) {
        vf_text_print(reasons, "%s%s: %s", reasons->length ? "; " : "", name,
                      vf_media_error_text(code).text);
        return false;
    }
    context->hw_device_ctx = device;
    context->thread_count = 1; /* the device has its own, and each here would keep pictures there */
    hardware->device = name;
    hardware->format = way->pix_fmt;
    return true;
}

static bool find_device(struct vf_hardware_decoding *hardware, AVCodecContext *context,
                        const AVCodec *codec, struct vf_text *reasons)
{
    const AVCodecHWConfig *way;
    for (int i = 0; (way = avcodec_get_hw_config(codec, i)) != NULL; i++) {
        if (way->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX &&
            try_device(hardware, context, way, reasons))
            return true;
    }
    if (!reasons->length)
        vf_text_print(reasons, "this libavcodec knows no device for %s",
                      avcodec_get_name(codec->id));
    return false;
}

int vf_hardware_open(struct vf_hardware_decoding *hardware, AVCodecContext *context,
                     const AVCodec *codec)
{
    struct vf_text reasons = {0};
    hardware->format = AV_PIX_FMT_NONE;
    if (hardware->wish == VF_HARDWARE_OFF)
        return VF_OK;
    vf_media_log_hush(true); /* each attempt would be logged at length */
    bool is_found = find_device(hardware, context, codec, &reasons);
    vf_media_log_hush(false);
    const char *why = reasons.bytes ? reasons.bytes : "out of memory";
    bool is_needed = hardware->wish == VF_HARDWARE_REQUIRE;
    if (!is_found && is_needed)
        vf_log(VF_LOG_ERROR, "no device can decode, and hw is require (%s)", why);
    else if (!is_found)
        vf_log(VF_LOG_WARNING, "no device can decode; software does (%s)", why);
    vf_text_finish(&reasons);
    return !is_found && is_needed ? -ENODEV : VF_OK;
}

/* The device is there, but this stream is not for it: its profile, its size, its depth. */
static void give_up_device(struct vf_hardware_decoding *hardware)
{
    hardware->has_failed = hardware->wish == VF_HARDWARE_REQUIRE;
    if (hardware->has_failed)
        vf_log(VF_LOG_ERROR, "%s cannot decode this stream, and hw is require", hardware->device);
    else
        vf_log(VF_LOG_WARNING, "%s cannot decode this stream; software does", hardware->device);
    hardware->format = AV_PIX_FMT_NONE;
}

int vf_hardware_choose_format(struct vf_hardware_decoding *hardware, const int *offered)
{
    for (int i = 0; hardware->format != AV_PIX_FMT_NONE && offered[i] != AV_PIX_FMT_NONE; i++) {
        if (offered[i] == hardware->format)
            return hardware->format;
    }
    if (hardware->format != AV_PIX_FMT_NONE)
        give_up_device(hardware);
    for (int i = 0; !hardware->has_failed && offered[i] != AV_PIX_FMT_NONE; i++) {
        const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(offered[i]);
        if (descriptor && !(descriptor->flags & AV_PIX_FMT_FLAG_HWACCEL))
            return offered[i];
    }
    return AV_PIX_FMT_NONE;
}

bool vf_hardware_has(const struct vf_hardware_decoding *hardware, const AVFrame *frame)
{
    return hardware->format != AV_PIX_FMT_NONE && frame->format == hardware->format;
}

/* Returns the first format in which the device gives its pictures away, and that we know. */
static int download_format(const AVFrame *frame)
{
    enum AVPixelFormat *formats = NULL;
    int found = AV_PIX_FMT_NONE;
    if (!frame->hw_frames_ctx ||
        av_hwframe_transfer_get_formats(frame->hw_frames_ctx, AV_HWFRAME_TRANSFER_DIRECTION_FROM,
                                        &formats, 0) < 0)
        return found;
    for (int i = 0; formats[i] != AV_PIX_FMT_NONE && found == AV_PIX_FMT_NONE; i++) {
        if (vf_picture_plane_count(formats[i]))
            found = formats[i];
    }
    av_free(formats);
    return found;
}

static int copy_down(const AVFrame *frame, AVFrame *downloaded)
{
    int code = av_hwframe_transfer_data(downloaded, frame, 0);
    if (code >= 0)
        code = av_frame_copy_props(downloaded, frame);
    if (code < 0)
        vf_log(VF_LOG_ERROR, "cannot copy a picture down from the device: %s",
               vf_media_error_text(code).text);
    return code < 0 ? vf_media_error(code) : VF_OK;
}

int vf_hardware_download(struct vf_hardware_decoding *hardware, struct vf_node_run *run,
                         const AVFrame *frame, AVFrame **downloaded)
{
    int format = download_format(frame);
    *downloaded = NULL;
    if (format == AV_PIX_FMT_NONE) {
        vf_log(VF_LOG_ERROR, "%s gives its pictures away in no known format", hardware->device);
        return -ENOTSUP;
    }
    int err = vf_picture_create(downloaded, run, format, frame->width, frame->height);
    if (!err)
        err = copy_down(frame, *downloaded);
    if (err) {
        av_frame_free(downloaded);
        return err;
    }
    if (!hardware->is_told)
        vf_log(VF_LOG_INFO, "%s decodes; pictures are copied down as %s", hardware->device,
               av_get_pix_fmt_name(format));
    hardware->is_told = true;
    return VF_OK;
}
