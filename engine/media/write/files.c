/* SPDX-License-Identifier: MIT */
#include "engine/media/write/files.h"

#include <libavcodec/packet.h>
#include <libavutil/avutil.h>
#include <libavutil/mathematics.h>
#include <stdlib.h>
#include <string.h>

#include "engine/media/write/choice/choice.h"

/* How much video waits for the sound of its file's end. */
#define MAX_WAITING_US 5000000
#define MAX_WAITING_BYTES (64u << 20)

static int open_file(struct vf_output_files *files, const struct vf_description *first)
{
    char *path = NULL;
    int err = files->listener.name_file(files->listener.context, first, &path);
    if (err)
        return err;
    memcpy(files->source, first ? first->source : "", first ? sizeof(files->source) : 1);
    const struct vf_muxer_order order = {files->run, files->choice, files->settings, path};
    err = vf_muxer_create(&files->muxer, &order);
    free(path);
    return err;
}

int vf_output_files_open(struct vf_output_files *files)
{
    return open_file(files, NULL);
}

static AVRational lead_time_base(const struct vf_output_files *files)
{
    return files->tracks->items[files->tracks->lead].time_base;
}

/* Returns what the file that begins now holds: a segment, its length, if that is known. */
static struct vf_muxer_range range_of(const struct vf_output_files *files)
{
    struct vf_muxer_range range = {INT64_MIN, INT64_MAX, 0};
    if (!files->is_series)
        return range;
    range.start_us = range.zero_us =
        av_rescale_q(files->zero, lead_time_base(files), AV_TIME_BASE_Q);
    if (files->settings->segment_ns)
        range.end_us = range.start_us + files->settings->segment_ns / 1000;
    return range;
}

static int start_file(struct vf_output_files *files, const struct vf_description *first)
{
    int err = files->muxer ? VF_OK : open_file(files, first);
    const struct vf_muxer_range range = range_of(files);
    return err ? err : vf_muxer_start(files->muxer, files->tracks, &range);
}

static int end_file(struct vf_output_files *files, bool is_complete)
{
    if (!files->muxer)
        return VF_OK;
    struct vf_output_file file = {.path = vf_muxer_path(files->muxer),
                                  .source = files->source,
                                  .frames = vf_muxer_frame_count(files->muxer),
                                  .length_us = vf_muxer_reached_us(files->muxer),
                                  .is_complete = is_complete};
    int err = vf_muxer_finish(files->muxer, is_complete, &file.end);
    file.is_complete = is_complete && !err;
    if (files->problem && !file.end.problem)
        file.end.problem = files->problem;
    files->listener.tell_file(files->listener.context, &file);
    vf_muxer_destroy(&files->muxer);
    return err;
}

static int64_t decoding_time(const AVPacket *packet)
{
    return packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
}

/* Compares when packets are decoded; those that do not say come first. */
static bool is_before(const AVPacket *packet, const AVPacket *other)
{
    int64_t time = decoding_time(packet), other_time = decoding_time(other);
    if (time == AV_NOPTS_VALUE || other_time == AV_NOPTS_VALUE)
        return time == AV_NOPTS_VALUE;
    return av_compare_ts(time, packet->time_base, other_time, other->time_base) < 0;
}

static void shift(const struct vf_output_files *files, AVPacket *packet)
{
    if (!files->is_series)
        return;
    int64_t by = av_rescale_q(files->zero, lead_time_base(files), packet->time_base);
    if (packet->pts != AV_NOPTS_VALUE)
        packet->pts -= by;
    if (packet->dts != AV_NOPTS_VALUE)
        packet->dts -= by;
}

static int write_next(struct vf_output_files *files, unsigned track)
{
    AVPacket *packet = vf_packet_queue_pop(&files->kept[track]);
    int err = VF_OK;
    bool is_noted = files->listener.note_lead && track == files->tracks->lead;
    if (files->tracks->items[track].parameters) {
        if (is_noted)
            err = files->listener.note_lead(files->listener.context, packet);
        shift(files, packet);
        if (!err)
            err = vf_muxer_write(files->muxer, track, packet);
    }
    av_packet_free(&packet);
    return err;
}

/* Returns the track whose next packet is decoded first; VF_MAX_TRACKS: there is none. */
static unsigned find_earliest(const struct vf_output_files *files)
{
    unsigned earliest = VF_MAX_TRACKS;
    for (unsigned i = 0; i < files->tracks->count; i++) {
        const AVPacket *packet = vf_packet_queue_peek(&files->kept[i]);
        if (packet && (earliest == VF_MAX_TRACKS ||
                       is_before(packet, vf_packet_queue_peek(&files->kept[earliest]))))
            earliest = i;
    }
    return earliest;
}

static int write_all(struct vf_output_files *files)
{
    int err = VF_OK;
    unsigned track;
    while (!err && (track = find_earliest(files)) != VF_MAX_TRACKS)
        err = write_next(files, track);
    return err;
}

/* Writes what of the other tracks begins before `limit`, a time of the leading one. */
static int write_others(struct vf_output_files *files, int64_t limit)
{
    AVRational lead = lead_time_base(files);
    int err = VF_OK;
    for (unsigned i = 0; i < files->tracks->count; i++) {
        const AVPacket *packet;
        while (!err && i != files->tracks->lead &&
               (packet = vf_packet_queue_peek(&files->kept[i]))) {
            int64_t start = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
            if (start != AV_NOPTS_VALUE &&
                av_compare_ts(start, packet->time_base, limit, lead) >= 0)
                break;
            err = write_next(files, i);
        }
    }
    return err;
}

/* Returns the time of a cut in the leading track's time base. */
static int64_t cut_time(const struct vf_output_files *files, const struct vf_cut *cut)
{
    return av_rescale_q(cut->timestamp, cut->time_base, lead_time_base(files));
}

static bool is_at_cut(const struct vf_output_files *files, const AVPacket *lead)
{
    const struct vf_cut *cut = vf_cut_queue_peek(&files->cuts);
    return cut && lead->flags & AV_PKT_FLAG_KEY && lead->pts != AV_NOPTS_VALUE &&
           lead->pts >= cut_time(files, cut);
}

/* Returns whether there is sound beside the leading track of which the next packet is awaited. */
static bool awaits_sound(const struct vf_output_files *files)
{
    for (unsigned i = 0; i < files->tracks->count; i++) {
        const struct vf_media_track *track = &files->tracks->items[i];
        if (i != files->tracks->lead && track->kind == VF_TRACK_AUDIO && track->parameters &&
            !files->is_over[i] && !files->kept[i].count)
            return true;
    }
    return false;
}

/* Returns whether sound may still come that belongs before what waits of the leading track. */
static bool is_sound_missing(const struct vf_output_files *files)
{
    const struct vf_packet_queue *lead = &files->kept[files->tracks->lead];
    if (files->has_ended || !awaits_sound(files) || lead->bytes > MAX_WAITING_BYTES)
        return false;
    const AVPacket *first = lead->packets[lead->first];
    const AVPacket *last = lead->packets[lead->first + lead->count - 1];
    return av_rescale_q(last->dts - first->dts, first->time_base, AV_TIME_BASE_Q) < MAX_WAITING_US;
}

static int begin_next_file(struct vf_output_files *files, int64_t timestamp)
{
    int err = end_file(files, true);
    if (err)
        return err;
    files->zero = timestamp;
    const struct vf_cut *cut = vf_cut_queue_peek(&files->cuts);
    err = start_file(files, &cut->first);
    for (; cut && cut_time(files, cut) <= timestamp; cut = vf_cut_queue_peek(&files->cuts))
        vf_cut_queue_pop(&files->cuts);
    return err;
}

/* Groups of pictures come out when they are done. That what lies beside them in the file does not
 * depend on when that is, each waits for the other. */
static bool is_in_step(const struct vf_output_files *files)
{
    return files->settings->split != VF_OUTPUT_SPLIT_NONE;
}

/* Writes what can be written without knowing what else comes. */
static int advance(struct vf_output_files *files)
{
    const AVPacket *lead;
    int err = VF_OK;
    while (!err && (lead = vf_packet_queue_peek(&files->kept[files->tracks->lead]))) {
        bool is_cut = is_at_cut(files, lead);
        err = write_others(files, is_cut ? lead->pts : decoding_time(lead));
        if (!err && (is_cut || is_in_step(files)) && is_sound_missing(files))
            return VF_OK;
        if (!err && is_cut)
            err = begin_next_file(files, lead->pts);
        if (!err)
            err = write_next(files, files->tracks->lead);
    }
    return err;
}

static int write_possible(struct vf_output_files *files)
{
    bool is_led = files->is_series || is_in_step(files);
    int err = is_led ? advance(files) : VF_OK;
    if (!err && (!is_led || files->has_ended))
        err = write_all(files);
    return err;
}

int vf_output_files_begin(struct vf_output_files *files, const struct vf_media_tracks *tracks,
                          const struct vf_description *first, int64_t zero)
{
    files->tracks = tracks;
    files->zero = zero;
    int err = start_file(files, first);
    if (!err)
        err = write_possible(files);
    files->has_failed = files->has_failed || err;
    return err;
}

bool vf_output_files_are_begun(const struct vf_output_files *files)
{
    return files->tracks != NULL;
}

int vf_output_files_cut(struct vf_output_files *files, const struct vf_cut *cut)
{
    return vf_cut_queue_push(&files->cuts, cut);
}

int vf_output_files_write(struct vf_output_files *files, unsigned track, const AVPacket *packet)
{
    int err = vf_packet_queue_push(&files->kept[track], packet);
    if (!err && files->tracks)
        err = write_possible(files);
    files->has_failed = files->has_failed || err;
    return err;
}

size_t vf_output_files_kept_bytes(const struct vf_output_files *files)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < VF_MAX_TRACKS; i++)
        bytes += files->kept[i].bytes;
    return bytes;
}

int64_t vf_output_files_present_bytes(const struct vf_output_files *files)
{
    return files->muxer ? vf_muxer_taken_bytes(files->muxer) : 0;
}

int vf_output_files_end(struct vf_output_files *files, bool is_complete)
{
    files->has_ended = true;
    int err = files->tracks && !files->has_failed ? write_possible(files) : VF_OK;
    int end_err = end_file(files, is_complete && !err && !files->has_failed);
    return err ? err : end_err;
}

void vf_output_files_finish(struct vf_output_files *files)
{
    vf_muxer_destroy(&files->muxer);
    vf_cut_queue_finish(&files->cuts);
    for (unsigned i = 0; i < VF_MAX_TRACKS; i++)
        vf_packet_queue_clear(&files->kept[i]);
}
