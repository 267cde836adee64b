/* SPDX-License-Identifier: MIT */
#include "engine/media/libav/options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <libavutil/eval.h>
#include <libavutil/parseutils.h>
#include <math.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/media/libav/picture.h"

#define MAX_SIDE 32768

static int parse_frame_size(const struct vf_option *option, const char *text, void *field)
{
    struct vf_frame_size size = {0, 0};
    bool is_none = !text[0] && option->fallback && !option->fallback[0];
    if (!is_none && av_parse_video_size(&size.width, &size.height, text) < 0)
        return -EINVAL;
    if (size.width > MAX_SIDE || size.height > MAX_SIDE)
        return -ERANGE;
    *(struct vf_frame_size *)field = size;
    return VF_OK;
}

static int parse_frame_rate(const struct vf_option *option, const char *text, void *field)
{
    AVRational rate = {0, 1};
    bool is_none = !text[0] && option->fallback && !option->fallback[0];
    if (!is_none && av_parse_video_rate(&rate, text) < 0)
        return -EINVAL;
    *(struct vf_rational *)field = (struct vf_rational){rate.num, rate.den};
    return VF_OK;
}

static int parse_bit_rate(const struct vf_option *option, const char *text, void *field)
{
    char *end;
    if (!isdigit((unsigned char)text[0]))
        return -EINVAL;
    double rate = av_strtod(text, &end);
    if (*end || !isfinite(rate))
        return -EINVAL;
    if (vf_option_is_limited(option) && (rate < option->minimum || rate > option->maximum))
        return -ERANGE;
    *(int64_t *)field = llrint(rate);
    return VF_OK;
}

static int parse_pixel_format(const struct vf_option *option, const char *text, void *field)
{
    if (text[0] && vf_picture_plane_count(vf_picture_format(text)) == 0)
        return -EINVAL;
    return vf_kind_text.parse(option, text, field);
}

static void release_pixel_format(void *field)
{
    vf_kind_text.release(field);
}

static char *print_frame_size(const struct vf_option *option, const void *field)
{
    (void)option;
    const struct vf_frame_size *size = field;
    return size->width ? vf_text_format("%dx%d", size->width, size->height) : strdup("");
}

static char *print_frame_rate(const struct vf_option *option, const void *field)
{
    (void)option;
    const struct vf_rational *rate = field;
    if (!rate->num)
        return strdup("");
    return rate->den == 1 ? vf_text_format("%d", rate->num)
                          : vf_text_format("%d/%d", rate->num, rate->den);
}

static char *print_bit_rate(const struct vf_option *option, const void *field)
{
    (void)option;
    return vf_text_format("%" PRId64, *(const int64_t *)field);
}

static char *print_pixel_format(const struct vf_option *option, const void *field)
{
    (void)option;
    const char *name = *(char *const *)field;
    return strdup(name ? name : "");
}

const struct vf_option_kind vf_kind_frame_size = {
    .name = "frame size",
    .example = ", such as 1280x720 or hd720",
    .schema_type = "string",
    .parse = parse_frame_size,
    .print = print_frame_size,
};
const struct vf_option_kind vf_kind_frame_rate = {
    .name = "frame rate",
    .example = ", such as 25, 29.97 or 30000/1001",
    .schema_type = "string",
    .parse = parse_frame_rate,
    .print = print_frame_rate,
};
const struct vf_option_kind vf_kind_bit_rate = {
    .name = "bit rate",
    .example = ", such as 800k or 2.5M",
    .schema_type = "string",
    .parse = parse_bit_rate,
    .print = print_bit_rate,
};
const struct vf_option_kind vf_kind_pixel_format = {
    .name = "pixel format",
    .example = ", such as yuv420p or rgb24",
    .schema_type = "string",
    .parse = parse_pixel_format,
    .release = release_pixel_format,
    .print = print_pixel_format,
};
