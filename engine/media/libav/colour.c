/* SPDX-License-Identifier: MIT */
#include "engine/media/libav/colour.h"

#include <ctype.h>
#include <errno.h>
#include <libavutil/eval.h>
#include <libavutil/frame.h>
#include <libavutil/parseutils.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define MAX_NAME 32

/* Share of red and blue in luma. */
struct weights {
    double red, blue;
};

static struct weights weights_of(int matrix)
{
    switch (matrix) {
    case AVCOL_SPC_BT709:
        return (struct weights){0.2126, 0.0722};
    case AVCOL_SPC_FCC:
        return (struct weights){0.30, 0.11};
    case AVCOL_SPC_SMPTE240M:
        return (struct weights){0.212, 0.087};
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return (struct weights){0.2627, 0.0593};
    default: /* as libswscale does for what it does not know */
        return (struct weights){0.299, 0.114};
    }
}

static bool is_known_name(const char *name)
{
    const uint8_t *unused;
    const char *known;
    for (int i = 0; (known = av_get_known_color_name(i, &unused)); i++) {
        if (strcasecmp(known, name) == 0)
            return true;
    }
    return false;
}

static bool is_hexadecimal(const char *digits)
{
    return digits[strspn(digits, "0123456789abcdefABCDEF")] == '\0';
}

static bool is_opacity(const char *text)
{
    char *end;
    double opacity = av_strtod(text, &end);
    bool is_byte = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    return end != text && !*end && opacity >= 0 && opacity <= (is_byte ? 255 : 1);
}

/* Libav says in its log what it cannot read, and takes "random" for a colour: hence this look. */
static bool is_colour(const char *text)
{
    char name[MAX_NAME];
    size_t length = strcspn(text, "@");
    if (length >= sizeof(name) || (text[length] && !is_opacity(text + length + 1)))
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    bool has_prefix = name[0] == '#' || strncasecmp(name, "0x", 2) == 0;
    const char *digits = name + (has_prefix ? (name[0] == '#' ? 1 : 2) : 0);
    if (has_prefix || is_hexadecimal(digits))
        return is_hexadecimal(digits) && (strlen(digits) == 6 || strlen(digits) == 8);
    return is_known_name(name);
}

int vf_colour_parse(struct vf_colour *colour, const char *text)
{
    uint8_t rgba[4];
    if (!is_colour(text) || av_parse_color(rgba, text, -1, NULL) < 0)
        return -EINVAL;
    *colour = (struct vf_colour){rgba[0], rgba[1], rgba[2], rgba[3]};
    return VF_OK;
}

static int parse_colour(const struct vf_option *option, const char *text, void *field)
{
    (void)option;
    return vf_colour_parse(field, text);
}

static char *print_colour(const struct vf_option *option, const void *field)
{
    (void)option;
    const struct vf_colour *colour = field;
    char *text = vf_text_format("#%02x%02x%02x%02x", colour->red, colour->green, colour->blue,
                                colour->alpha);
    if (text && colour->alpha == UINT8_MAX)
        text[strlen("#rrggbb")] = '\0';
    return text;
}

const struct vf_option_kind vf_kind_colour = {
    .name = "colour",
    .example = ", such as red, #ff8800 or black@0.5",
    .schema_type = "string",
    .parse = parse_colour,
    .print = print_colour,
};

bool vf_colour_is_full_by_format(int format)
{
    static const char *const names[] = {"yuvj", "gray", "ya"};
    const char *name = av_get_pix_fmt_name(format);
    for (size_t i = 0; i < VF_COUNT(names); i++) {
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return true;
    }
    return false;
}

static bool is_supported(const AVPixFmtDescriptor *descriptor)
{
    const uint64_t others = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER |
                            AV_PIX_FMT_FLAG_FLOAT;
    return descriptor && !(descriptor->flags & others) && strncmp(descriptor->name, "xyz", 3) != 0;
}

/* Turns `luma`, from 0 to 1, or `chroma`, from -0.5 to 0.5, into a sample. */
static unsigned luma_sample(double luma, int depth, bool is_full)
{
    double most = (double)((1U << depth) - 1);
    double sample = is_full ? luma * most : ldexp(16 + 219 * luma, depth - 8);
    return (unsigned)lrint(fmin(fmax(sample, 0), most));
}

static unsigned chroma_sample(double chroma, int depth, bool is_full)
{
    double most = (double)((1U << depth) - 1);
    double sample =
        ldexp(1, depth - 1) + (is_full ? chroma * most : ldexp(224 * chroma, depth - 8));
    return (unsigned)lrint(fmin(fmax(sample, 0), most));
}

int vf_colour_components(const struct vf_colour *colour, const AVFrame *frame,
                         unsigned components[VF_COLOUR_COMPONENTS])
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(frame->format);
    if (!is_supported(descriptor))
        return -ENOTSUP;
    bool is_full =
        frame->color_range == AVCOL_RANGE_JPEG || vf_colour_is_full_by_format(frame->format);
    struct weights weights = weights_of((int)frame->colorspace);
    double red = colour->red / 255.0, green = colour->green / 255.0, blue = colour->blue / 255.0;
    double luma =
        weights.red * red + (1 - weights.red - weights.blue) * green + weights.blue * blue;
    const double rgb[VF_COLOUR_COMPONENTS] = {red, green, blue, 1};
    const double chroma[VF_COLOUR_COMPONENTS] = {0, (blue - luma) / (2 * (1 - weights.blue)),
                                                 (red - luma) / (2 * (1 - weights.red))};
    bool has_alpha = descriptor->flags & AV_PIX_FMT_FLAG_ALPHA;
    for (int i = 0; i < descriptor->nb_components; i++) {
        int depth = descriptor->comp[i].depth;
        if (has_alpha && i == descriptor->nb_components - 1)
            components[i] = luma_sample(1, depth, true);
        else if (descriptor->flags & AV_PIX_FMT_FLAG_RGB)
            components[i] = luma_sample(rgb[i], depth, true);
        else if (i == 0)
            components[i] = luma_sample(luma, depth, is_full);
        else
            components[i] = chroma_sample(chroma[i], depth, is_full);
    }
    return VF_OK;
}
