/* SPDX-License-Identifier: MIT */
#include "engine/media/filter/nature.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

/* Sorted. */
static const char *const pure[] = {
    "acopy",
    "alphaextract",
    "anull",
    "ashowinfo",
    "ass",
    "avgblur",
    "bilateral",
    "boxblur",
    "channelmap",
    "chromahold",
    "chromakey",
    "chromashift",
    "colorbalance",
    "colorchannelmixer",
    "colorcontrast",
    "colorcorrect",
    "colorhold",
    "colorize",
    "colorkey",
    "colorlevels",
    "colormatrix",
    "colorspace",
    "colortemperature",
    "convolution",
    "copy",
    "crop",
    "curves",
    "deband",
    "deflate",
    "delogo",
    "despill",
    "dilation",
    "drawbox",
    "drawgrid",
    "drawtext",
    "edgedetect",
    "eq",
    "erosion",
    "exposure",
    "extractplanes",
    "fillborders",
    "floodfill",
    "format",
    "gblur",
    "gradfun",
    "hflip",
    "histeq",
    "hsvhold",
    "hsvkey",
    "hue",
    "huesaturation",
    "inflate",
    "kirsch",
    "lenscorrection",
    "limiter",
    "lumakey",
    "lut",
    "lut1d",
    "lut3d",
    "lutrgb",
    "lutyuv",
    "median",
    "monochrome",
    "negate",
    "noformat",
    "null",
    "pad",
    "pan",
    "perspective",
    "pixelize",
    "prewitt",
    "removelogo",
    "rgbashift",
    "roberts",
    "rotate",
    "scale",
    "scharr",
    "selectivecolor",
    "setdar",
    "setfield",
    "setparams",
    "setrange",
    "setsar",
    "shear",
    "showinfo",
    "shufflepixels",
    "shuffleplanes",
    "smartblur",
    "sobel",
    "split",
    "subtitles",
    "swaprect",
    "swapuv",
    "tonemap",
    "transpose",
    "unsharp",
    "v360",
    "vflip",
    "vibrance",
    "volume",
    "yaepblur",
    "zscale",
};

/* One for one, but with something that changes from picture to picture. Sorted. */
static const char *const steady[] = {
    "fade", "geq", "hqdn3d", "lagfun", "noise", "vignette",
};

/* Words of formulas and texts that stand for what has been before. */
static const char *const memories[] = {"frame_num", "ld", "n", "random", "st"};

static int compare(const void *name, const void *item)
{
    return strcmp(name, *(const char *const *)item);
}

#define IS_AMONG(name, names) \
    (bsearch((name), (names), VF_COUNT(names), sizeof((names)[0]), compare) != NULL)

static bool has_memory(const char *arguments)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    while (arguments && *arguments) {
        size_t length = strspn(arguments, letters);
        for (size_t i = 0; i < VF_COUNT(memories); i++) {
            if (length == strlen(memories[i]) && memcmp(arguments, memories[i], length) == 0)
                return true;
        }
        arguments += length;
        arguments += strcspn(arguments, letters);
    }
    return false;
}

void vf_filter_nature_add(struct vf_filter_nature *nature, const char *name, const char *arguments)
{
    bool is_pure = IS_AMONG(name, pure);
    nature->is_steady = nature->is_steady && (is_pure || IS_AMONG(name, steady));
    nature->is_pure = nature->is_pure && is_pure && !has_memory(arguments);
}
