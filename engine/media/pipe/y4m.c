/* SPDX-License-Identifier: MIT */
#include "engine/media/pipe/y4m.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/media/libav/picture.h"

#define MAGIC "YUV4MPEG2"
#define USUAL_RATE ((struct vf_rational){25, 1})

/* What the word C of a header says, and how ffmpeg spells it twice where the plain word has no name
 * for the depth. The first of each format is written. */
static const struct {
    const char *word, *extra;
    enum AVPixelFormat format;
    enum AVChromaLocation chroma;
} words[] = {
    {"420jpeg", "", AV_PIX_FMT_YUV420P, AVCHROMA_LOC_CENTER},
    {"420mpeg2", "", AV_PIX_FMT_YUV420P, AVCHROMA_LOC_LEFT},
    {"420paldv", "", AV_PIX_FMT_YUV420P, AVCHROMA_LOC_TOPLEFT},
    {"420", "", AV_PIX_FMT_YUV420P, AVCHROMA_LOC_CENTER},
    {"411", "", AV_PIX_FMT_YUV411P, AVCHROMA_LOC_UNSPECIFIED},
    {"422", "", AV_PIX_FMT_YUV422P, AVCHROMA_LOC_UNSPECIFIED},
    {"444", "", AV_PIX_FMT_YUV444P, AVCHROMA_LOC_UNSPECIFIED},
    {"444alpha", "", AV_PIX_FMT_YUVA444P, AVCHROMA_LOC_UNSPECIFIED},
    {"mono", "", AV_PIX_FMT_GRAY8, AVCHROMA_LOC_UNSPECIFIED},
    {"mono9", "", AV_PIX_FMT_GRAY9LE, AVCHROMA_LOC_UNSPECIFIED},
    {"mono10", "", AV_PIX_FMT_GRAY10LE, AVCHROMA_LOC_UNSPECIFIED},
    {"mono12", "", AV_PIX_FMT_GRAY12LE, AVCHROMA_LOC_UNSPECIFIED},
    {"mono16", "", AV_PIX_FMT_GRAY16LE, AVCHROMA_LOC_UNSPECIFIED},
    {"420p9", " XYSCSS=420P9", AV_PIX_FMT_YUV420P9LE, AVCHROMA_LOC_UNSPECIFIED},
    {"422p9", " XYSCSS=422P9", AV_PIX_FMT_YUV422P9LE, AVCHROMA_LOC_UNSPECIFIED},
    {"444p9", " XYSCSS=444P9", AV_PIX_FMT_YUV444P9LE, AVCHROMA_LOC_UNSPECIFIED},
    {"420p10", " XYSCSS=420P10", AV_PIX_FMT_YUV420P10LE, AVCHROMA_LOC_UNSPECIFIED},
    {"422p10", " XYSCSS=422P10", AV_PIX_FMT_YUV422P10LE, AVCHROMA_LOC_UNSPECIFIED},
    {"444p10", " XYSCSS=444P10", AV_PIX_FMT_YUV444P10LE, AVCHROMA_LOC_UNSPECIFIED},
    {"420p12", " XYSCSS=420P12", AV_PIX_FMT_YUV420P12LE, AVCHROMA_LOC_UNSPECIFIED},
    {"422p12", " XYSCSS=422P12", AV_PIX_FMT_YUV422P12LE, AVCHROMA_LOC_UNSPECIFIED},
    {"444p12", " XYSCSS=444P12", AV_PIX_FMT_YUV444P12LE, AVCHROMA_LOC_UNSPECIFIED},
    {"420p14", " XYSCSS=420P14", AV_PIX_FMT_YUV420P14LE, AVCHROMA_LOC_UNSPECIFIED},
    {"422p14", " XYSCSS=422P14", AV_PIX_FMT_YUV422P14LE, AVCHROMA_LOC_UNSPECIFIED},
    {"444p14", " XYSCSS=444P14", AV_PIX_FMT_YUV444P14LE, AVCHROMA_LOC_UNSPECIFIED},
    {"420p16", " XYSCSS=420P16", AV_PIX_FMT_YUV420P16LE, AVCHROMA_LOC_UNSPECIFIED},
    {"422p16", " XYSCSS=422P16", AV_PIX_FMT_YUV422P16LE, AVCHROMA_LOC_UNSPECIFIED},
    {"444p16", " XYSCSS=444P16", AV_PIX_FMT_YUV444P16LE, AVCHROMA_LOC_UNSPECIFIED},
};

/* Those that differ from another in their range alone. */
static enum AVPixelFormat without_range(enum AVPixelFormat format)
{
    switch (format) {
    case AV_PIX_FMT_YUVJ420P:
        return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
        return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
        return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ411P:
        return AV_PIX_FMT_YUV411P;
    default:
        return format;
    }
}

int vf_y4m_format(int format)
{
    enum AVPixelFormat known[VF_COUNT(words) + 1];
    for (size_t i = 0; i < VF_COUNT(words); i++) {
        known[i] = words[i].format;
        if (known[i] == (enum AVPixelFormat)format)
            return format;
    }
    known[VF_COUNT(words)] = AV_PIX_FMT_NONE;
    return avcodec_find_best_pix_fmt_of_list(known, without_range(format), 0, NULL);
}

static size_t find_word(int format, int chroma)
{
    size_t found = 0;
    for (size_t i = VF_COUNT(words); i > 0; i--) {
        if (words[i - 1].format != (enum AVPixelFormat)format)
            continue;
        found = i - 1;
        if (chroma != AVCHROMA_LOC_UNSPECIFIED && words[i - 1].chroma == (unsigned)chroma)
            return found;
    }
    return found;
}

void vf_y4m_print(struct vf_text *text, const struct vf_video *video)
{
    size_t word = find_word(vf_picture_format(video->format), video->chroma_location);
    struct vf_rational rate = video->frame_rate.num > 0 ? video->frame_rate : USUAL_RATE;
    struct vf_rational pixel = video->sample_aspect_ratio;
    const char *fields = !video->is_interlaced ? "p" : video->is_top_field_first ? "t" : "b";
    vf_text_print(text, MAGIC " W%d H%d F%d:%d I%s A%d:%d C%s%s", video->width, video->height,
                  rate.num, rate.den, fields, pixel.num, pixel.num ? pixel.den : 0,
                  words[word].word, words[word].extra);
    if (video->colour_range)
        vf_text_print(text, " XCOLORRANGE=%s",
                      video->colour_range == AVCOL_RANGE_JPEG ? "FULL" : "LIMITED");
    vf_text_print(text, "\n");
}

static bool parse_ratio(struct vf_rational *ratio, const char *word)
{
    char *end;
    long numerator = strtol(word, &end, 10), denominator;
    if (*end != ':' || end == word)
        return false;
    const char *rest = end + 1;
    denominator = strtol(rest, &end, 10);
    bool is_number = end > rest && (*end == ' ' || *end == '\0') && numerator >= 0 &&
                     denominator >= 0 && numerator <= INT32_MAX && denominator <= INT32_MAX;
    if (is_number && numerator && denominator)
        *ratio = (struct vf_rational){(int32_t)numerator, (int32_t)denominator};
    return is_number;
}

static bool parse_side(int32_t *side, const char *word)
{
    char *end;
    long number = strtol(word, &end, 10);
    *side = number > 0 && number <= INT32_MAX ? (int32_t)number : 0;
    return *side && (*end == ' ' || *end == '\0');
}

static bool parse_colours(struct vf_video *video, const char *word)
{
    size_t length = strcspn(word, " ");
    for (size_t i = 0; i < VF_COUNT(words); i++) {
        if (strlen(words[i].word) != length || strncmp(words[i].word, word, length) != 0)
            continue;
        snprintf(video->format, sizeof(video->format), "%s", av_get_pix_fmt_name(words[i].format));
        video->chroma_location = (uint8_t)words[i].chroma;
        return true;
    }
    return false;
}

static void parse_comment(struct vf_video *video, const char *word)
{
    if (strncmp(word, "COLORRANGE=FULL", strlen("COLORRANGE=FULL")) == 0)
        video->colour_range = AVCOL_RANGE_JPEG;
    else if (strncmp(word, "COLORRANGE=LIMITED", strlen("COLORRANGE=LIMITED")) == 0)
        video->colour_range = AVCOL_RANGE_MPEG;
}

static const char *parse_word(struct vf_video *video, const char *word)
{
    switch (*word) {
    case 'W':
        return parse_side(&video->width, word + 1) ? NULL : "a width that is none";
    case 'H':
        return parse_side(&video->height, word + 1) ? NULL : "a height that is none";
    case 'F':
        return parse_ratio(&video->frame_rate, word + 1) ? NULL : "a frame rate that is none";
    case 'A':
        return parse_ratio(&video->sample_aspect_ratio, word + 1) ? NULL
                                                                  : "a pixel shape that is none";
    case 'C':
        return parse_colours(video, word + 1) ? NULL : "a colour space that is not known";
    case 'I':
        video->is_interlaced = word[1] == 't' || word[1] == 'b' || word[1] == 'm';
        video->is_top_field_first = word[1] == 't';
        return NULL;
    case 'X':
        parse_comment(video, word + 1);
        return NULL;
    default:
        return NULL;
    }
}

int vf_y4m_parse(struct vf_video *video, const char *line, const char **complaint)
{
    *video = (struct vf_video){.frame_rate = USUAL_RATE, .sample_aspect_ratio = {0, 1}};
    snprintf(video->format, sizeof(video->format), "yuv420p");
    *complaint = NULL;
    if (strncmp(line, MAGIC, strlen(MAGIC)) != 0)
        *complaint = "no YUV4MPEG2 header";
    for (const char *word = strchr(line, ' '); word && !*complaint; word = strchr(word + 1, ' '))
        *complaint = parse_word(video, word + 1);
    if (!*complaint && (!video->width || !video->height))
        *complaint = "a header without a size";
    return *complaint ? -EBADMSG : VF_OK;
}
