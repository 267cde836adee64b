/* SPDX-License-Identifier: MIT */
#include "engine/media/write/file_facts.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/dict.h>
#include <libavutil/mem.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/facts/file/facts.h"
#include "engine/media/facts/file/stream_side.h"
#include "engine/media/libav/compat.h"
#include "engine/media/write/choice/container_traits.h"

/* How the tracks are called in keys of `metadata`, as the writer's inputs are. */
static const char *const track_names[VF_TRACK_KINDS] = {"video", "audio", "subtitles"};

/* What a container holds of attachments. */
static bool is_matroska(const AVOutputFormat *container)
{
    return av_match_name(container->name, "matroska");
}

static bool holds_pictures(const AVOutputFormat *container)
{
    return (vf_container_traits(container)->is_mp4 && !av_match_name(container->name, "mov")) ||
           av_match_name(container->name, "mp3,flac");
}

static int set_tag(AVDictionary **tags, const char *key, const char *text)
{
    return av_dict_set(tags, key, text[0] ? text : NULL, 0) < 0 ? -ENOMEM : VF_OK;
}

/* Sets what the writer was told: `prefix` "audio." for a track, "" for the file. */
static int set_own(AVDictionary **tags, const struct vf_map *own, const char *prefix)
{
    size_t length = strlen(prefix);
    int err = VF_OK;
    for (size_t i = 0; i < own->count && !err; i++) {
        const char *key = own->items[i].key;
        bool is_ours =
            length ? strncmp(key, prefix, length) == 0 && key[length] : !strchr(key, '.');
        if (is_ours)
            err = set_tag(tags, key + length, own->items[i].text);
    }
    return err;
}

/* Returns the facts that speak for the file: those of the first track that has some. */
static const struct vf_facts *find_bearer(const struct vf_media_tracks *tracks)
{
    for (unsigned kind = 0; kind < VF_TRACK_KINDS; kind++) {
        for (unsigned number = 0; number < tracks->count; number++) {
            const struct vf_media_track *track =
                vf_media_tracks_find(tracks, (enum vf_track_kind)kind, number);
            const struct vf_facts *facts = track ? &track->facts : NULL;
            if (facts && (facts->file_tags || facts->chapter_count || facts->attachment_count))
                return facts;
        }
    }
    return &tracks->items[tracks->lead].facts;
}

static int add_side_data(AVStream *stream, const struct vf_media_track *track)
{
    const struct vf_facts *facts = &track->facts;
    struct vf_record record;
    size_t place = 0;
    int err = VF_OK;
    while (!err && vf_record_next(facts->records, facts->size, &place, &record)) {
        /* Once encoded again, it is no Dolby Vision. */
        bool is_of_codec = record.kind == VF_RECORD_STREAM_SIDE &&
                           record.detail == AV_PKT_DATA_DOVI_CONF && !track->is_copied;
        if (!is_of_codec)
            err = vf_stream_side_restore(stream, &record);
    }
    return err;
}

/* Sets what the writer was told of a track: by its kind for the first one, by its number for any. */
static int set_own_of_track(AVDictionary **tags, const struct vf_map *own,
                            const struct vf_media_track *track)
{
    char prefix[32];
    int err = VF_OK;
    if (track->number == 0) {
        snprintf(prefix, sizeof(prefix), "%s.", track_names[track->kind]);
        err = set_own(tags, own, prefix);
    }
    snprintf(prefix, sizeof(prefix), "%s[%u].", track_names[track->kind], track->number);
    return err ? err : set_own(tags, own, prefix);
}

static int describe_track(const struct vf_file_facts_order *order, unsigned index)
{
    const struct vf_media_track *track = &order->tracks->items[index];
    const struct vf_facts *facts = &track->facts;
    const struct vf_output_metadata *wish = &order->settings->metadata;
    AVStream *stream = order->streams[index];
    if (!stream)
        return VF_OK;
    if (!wish->is_none) {
        if (av_dict_copy(&stream->metadata, facts->stream_tags, 0) < 0)
            return -ENOMEM;
        /* It tells of the packets that they hold transparency. */
        if (!track->is_copied)
            av_dict_set(&stream->metadata, "alpha_mode", NULL, 0);
        stream->disposition = facts->disposition & ~AV_DISPOSITION_ATTACHED_PIC;
    }
    int err = set_own_of_track(&stream->metadata, &wish->own, track);
    return err ? err : add_side_data(stream, track);
}

/* Adds a chapter as far as it lies in the file. */
static int add_chapter(AVFormatContext *format, const struct vf_chapter *chapter,
                       const struct vf_muxer_range *range)
{
    int64_t start = chapter->start_us > range->start_us ? chapter->start_us : range->start_us;
    int64_t end = chapter->end_us < range->end_us ? chapter->end_us : range->end_us;
    if (start >= end)
        return VF_OK;
    AVChapter *made = av_mallocz(sizeof(*made));
    AVChapter **more = av_realloc_array(format->chapters, format->nb_chapters + 1, sizeof(*more));
    if (more)
        format->chapters = more;
    if (!made || !more) {
        av_free(made);
        return -ENOMEM;
    }
    *made = (AVChapter){
        .id = chapter->id,
        .time_base = AV_TIME_BASE_Q,
        .start = start - range->zero_us,
        .end = end == INT64_MAX ? AV_NOPTS_VALUE : end - range->zero_us,
    };
    format->chapters[format->nb_chapters++] = made;
    return av_dict_copy(&made->metadata, chapter->tags, 0) < 0 ? -ENOMEM : VF_OK;
}

static int fill_attachment(AVStream *stream, const struct vf_attachment *attachment, bool is_file)
{
    const AVCodecDescriptor *codec = avcodec_descriptor_get_by_name(attachment->codec);
    AVCodecParameters *parameters = stream->codecpar;
    parameters->codec_id = codec ? codec->id : AV_CODEC_ID_BIN_DATA;
    parameters->codec_type = is_file ? AVMEDIA_TYPE_ATTACHMENT : AVMEDIA_TYPE_VIDEO;
    parameters->width = attachment->width;
    parameters->height = attachment->height;
    if (av_dict_copy(&stream->metadata, attachment->tags, 0) < 0)
        return -ENOMEM;
    if (is_file) {
        parameters->extradata = av_mallocz(attachment->size + AV_INPUT_BUFFER_PADDING_SIZE);
        if (!parameters->extradata)
            return -ENOMEM;
        memcpy(parameters->extradata, attachment->bytes, attachment->size);
        parameters->extradata_size = (int)attachment->size;
        return VF_OK;
    }
    stream->disposition = AV_DISPOSITION_ATTACHED_PIC;
    if (av_new_packet(&stream->attached_pic, (int)attachment->size) < 0)
        return -ENOMEM;
    memcpy(stream->attached_pic.data, attachment->bytes, attachment->size);
    stream->attached_pic.flags |= AV_PKT_FLAG_KEY;
    return VF_OK;
}

/* In Matroska a cover is an attached file with a certain name. */
static int name_cover(AVStream *stream, const struct vf_attachment *attachment)
{
    bool is_png = strcmp(attachment->codec, "png") == 0;
    int code = 0;
    if (!av_dict_get(stream->metadata, "filename", NULL, 0))
        code = av_dict_set(&stream->metadata, "filename", is_png ? "cover.png" : "cover.jpg", 0);
    if (code >= 0 && !av_dict_get(stream->metadata, "mimetype", NULL, 0))
        code = av_dict_set(&stream->metadata, "mimetype", is_png ? "image/png" : "image/jpeg", 0);
    return code < 0 ? -ENOMEM : VF_OK;
}

static int add_attachment(AVFormatContext *format, const struct vf_attachment *attachment)
{
    bool as_file = is_matroska(format->oformat);
    AVStream *stream = avformat_new_stream(format, NULL);
    if (!stream)
        return -ENOMEM;
    int err = fill_attachment(stream, attachment, as_file);
    return err || !as_file || !attachment->is_picture ? err : name_cover(stream, attachment);
}

static int add_attachments(AVFormatContext *format, const struct vf_facts *facts)
{
    bool has_left_out = false;
    int err = VF_OK;
    for (size_t i = 0; i < facts->attachment_count && !err; i++) {
        const struct vf_attachment *attachment = &facts->attachments[i];
        if (is_matroska(format->oformat) ||
            (attachment->is_picture && holds_pictures(format->oformat)))
            err = add_attachment(format, attachment);
        else
            has_left_out = true;
    }
    if (has_left_out)
        vf_log(VF_LOG_INFO, "%s: what the source has attached is left out: %s holds none of it",
               format->url ? format->url : "", format->oformat->long_name);
    return err;
}

/* Muxers write some of it only when they may leave the standard's beaten track. */
static void allow_unofficial(AVFormatContext *format, const struct vf_file_facts_order *order)
{
    const struct vf_media_track *track = vf_media_tracks_find(order->tracks, VF_TRACK_VIDEO, 0);
    const AVStream *video = track ? order->streams[track - order->tracks->items] : NULL;
    const AVPacketSideData *sides = video ? vf_compat_stream_side_data(video) : NULL;
    for (int i = 0; video && i < vf_compat_stream_side_data_count(video); i++) {
        if (sides[i].type == AV_PKT_DATA_SPHERICAL || sides[i].type == AV_PKT_DATA_STEREO3D)
            format->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
    }
}

int vf_file_facts_describe(AVFormatContext *format, const struct vf_file_facts_order *order)
{
    const struct vf_output_metadata *wish = &order->settings->metadata;
    const struct vf_facts *facts = find_bearer(order->tracks);
    int err = VF_OK;
    if (!wish->is_none && av_dict_copy(&format->metadata, facts->file_tags, 0) < 0)
        return -ENOMEM;
    err = set_own(&format->metadata, &wish->own, "");
    for (unsigned i = 0; i < order->tracks->count && !err; i++)
        err = describe_track(order, i);
    for (size_t i = 0; i < facts->chapter_count && !err && !wish->is_none; i++)
        err = add_chapter(format, &facts->chapters[i], &order->range);
    if (!err && !wish->is_none)
        err = add_attachments(format, facts);
    allow_unofficial(format, order);
    return err;
}

int vf_file_facts_write_pictures(AVFormatContext *format)
{
    int code = 0;
    for (unsigned i = 0; i < format->nb_streams && code >= 0; i++) {
        AVStream *stream = format->streams[i];
        if (!stream->attached_pic.size)
            continue;
        AVPacket *packet = av_packet_clone(&stream->attached_pic);
        if (!packet)
            return AVERROR(ENOMEM);
        packet->stream_index = (int)i;
        packet->pts = packet->dts = 0;
        code = av_write_frame(format, packet);
        av_packet_free(&packet);
    }
    return code;
}
