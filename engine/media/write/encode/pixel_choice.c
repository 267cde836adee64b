/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/pixel_choice.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <stdbool.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/media/libav/picture.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/container_codecs.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/encode/hardware_encoder.h"

#define MAX_FORMATS 128

static bool is_among(const enum AVPixelFormat *formats, int format)
{
    while (*formats != AV_PIX_FMT_NONE && *formats != format)
        formats++;
    return *formats == format;
}

static bool takes_format(const struct vf_output_choice *choice, int format)
{
    const enum AVPixelFormat *taken = vf_hw_encoder_formats(choice->encoder);
    bool is_kept = choice->encoder->id != AV_CODEC_ID_RAWVIDEO ||
                   vf_container_keeps_raw(choice->container, av_get_pix_fmt_name(format));
    return is_kept && (!taken || is_among(taken, format));
}

/* JPEG has the full range only, for which libav's encoder wants formats with names of their own. */
static int full_range_format(int format)
{
    switch (format) {
    case AV_PIX_FMT_YUV420P:
        return AV_PIX_FMT_YUVJ420P;
    case AV_PIX_FMT_YUV422P:
        return AV_PIX_FMT_YUVJ422P;
    case AV_PIX_FMT_YUV444P:
        return AV_PIX_FMT_YUVJ444P;
    default:
        return format;
    }
}

static bool has_alpha(int format)
{
    return av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_ALPHA;
}

/* Returns whether what is written is most likely to be played: by a browser, a telephone, a
 * television. */
static bool is_for_players(const struct vf_output_choice *choice)
{
    static const enum AVCodecID played[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8,
                                            AV_CODEC_ID_VP9, AV_CODEC_ID_AV1};
    bool is_played = false;
    for (size_t i = 0; i < VF_COUNT(played); i++)
        is_played = is_played || played[i] == choice->encoder->id;
    return is_played && vf_container_traits(choice->container)->is_for_players;
}

static bool is_yuv(const AVPixFmtDescriptor *format)
{
    return format->nb_components >= 3 &&
           !(format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL));
}

/* H.264 is played with 8 bits, its successors with 10 as well. */
static bool is_deep(enum AVCodecID codec, const AVPixFmtDescriptor *format)
{
    return codec != AV_CODEC_ID_H264 && codec != AV_CODEC_ID_VP8 && format->comp[0].depth > 8;
}

/* Returns what players show of RGB and gray; NONE: the encoder does not take it. */
static int find_playable(const struct vf_output_choice *choice, int format)
{
    bool is_wide = is_deep(choice->encoder->id, av_pix_fmt_desc_get(format));
    const int wanted[] = {
        has_alpha(format) ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_NONE,
        is_wide ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_NONE,
        is_wide ? AV_PIX_FMT_P010 : AV_PIX_FMT_NONE,
        AV_PIX_FMT_YUV420P,
        AV_PIX_FMT_NV12,
    };
    for (size_t i = 0; i < VF_COUNT(wanted); i++) {
        if (wanted[i] != AV_PIX_FMT_NONE && takes_format(choice, wanted[i]))
            return wanted[i];
    }
    return AV_PIX_FMT_NONE;
}

static void warn_of_players(const struct vf_output_choice *choice, int format)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(format);
    bool is_usual = descriptor->log2_chroma_w == 1 && descriptor->log2_chroma_h == 1;
    bool is_too_deep =
        descriptor->comp[0].depth > (is_deep(choice->encoder->id, descriptor) ? 10 : 8);
    if (!is_usual || is_too_deep)
        vf_log(VF_LOG_WARNING,
               "many players cannot show %s as %s; with pixel_format: yuv420p all can",
               avcodec_get_name(choice->encoder->id), descriptor->name);
}

static int find_nearest(const struct vf_output_choice *choice, int format)
{
    enum AVPixelFormat taken[MAX_FORMATS];
    size_t count = 0;
    const AVPixFmtDescriptor *descriptor = NULL;
    while ((descriptor = av_pix_fmt_desc_next(descriptor)) && count + 1 < MAX_FORMATS) {
        enum AVPixelFormat candidate = av_pix_fmt_desc_get_id(descriptor);
        bool is_in_memory = vf_picture_plane_count(candidate);
        if (is_in_memory && takes_format(choice, candidate))
            taken[count++] = candidate;
    }
    taken[count] = AV_PIX_FMT_NONE;
    return count ? avcodec_find_best_pix_fmt_of_list(taken, format, has_alpha(format), NULL)
                 : format;
}

static void tell_conversion(const struct vf_output_choice *choice, int from, int to)
{
    const char *old = av_get_pix_fmt_name(from), *new = av_get_pix_fmt_name(to);
    bool is_raw = choice->encoder->id == AV_CODEC_ID_RAWVIDEO;
    if (from != to && is_raw)
        vf_log(VF_LOG_WARNING,
               "%s cannot hold raw frames as %s: they are converted to %s; NUT (.nut) keeps them "
               "as they are",
               choice->container->long_name, old, new);
    else if (from != to)
        vf_log(VF_LOG_INFO, "%s does not take %s: frames are converted to %s",
               choice->encoder->name, old, new);
    if (has_alpha(from) && !has_alpha(to))
        vf_log(VF_LOG_WARNING, "%s in %s: the transparency of the frames is lost",
               choice->encoder->name, choice->container->name);
}

int vf_pixel_choice(const struct vf_output_choice *choice,
                    const struct vf_output_settings *settings, const AVFrame *frame)
{
    int format = frame->format, chosen = AV_PIX_FMT_NONE;
    bool is_played = is_for_players(choice);
    if (settings->pixel_format[0])
        return vf_picture_format(settings->pixel_format);
    if (choice->encoder->id == AV_CODEC_ID_MJPEG && frame->color_range != AVCOL_RANGE_JPEG)
        format = full_range_format(format);
    if (is_played && !is_yuv(av_pix_fmt_desc_get(format)))
        chosen = find_playable(choice, format);
    if (chosen == AV_PIX_FMT_NONE)
        chosen = takes_format(choice, format) ? format : find_nearest(choice, format);
    if (is_played)
        warn_of_players(choice, chosen);
    tell_conversion(choice, format, chosen);
    return chosen;
}
