/* SPDX-License-Identifier: MIT */
#include "engine/media/write/encode/encoder_facts.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/opt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/media/write/choice/container_traits.h"

/* Encoders that take parameters of their library as a dictionary, and what those are called in it. */
struct speaker {
    const char *encoder, *option, *display, *light;
    bool is_decimal; /* numbers as they are; else in steps of 0.00002 and of 0.0001 cd/m2 */
};

/* The manuals of x264, x265 and SVT-AV1 have these under "mastering-display", "master-display" and
 * "content-light". */
static const struct speaker speakers[] = {
    {"libx264", "x264-params", "mastering-display", "cll", false},
    {"libx265", "x265-params", "master-display", "max-cll", false},
    {"libsvtav1", "svtav1-params", "mastering-display", "content-light", true},
};

static const struct speaker *find_speaker(const AVCodec *codec)
{
    for (size_t i = 0; i < VF_COUNT(speakers); i++) {
        if (strcmp(codec->name, speakers[i].encoder) == 0)
            return &speakers[i];
    }
    return NULL;
}

static const void *find_side(const AVFrame *frame, enum AVFrameSideDataType type)
{
    const AVFrameSideData *side = av_frame_get_side_data(frame, type);
    return side ? side->data : NULL;
}

static void print_pair(char *text, size_t size, const char *name, const AVRational pair[2],
                       double scale)
{
    size_t length = strlen(text);
    double first = av_q2d(pair[0]) * scale, second = av_q2d(pair[1]) * scale;
    snprintf(text + length, size - length, scale == 1 ? "%s(%.5f,%.5f)" : "%s(%.0f,%.0f)", name,
             first, second);
}

static void print_display(char *text, size_t size, const AVMasteringDisplayMetadata *display,
                          bool is_decimal)
{
    double places = is_decimal ? 1 : 50000, light = is_decimal ? 1 : 10000;
    const AVRational luminance[2] = {display->max_luminance, display->min_luminance};
    text[0] = '\0';
    print_pair(text, size, "G", display->display_primaries[1], places);
    print_pair(text, size, "B", display->display_primaries[2], places);
    print_pair(text, size, "R", display->display_primaries[0], places);
    print_pair(text, size, "WP", display->white_point, places);
    print_pair(text, size, "L", luminance, light);
}

static int set_unless_set(AVDictionary **parameters, const char *key, const char *text)
{
    if (av_dict_get(*parameters, key, NULL, 0))
        return VF_OK;
    return av_dict_set(parameters, key, text, 0) < 0 ? -ENOMEM : VF_OK;
}

static int tell(AVDictionary **parameters, const struct speaker *speaker, const AVFrame *first)
{
    char text[256];
    int err = VF_OK;
    const AVMasteringDisplayMetadata *display =
        find_side(first, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
    const AVContentLightMetadata *light = find_side(first, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
    if (display && display->has_primaries && display->has_luminance) {
        print_display(text, sizeof(text), display, speaker->is_decimal);
        err = set_unless_set(parameters, speaker->display, text);
    }
    if (!err && light) {
        snprintf(text, sizeof(text), "%u,%u", light->MaxCLL, light->MaxFALL);
        err = set_unless_set(parameters, speaker->light, text);
    }
    return err;
}

int vf_encoder_facts_prepare(AVCodecContext *context, const AVFrame *first)
{
    const struct speaker *speaker = find_speaker(context->codec);
    AVDictionary *parameters = NULL;
    bool has_some = find_side(first, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA) ||
                    find_side(first, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
    if (!speaker || !has_some ||
        av_opt_get_dict_val(context->priv_data, speaker->option, 0, &parameters) < 0)
        return VF_OK;
    int err = tell(&parameters, speaker, first);
    if (!err && av_opt_set_dict_val(context->priv_data, speaker->option, parameters, 0) < 0)
        err = -ENOMEM;
    av_dict_free(&parameters);
    return err;
}

static bool has_option(const AVCodecContext *context, const char *name)
{
    return context->codec->priv_class && context->priv_data &&
           av_opt_find(context->priv_data, name, NULL, 0, 0);
}

/* Encoders that keep a kind have an option that turns it off; NULL: none does. */
static const struct {
    int type;
    const char *what, *option;
} kinds[] = {
    {AV_FRAME_DATA_A53_CC, "closed captions", "a53cc"},
    {AV_FRAME_DATA_DYNAMIC_HDR_PLUS, "HDR10+ metadata", NULL},
    {AV_FRAME_DATA_DOVI_RPU_BUFFER, "Dolby Vision", "dolbyvision"},
    {AV_FRAME_DATA_S12M_TIMECODE, "timecodes of frames", "s12m_tc"},
    {AV_FRAME_DATA_AFD, "the active format description", NULL},
};

/* Returns whether an encoder writes what a frame says of the display and the light into its stream:
 * as it is told to, or by itself, which is then a choice of its option `sei`. */
static bool speaks_of_light(const AVCodecContext *context)
{
    const struct speaker *speaker = find_speaker(context->codec);
    bool has_choice = context->codec->priv_class && context->priv_data &&
                      av_opt_find(context->priv_data, "hdr", "sei", 0, 0);
    return has_choice || (speaker && has_option(context, speaker->option));
}

/* What of HDR10 holds for all frames, so that a container can keep it, too. */
static const struct {
    int type;
    const char *what;
} lights[] = {
    {AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, "mastering display"},
    {AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, "light level"},
};

static void warn_of_light(struct vf_encoder_facts *facts, const AVCodecContext *context,
                          const AVFrame *frame)
{
    const struct vf_container_traits *traits = vf_container_traits(facts->container);
    const bool is_held[VF_COUNT(lights)] = {traits->holds_display, traits->holds_light};
    bool is_told = speaks_of_light(context);
    for (unsigned i = 0; i < VF_COUNT(lights) && !is_told; i++) {
        unsigned bit = 1U << (VF_COUNT(kinds) + i);
        if (is_held[i] || facts->told & bit ||
            !find_side(frame, (enum AVFrameSideDataType)lights[i].type))
            continue;
        facts->told |= bit;
        vf_log(VF_LOG_WARNING,
               "neither the encoder %s nor %s keeps the %s of HDR10: it is left out",
               context->codec->name, facts->container->long_name, lights[i].what);
    }
}

void vf_encoder_facts_warn(struct vf_encoder_facts *facts, const AVCodecContext *context,
                           const AVFrame *frame)
{
    for (unsigned i = 0; i < VF_COUNT(kinds) && frame->nb_side_data; i++) {
        unsigned bit = 1U << i;
        if (facts->told & bit || !find_side(frame, (enum AVFrameSideDataType)kinds[i].type))
            continue;
        facts->told |= bit;
        if (!kinds[i].option || !has_option(context, kinds[i].option))
            vf_log(VF_LOG_WARNING, "the encoder %s does not keep %s: they are left out",
                   context->codec->name, kinds[i].what);
    }
    if (frame->nb_side_data)
        warn_of_light(facts, context, frame);
}
