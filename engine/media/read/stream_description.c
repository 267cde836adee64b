/* SPDX-License-Identifier: MIT */
#include "engine/media/read/stream_description.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/display.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/display.h"
#include "engine/media/libav/compat.h"

#define UNKNOWN "unknown" /* what libav calls it */

void vf_description_add(json_t *object, const char *key, json_t *value)
{
    if (value)
        json_object_set_new(object, key, value);
}

json_t *vf_description_text(const char *bytes)
{
    char *utf8 = bytes ? vf_display_utf8(bytes) : NULL;
    json_t *string = utf8 ? json_string(utf8) : NULL;
    free(utf8);
    return string;
}

json_t *vf_tags_describe(const AVDictionary *tags)
{
    const AVDictionaryEntry *entry = NULL;
    json_t *object = NULL;
    while ((entry = av_dict_get(tags, "", entry, AV_DICT_IGNORE_SUFFIX))) {
        char *key = vf_display_utf8(entry->key);
        object = object ? object : json_object();
        if (key)
            vf_description_add(object, key, vf_description_text(entry->value));
        free(key);
    }
    return object;
}

/* Returns a number if it says something. */
static json_t *positive(int64_t number)
{
    return number > 0 ? json_integer(number) : NULL;
}

static json_t *ratio(AVRational value, char separator)
{
    char text[40];
    if (value.num <= 0 || value.den <= 0)
        return NULL;
    snprintf(text, sizeof(text), "%d%c%d", value.num, separator, value.den);
    return json_string(text);
}

static json_t *named(const char *name)
{
    return name && strcmp(name, UNKNOWN) != 0 && strcmp(name, "unspecified") != 0
               ? json_string(name)
               : NULL;
}

static const void *side_data(const AVStream *stream, enum AVPacketSideDataType type, size_t size)
{
    const AVPacketSideData *side = vf_compat_stream_side_data(stream);
    for (int i = 0; i < vf_compat_stream_side_data_count(stream); i++) {
        if (side[i].type == type && side[i].size >= size)
            return side[i].data;
    }
    return NULL;
}

/* Returns the clockwise quarter turns that a player makes, in degrees. */
static int rotation(const AVStream *stream)
{
    const int32_t *matrix = side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(int32_t));
    double angle = matrix ? av_display_rotation_get(matrix) : 0;
    if (isnan(angle))
        return 0;
    int turned = (int)lround(-angle) % 360;
    return turned < 0 ? turned + 360 : turned;
}

static const char *hdr_name(const AVStream *stream)
{
    const AVCodecParameters *codec = stream->codecpar;
    if (side_data(stream, AV_PKT_DATA_DOVI_CONF, sizeof(AVDOVIDecoderConfigurationRecord)))
        return "Dolby Vision";
    if (codec->color_trc == AVCOL_TRC_ARIB_STD_B67)
        return "HLG";
    if (codec->color_trc != AVCOL_TRC_SMPTE2084)
        return NULL;
    return side_data(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, 1) ? "HDR10" : "PQ";
}

static const char *field_order_name(enum AVFieldOrder order)
{
    switch (order) {
    case AV_FIELD_PROGRESSIVE:
        return "progressive";
    case AV_FIELD_TT:
    case AV_FIELD_TB:
        return "top first";
    case AV_FIELD_BB:
    case AV_FIELD_BT:
        return "bottom first";
    default:
        return NULL;
    }
}

static void add_colour(json_t *object, const AVCodecParameters *codec)
{
    json_t *colour = json_object();
    vf_description_add(colour, "space", named(av_color_space_name(codec->color_space)));
    vf_description_add(colour, "transfer", named(av_color_transfer_name(codec->color_trc)));
    vf_description_add(colour, "primaries", named(av_color_primaries_name(codec->color_primaries)));
    vf_description_add(colour, "range", named(av_color_range_name(codec->color_range)));
    if (json_object_size(colour))
        json_object_set(object, "colour", colour);
    json_decref(colour);
}

static void add_rate(json_t *object, const char *key, const char *exact_key, AVRational rate)
{
    if (rate.num <= 0 || rate.den <= 0)
        return;
    json_object_set_new(object, key, json_real(av_q2d(rate)));
    vf_description_add(object, exact_key, ratio(rate, '/'));
}

static void add_video(json_t *object, AVFormatContext *format, AVStream *stream)
{
    const AVCodecParameters *codec = stream->codecpar;
    const AVPixFmtDescriptor *pixel = av_pix_fmt_desc_get(codec->format);
    vf_description_add(object, "width", positive(codec->width));
    vf_description_add(object, "height", positive(codec->height));
    add_rate(object, "fps", "fps_exact", stream->avg_frame_rate);
    add_rate(object, "base_fps", "base_fps_exact", stream->r_frame_rate);
    json_object_set_new(object, "rotation", json_integer(rotation(stream)));
    vf_description_add(object, "pixel_aspect",
                       ratio(av_guess_sample_aspect_ratio(format, stream, NULL), ':'));
    if (pixel) {
        json_object_set_new(object, "pixel_format", json_string(pixel->name));
        json_object_set_new(object, "bit_depth", json_integer(pixel->comp[0].depth));
    }
    add_colour(object, codec);
    vf_description_add(object, "hdr", named(hdr_name(stream)));
    vf_description_add(object, "field_order", named(field_order_name(codec->field_order)));
}

static void add_audio(json_t *object, const AVCodecParameters *codec)
{
    char layout[128];
    vf_description_add(object, "sample_rate", positive(codec->sample_rate));
    vf_description_add(object, "channels", positive(codec->ch_layout.nb_channels));
    if (codec->ch_layout.nb_channels &&
        av_channel_layout_describe(&codec->ch_layout, layout, sizeof(layout)) > 0)
        vf_description_add(object, "layout", vf_description_text(layout));
    vf_description_add(object, "sample_format", named(av_get_sample_fmt_name(codec->format)));
    vf_description_add(object, "bit_depth", positive(codec->bits_per_raw_sample));
}

static void add_disposition(json_t *object, const AVStream *stream)
{
    json_t *words = json_array();
    for (unsigned bit = 0; bit < 31; bit++) {
        const char *word =
            stream->disposition & (1 << bit) ? av_disposition_to_string(1 << bit) : 0;
        if (word)
            json_array_append_new(words, json_string(word));
    }
    if (json_array_size(words))
        json_object_set(object, "disposition", words);
    json_decref(words);
}

/* Counts by the index of the file. Returns false where that does not have each packet. */
static bool count_by_index(AVFormatContext *format, AVStream *stream, struct vf_stream_count *count)
{
    int entries = avformat_index_get_entries_count(stream);
    bool is_whole =
        entries > 0 && (stream->nb_frames ? entries >= stream->nb_frames
                                          : av_match_name("avi", format->iformat->name));
    for (int i = 0; i < entries && is_whole; i++) {
        const AVIndexEntry *entry = avformat_index_get_entry(stream, i);
        int64_t time_us = av_rescale_q(entry->timestamp, stream->time_base, AV_TIME_BASE_Q);
        count->packets++;
        if (!(entry->flags & AVINDEX_KEYFRAME))
            continue;
        count->first_key_us = count->keys++ ? count->first_key_us : time_us;
        count->last_key_us = time_us;
    }
    return is_whole;
}

static void add_counts(json_t *object, AVFormatContext *format, AVStream *stream,
                       const struct vf_stream_count *counted)
{
    struct vf_stream_count count = {0};
    bool is_video = stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    bool is_counted = counted != NULL;
    if (counted)
        count = *counted;
    else
        is_counted = is_video && count_by_index(format, stream, &count);
    if (counted)
        json_object_set_new(object, is_video ? "frames" : "packets", json_integer(count.packets));
    else
        vf_description_add(object, is_video ? "frames" : "packets", positive(stream->nb_frames));
    if (!is_video || !is_counted)
        return;
    json_object_set_new(object, "key_frames", json_integer(count.keys));
    if (count.keys > 1)
        json_object_set_new(object, "key_distance",
                            json_real((double)(count.last_key_us - count.first_key_us) /
                                      (double)(count.keys - 1) / AV_TIME_BASE));
}

static void add_times(json_t *object, const AVStream *stream)
{
    double unit = av_q2d(stream->time_base);
    if (stream->start_time != AV_NOPTS_VALUE)
        json_object_set_new(object, "start", json_real((double)stream->start_time * unit));
    if (stream->duration != AV_NOPTS_VALUE)
        json_object_set_new(object, "duration", json_real((double)stream->duration * unit));
    vf_description_add(object, "bit_rate", positive(stream->codecpar->bit_rate));
}

json_t *vf_stream_describe(AVFormatContext *format, AVStream *stream,
                           const struct vf_stream_count *count)
{
    const AVCodecParameters *codec = stream->codecpar;
    const char *type = av_get_media_type_string(codec->codec_type);
    const AVDictionaryEntry *language = av_dict_get(stream->metadata, "language", NULL, 0);
    json_t *object = json_object();
    json_object_set_new(object, "index", json_integer(stream->index));
    json_object_set_new(object, "type", json_string(type ? type : UNKNOWN));
    vf_description_add(object, "codec", vf_description_text(avcodec_get_name(codec->codec_id)));
    vf_description_add(object, "profile",
                       vf_description_text(avcodec_profile_name(codec->codec_id, codec->profile)));
    if (codec->codec_type == AVMEDIA_TYPE_VIDEO)
        add_video(object, format, stream);
    else if (codec->codec_type == AVMEDIA_TYPE_AUDIO)
        add_audio(object, codec);
    add_times(object, stream);
    add_counts(object, format, stream, count);
    vf_description_add(object, "language", language ? vf_description_text(language->value) : NULL);
    add_disposition(object, stream);
    vf_description_add(object, "tags", vf_tags_describe(stream->metadata));
    return object;
}
