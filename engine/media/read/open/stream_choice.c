/* SPDX-License-Identifier: MIT */
#include "engine/media/read/open/stream_choice.h"

#include <ctype.h>
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>

#include "engine/base/text.h"

#define LONGEST_NUMBER 4
#define LATER_US 1000000
#define LONGEST_LANGUAGE 35 /* of RFC 5646's tags that one meets */

static const struct {
    const char *name;
    enum AVMediaType type;
} kinds[VF_STREAM_CHOICES] = {
    [VF_STREAM_VIDEO] = {"video", AVMEDIA_TYPE_VIDEO},
    [VF_STREAM_AUDIO] = {"audio", AVMEDIA_TYPE_AUDIO},
    [VF_STREAM_SUBTITLES] = {"subtitles", AVMEDIA_TYPE_SUBTITLE},
};

static const char any[] = "auto", all[] = "all";

enum vf_stream vf_stream_base(enum vf_stream kind)
{
    if (kind < VF_STREAM_CHOICES)
        return kind;
    if (kind < VF_STREAM_SUBTITLES_0 || kind == VF_STREAM_AUDIO_FRAMES)
        return VF_STREAM_AUDIO;
    return kind < VF_STREAM_KINDS ? VF_STREAM_SUBTITLES : VF_STREAM_VIDEO;
}

const char *vf_stream_name(enum vf_stream kind)
{
    return kinds[vf_stream_base(kind)].name;
}

/* Returns whether a kind is that of a stream with a certain number. */
static bool is_numbered(enum vf_stream kind)
{
    return kind >= VF_STREAM_CHOICES && kind < VF_STREAM_AUDIO_FRAMES;
}

bool vf_stream_is_all(const struct vf_media_settings *settings, enum vf_stream kind)
{
    return strcmp(settings->streams[vf_stream_base(kind)], all) == 0;
}

bool vf_stream_is_any(const struct vf_media_settings *settings, enum vf_stream kind)
{
    if (vf_stream_is_all(settings, kind))
        return true;
    return !is_numbered(kind) && strcmp(settings->streams[vf_stream_base(kind)], any) == 0;
}

static bool is_number(const char *text)
{
    size_t length = strspn(text, "0123456789");
    return length > 0 && length <= LONGEST_NUMBER && text[length] == '\0';
}

static bool is_language(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '-')
            return false;
    }
    return length >= 2 && length <= LONGEST_LANGUAGE && isalpha((unsigned char)text[0]);
}

int vf_stream_choice_check(const struct vf_media_settings *settings, char *problem, size_t size)
{
    for (unsigned i = 0; i < VF_STREAM_CHOICES; i++) {
        const char *text = settings->streams[i];
        bool may_be_all = i != VF_STREAM_VIDEO;
        if (is_number(text) || (is_language(text) && (may_be_all || strcmp(text, all) != 0)))
            continue;
        snprintf(problem, size,
                 "%s is \"%s\"; it is \"auto\", a number from 0,%s or a language such as \"eng\"",
                 kinds[i].name, text, may_be_all ? " \"all\"," : "");
        return -EINVAL;
    }
    return VF_OK;
}

static bool is_of_kind(const AVStream *stream, enum vf_stream kind)
{
    return stream->codecpar->codec_type == kinds[vf_stream_base(kind)].type &&
           !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC);
}

unsigned vf_stream_count(const AVFormatContext *format, enum vf_stream kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < format->nb_streams; i++)
        count += is_of_kind(format->streams[i], kind);
    return count;
}

static const char *language_of(const AVStream *stream)
{
    const AVDictionaryEntry *entry = av_dict_get(stream->metadata, "language", NULL, 0);
    return entry ? entry->value : "";
}

static AVStream *find_number(AVFormatContext *format, enum vf_stream kind, long number)
{
    for (unsigned i = 0; i < format->nb_streams; i++) {
        if (is_of_kind(format->streams[i], kind) && number-- == 0)
            return format->streams[i];
    }
    return NULL;
}

/* Of several in one language, the one that is meant to be the usual, else the first. */
static AVStream *find_language(AVFormatContext *format, enum vf_stream kind, const char *language)
{
    AVStream *found = NULL;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *stream = format->streams[i];
        if (!is_of_kind(stream, kind) || av_strcasecmp(language_of(stream), language) != 0)
            continue;
        bool is_usual = stream->disposition & AV_DISPOSITION_DEFAULT;
        if (!found || (is_usual && !(found->disposition & AV_DISPOSITION_DEFAULT)))
            found = stream;
    }
    return found;
}

static int64_t bit_rate_of(const AVStream *stream)
{
    const AVDictionaryEntry *entry = av_dict_get(stream->metadata, "variant_bitrate", NULL, 0);
    return entry ? strtoll(entry->value, NULL, 10) : stream->codecpar->bit_rate;
}

static int64_t area_of(const AVStream *stream)
{
    return (int64_t)stream->codecpar->width * stream->codecpar->height;
}

/* Of the variants of one video, which a playlist of HLS or DASH offers, the largest is the best, and
 * of those of one size the one with the most bits. */
static AVStream *find_best_variant(AVFormatContext *format)
{
    AVStream *best = NULL;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *stream = format->streams[i];
        if (!is_of_kind(stream, VF_STREAM_VIDEO))
            continue;
        int64_t more = best ? area_of(stream) - area_of(best) : 1;
        if (more > 0 || (more == 0 && bit_rate_of(stream) > bit_rate_of(best)))
            best = stream;
    }
    return best;
}

static bool has_stream(const AVProgram *program, const AVStream *stream)
{
    for (unsigned i = 0; i < program->nb_stream_indexes; i++) {
        if (program->stream_index[i] == (unsigned)stream->index)
            return true;
    }
    return false;
}

/* Returns the first programme that a stream belongs to; NULL: there is none. */
static const AVProgram *program_of(const AVFormatContext *format, const AVStream *stream)
{
    for (unsigned i = 0; i < format->nb_programs; i++) {
        if (has_stream(format->programs[i], stream))
            return format->programs[i];
    }
    return NULL;
}

bool vf_stream_is_beside(const AVFormatContext *format, const AVStream *stream,
                         const AVStream *other)
{
    for (unsigned i = 0; i < format->nb_programs; i++) {
        if (has_stream(format->programs[i], stream) && has_stream(format->programs[i], other))
            return true;
    }
    return !program_of(format, stream) || !program_of(format, other);
}

bool vf_stream_has_replaced(const AVFormatContext *format, const AVStream *stream,
                            const AVStream *other)
{
    const AVProgram *program = program_of(format, other);
    if (!program || program_of(format, stream))
        return false;
    for (unsigned i = 0; i < program->nb_stream_indexes; i++) {
        const AVStream *first = format->streams[program->stream_index[i]];
        if (first->codecpar->codec_type == other->codecpar->codec_type)
            return first == other;
    }
    return false;
}

bool vf_stream_is_known(const AVStream *stream)
{
    const AVCodecParameters *parameters = stream->codecpar;
    bool is_video = parameters->codec_type == AVMEDIA_TYPE_VIDEO;
    return is_video ? parameters->width > 0 : parameters->sample_rate > 0;
}

bool vf_stream_is_later(const AVFormatContext *format, const AVStream *stream,
                        const AVStream *other)
{
    if (other == stream || other->codecpar->codec_type != stream->codecpar->codec_type)
        return false;
    bool is_dynamic = format->iformat->flags & AVFMT_TS_DISCONT; /* streams come and go */
    if (!is_dynamic || !vf_stream_is_known(stream) || !vf_stream_is_beside(format, stream, other))
        return false;
    if (!vf_stream_is_known(other) || vf_stream_has_replaced(format, stream, other))
        return true;
    if (other->start_time == AV_NOPTS_VALUE || stream->start_time == AV_NOPTS_VALUE)
        return false;
    return av_rescale_q(other->start_time, other->time_base, AV_TIME_BASE_Q) -
               av_rescale_q(stream->start_time, stream->time_base, AV_TIME_BASE_Q) >
           LATER_US;
}

/* What goes on in the middle of a file is not what it begins with. */
static AVStream *first_of(AVFormatContext *format, AVStream *stream)
{
    for (unsigned i = 0; i < format->nb_streams; i++) {
        AVStream *other = format->streams[i];
        bool is_same = other->codecpar->codec_type == stream->codecpar->codec_type;
        if (is_same && vf_stream_has_replaced(format, other, stream))
            return other;
    }
    return stream;
}

static AVStream *find_best(AVFormatContext *format, enum vf_stream kind, const AVStream *video)
{
    if (kind == VF_STREAM_VIDEO && av_match_name(format->iformat->name, "hls,dash"))
        return find_best_variant(format);
    int best = av_find_best_stream(format, kinds[vf_stream_base(kind)].type, -1,
                                   video ? video->index : -1, NULL, 0);
    if (best < 0 || !is_of_kind(format->streams[best], kind))
        return NULL;
    return first_of(format, format->streams[best]);
}

/* Returns which one of its kind is meant. */
static long number_of(enum vf_stream kind)
{
    return kind < VF_STREAM_SUBTITLES_0 ? (long)kind - VF_STREAM_AUDIO_0
                                        : (long)kind - VF_STREAM_SUBTITLES_0;
}

AVStream *vf_stream_choose(const struct vf_media_settings *settings, AVFormatContext *format,
                           enum vf_stream kind, const AVStream *video)
{
    enum vf_stream base = vf_stream_base(kind);
    const char *wanted = settings->streams[base];
    if (is_numbered(kind))
        return find_number(format, kind, number_of(kind));
    if (vf_stream_is_any(settings, kind))
        return find_best(format, base, video);
    if (is_number(wanted))
        return find_number(format, kind, strtol(wanted, NULL, 10));
    return find_language(format, base, wanted);
}

void vf_stream_explain(const struct vf_media_settings *settings, const AVFormatContext *format,
                       enum vf_stream kind, struct vf_text *text)
{
    unsigned count = 0;
    if (!is_numbered(kind))
        vf_text_print(text, "no %s \"%s\"; ", vf_stream_name(kind),
                      settings->streams[vf_stream_base(kind)]);
    else
        vf_text_print(text, "no %s[%ld]; ", vf_stream_name(kind), number_of(kind));
    for (unsigned i = 0; i < format->nb_streams; i++) {
        if (!is_of_kind(format->streams[i], kind))
            continue;
        const char *language = language_of(format->streams[i]);
        vf_text_print(text, "%s%u", count ? ", " : "it has ", count);
        if (*language && strcmp(language, "und") != 0)
            vf_text_print(text, " (%s)", language);
        count++;
    }
    if (!count)
        vf_text_print(text, "it has none at all");
}
