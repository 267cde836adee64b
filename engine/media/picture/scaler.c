/* SPDX-License-Identifier: MIT */
#include "engine/media/picture/scaler.h"

#include <errno.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include "engine/base/log.h"
#include "engine/media/libav/colour.h"
#include "engine/media/libav/compat.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/frame.h"
#include "engine/media/libav/picture.h"
#include "engine/node/node.h"

/* Where chroma lines of 4:2:0 lie, in 1/256 of a luma line: between two, as in MPEG-2. */
#define MPEG2_CHROMA_LINE 128

/* What a context was prepared for. */
struct geometry {
    int format, width, height, is_full_range;
};

struct vf_scaler {
    struct SwsContext *context;
    AVFrame *padded; /* a source with one more column; NULL: none has needed it */
    struct geometry source, target;
    int source_matrix, target_matrix;
    int flags;
    int asked_range, asked_matrix; /* 0: as the source */
};

static const int flags_of[] = {
    [VF_SCALER_BICUBIC] = SWS_BICUBIC,
    [VF_SCALER_BILINEAR] = SWS_BILINEAR,
    [VF_SCALER_FAST_BILINEAR] = SWS_FAST_BILINEAR,
    [VF_SCALER_NEIGHBOR] = SWS_POINT,
    [VF_SCALER_AREA] = SWS_AREA,
    [VF_SCALER_LANCZOS] = SWS_LANCZOS,
    [VF_SCALER_SPLINE] = SWS_SPLINE,
};

int vf_scaler_create(struct vf_scaler **scaler, enum vf_scaler_filter filter)
{
    vf_media_log_redirect();
    *scaler = calloc(1, sizeof(**scaler));
    if (!*scaler)
        return -ENOMEM;
    (*scaler)->flags = flags_of[filter];
    return VF_OK;
}

void vf_scaler_destroy(struct vf_scaler **scaler)
{
    if (!*scaler)
        return;
    sws_freeContext((*scaler)->context);
    av_frame_free(&(*scaler)->padded);
    free(*scaler);
    *scaler = NULL;
}

void vf_scaler_set_colours(struct vf_scaler *scaler, int range, int matrix)
{
    scaler->asked_range = range;
    scaler->asked_matrix = matrix;
}

bool vf_scaler_can_draw(int format)
{
    return vf_picture_plane_count(format) && sws_isSupportedOutput(format);
}

static bool is_rgb(int format)
{
    return av_pix_fmt_desc_get(format)->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
}

int vf_scaler_range(int source_format, int source_range, int target_format)
{
    if (vf_colour_is_full_by_format(target_format))
        return AVCOL_RANGE_JPEG;
    if (is_rgb(target_format) || is_rgb(source_format))
        return AVCOL_RANGE_UNSPECIFIED;
    return vf_colour_is_full_by_format(source_format) ? AVCOL_RANGE_MPEG : source_range;
}

static struct geometry geometry_of(const AVFrame *frame)
{
    return (struct geometry){
        .format = frame->format,
        .width = frame->width,
        .height = frame->height,
        .is_full_range =
            frame->color_range == AVCOL_RANGE_JPEG || vf_colour_is_full_by_format(frame->format),
    };
}

static bool is_equal(const struct geometry *a, const struct geometry *b)
{
    return a->format == b->format && a->width == b->width && a->height == b->height &&
           a->is_full_range == b->is_full_range;
}

static int set_options(struct vf_scaler *scaler)
{
    const struct geometry *source = &scaler->source, *target = &scaler->target;
    const struct {
        const char *name;
        int value;
    } options[] = {
        {"srcw", source->width},      {"srch", source->height}, {"src_format", source->format},
        {"dstw", target->width},      {"dsth", target->height}, {"dst_format", target->format},
        {"sws_flags", scaler->flags},
    };
    int code = 0;
    for (size_t i = 0; i < VF_COUNT(options) && code >= 0; i++)
        code = av_opt_set_int(scaler->context, options[i].name, options[i].value, 0);
    if (code >= 0 && scaler->asked_range)
        code = av_opt_set_int(scaler->context, "dst_range", target->is_full_range, 0);
    if (code >= 0 && source->format == AV_PIX_FMT_YUV420P)
        code = av_opt_set_int(scaler->context, "src_v_chr_pos", MPEG2_CHROMA_LINE, 0);
    if (code >= 0 && target->format == AV_PIX_FMT_YUV420P)
        code = av_opt_set_int(scaler->context, "dst_v_chr_pos", MPEG2_CHROMA_LINE, 0);
    return code;
}

/* Of YUV without a matrix, and of RGB, those that are usual. */
static const int *coefficients(int matrix)
{
    return sws_getCoefficients(matrix == AVCOL_SPC_RGB ? SWS_CS_DEFAULT : matrix);
}

static int refuse(int format)
{
    vf_log(VF_LOG_ERROR,
           "frames cannot be made in the format %s; put a convert node before, with "
           "format: rgb24",
           av_get_pix_fmt_name(format));
    return -ENOTSUP;
}

static int prepare(struct vf_scaler *scaler, const struct geometry *source,
                   const struct geometry *target, int source_matrix, int target_matrix)
{
    if (!sws_isSupportedOutput((enum AVPixelFormat)target->format))
        return refuse(target->format);
    sws_freeContext(scaler->context);
    scaler->context = sws_alloc_context();
    if (!scaler->context)
        return -ENOMEM;
    scaler->source = *source;
    scaler->target = *target;
    scaler->source_matrix = source_matrix;
    scaler->target_matrix = target_matrix;
    int code = set_options(scaler);
    if (code >= 0)
        code = sws_init_context(scaler->context, NULL, NULL);
    if (code < 0) {
        vf_log(VF_LOG_ERROR, "cannot scale %s %dx%d to %s %dx%d: %s",
               av_get_pix_fmt_name(source->format), source->width, source->height,
               av_get_pix_fmt_name(target->format), target->width, target->height,
               vf_media_error_text(code).text);
        sws_freeContext(scaler->context);
        scaler->context = NULL;
        return vf_media_error(code);
    }
    /* Fails where there is no YUV on either side, and so nothing to set. */
    (void)sws_setColorspaceDetails(scaler->context, coefficients(source_matrix),
                                   source->is_full_range, coefficients(target_matrix),
                                   target->is_full_range, 0, 1 << 16, 1 << 16);
    return VF_OK;
}

static void keep_pixel_shape(const AVFrame *source, AVFrame *target)
{
    AVRational old = source->sample_aspect_ratio;
    if (old.num <= 0 || old.den <= 0)
        return;
    av_reduce(&target->sample_aspect_ratio.num, &target->sample_aspect_ratio.den,
              (int64_t)old.num * source->width * target->height,
              (int64_t)old.den * source->height * target->width, INT32_MAX);
}

/* RGB has no matrix of YUV; YUV made of RGB has the usual one. */
static void adapt_colours(const struct vf_scaler *scaler, const AVFrame *source, AVFrame *target)
{
    int range = vf_scaler_range(source->format, (int)source->color_range, target->format);
    target->color_range = (enum AVColorRange)range;
    if (is_rgb(target->format))
        target->colorspace = AVCOL_SPC_RGB;
    else if (is_rgb(source->format))
        target->colorspace = AVCOL_SPC_UNSPECIFIED;
    if (is_rgb(target->format))
        return;
    if (scaler->asked_range && !vf_colour_is_full_by_format(target->format))
        target->color_range = (enum AVColorRange)scaler->asked_range;
    if (scaler->asked_matrix)
        target->colorspace = (enum AVColorSpace)scaler->asked_matrix;
}

static bool is_prepared(const struct vf_scaler *scaler, const struct geometry *source,
                        const struct geometry *target, int source_matrix, int target_matrix)
{
    return scaler->context && scaler->source_matrix == source_matrix &&
           scaler->target_matrix == target_matrix && is_equal(source, &scaler->source) &&
           is_equal(target, &scaler->target);
}

/* Of packed RGB libswscale takes two pixels for one sample of chroma. Behind the last of an odd row
 * there is none, but whatever the memory has held before. */
static bool is_read_beyond(const AVFrame *frame)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
    return frame->width % 2 && format->nb_components >= 3 && format->flags & AV_PIX_FMT_FLAG_RGB &&
           !(format->flags & (AV_PIX_FMT_FLAG_PLANAR | AV_PIX_FMT_FLAG_BITSTREAM));
}

static bool is_padding_for(const AVFrame *padded, const AVFrame *source)
{
    return padded && padded->format == source->format && padded->width == source->width + 1 &&
           padded->height == source->height;
}

/* Makes scaler->padded a copy of `source` that has its last column twice. */
static int pad(struct vf_scaler *scaler, const AVFrame *source)
{
    if (!is_padding_for(scaler->padded, source)) {
        av_frame_free(&scaler->padded);
        scaler->padded = av_frame_alloc();
        if (!scaler->padded)
            return -ENOMEM;
        scaler->padded->format = source->format;
        scaler->padded->width = source->width + 1;
        scaler->padded->height = source->height;
        if (av_frame_get_buffer(scaler->padded, 0) < 0) {
            av_frame_free(&scaler->padded);
            return -ENOMEM;
        }
    }
    const AVFrame *padded = scaler->padded;
    int step = av_pix_fmt_desc_get(source->format)->comp[0].step, row_bytes = source->width * step;
    av_image_copy_plane(padded->data[0], padded->linesize[0], source->data[0], source->linesize[0],
                        row_bytes, source->height);
    for (int y = 0; y < padded->height; y++) {
        uint8_t *end = padded->data[0] + (ptrdiff_t)y * padded->linesize[0] + row_bytes;
        memcpy(end, end - step, (size_t)step);
    }
    return VF_OK;
}

static int scale(struct vf_scaler *scaler, const AVFrame *source, AVFrame *target)
{
    bool is_padded = is_read_beyond(source);
    int err = is_padded ? pad(scaler, source) : VF_OK;
    if (err)
        return err;
    const AVFrame *read = is_padded ? scaler->padded : source;
    int rows = sws_scale(scaler->context, (const uint8_t *const *)read->data, read->linesize, 0,
                         source->height, target->data, target->linesize);
    if (rows < 0)
        vf_log(VF_LOG_ERROR, "cannot scale: %s", vf_media_error_text(rows).text);
    return rows < 0 ? vf_media_error(rows) : VF_OK;
}

int vf_scaler_draw(struct vf_scaler *scaler, const AVFrame *source, AVFrame *target)
{
    int code = av_frame_copy_props(target, source);
    if (code < 0)
        return -ENOMEM;
    keep_pixel_shape(source, target);
    adapt_colours(scaler, source, target);
    struct geometry from = geometry_of(source), to = geometry_of(target);
    int matrix = (int)source->colorspace;
    int target_matrix = scaler->asked_matrix ? scaler->asked_matrix : matrix;
    int err = is_prepared(scaler, &from, &to, matrix, target_matrix)
                  ? VF_OK
                  : prepare(scaler, &from, &to, matrix, target_matrix);
    return err ? err : scale(scaler, source, target);
}

/* What a message is drawn again as; 0: as it is. */
struct change {
    int width, height, format;
};

static int draw_message(struct vf_scaler *scaler, struct vf_node_run *run,
                        const struct vf_message *message, const struct change *change,
                        struct vf_message **drawn)
{
    *drawn = NULL;
    AVFrame *source = NULL, *target = NULL;
    int err = vf_media_frame_from_message(&source, message);
    if (!err)
        err = vf_picture_create(&target, run, change->format, change->width, change->height);
    if (!err)
        err = vf_scaler_draw(scaler, source, target);
    if (!err)
        err = vf_media_frame_to_message(run, target, message->description.video.frame_rate, drawn);
    if (!err)
        vf_message_follow(*drawn, message);
    av_frame_free(&source);
    av_frame_free(&target);
    return err;
}

int vf_scaler_resize(struct vf_scaler *scaler, struct vf_node_run *run,
                     const struct vf_message *message, int width, int height,
                     struct vf_message **resized)
{
    const struct change change = {width, height,
                                  vf_media_pixel_format(&message->description.video)};
    return draw_message(scaler, run, message, &change, resized);
}

int vf_scaler_convert(struct vf_scaler *scaler, struct vf_node_run *run,
                      const struct vf_message *message, int format, struct vf_message **converted)
{
    const struct vf_video *video = &message->description.video;
    const struct change change = {video->width, video->height, format};
    return draw_message(scaler, run, message, &change, converted);
}

/* Returns whether two matrices are one: that of old television has two numbers. */
static bool is_same_matrix(int one, int other)
{
    return coefficients(one) == coefficients(other) ||
           memcmp(coefficients(one), coefficients(other), 4 * sizeof(int)) == 0;
}

bool vf_scaler_describes(const struct vf_scaler *scaler, const struct vf_video *video, int format,
                         struct vf_video *described)
{
    *described = *video;
    if (format != vf_media_pixel_format(video))
        return false;
    if (is_rgb(format))
        return true;
    if (scaler->asked_range && !vf_colour_is_full_by_format(format)) {
        bool is_full = video->colour_range == AVCOL_RANGE_JPEG;
        if (is_full != (scaler->asked_range == AVCOL_RANGE_JPEG))
            return false;
        described->colour_range = (uint8_t)scaler->asked_range;
    }
    if (scaler->asked_matrix) {
        int matrix = video->colour_matrix ? video->colour_matrix : AVCOL_SPC_UNSPECIFIED;
        if (!is_same_matrix(matrix, scaler->asked_matrix))
            return false;
        described->colour_matrix = (uint8_t)scaler->asked_matrix;
    }
    return true;
}

int vf_scaler_fit(int length, int numerator, int denominator, int log2_chroma)
{
    int64_t unit = 1 << log2_chroma;
    int64_t fitted = av_rescale(length, numerator, denominator * unit) * unit;
    return (int)(fitted < unit ? unit : fitted);
}

void vf_scaler_keep_ratio(const struct vf_video *video, int *width, int *height)
{
    if (*width >= 0 && *height >= 0)
        return;
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(vf_media_pixel_format(video));
    if (*width < 0)
        *width =
            vf_scaler_fit(*height, video->width, video->height, format ? format->log2_chroma_w : 0);
    else
        *height =
            vf_scaler_fit(*width, video->height, video->width, format ? format->log2_chroma_h : 0);
}
