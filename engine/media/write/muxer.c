/* SPDX-License-Identifier: MIT */
#include "engine/media/write/muxer.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/base/new_folder.h"
#include "engine/base/text.h"
#include "engine/media/libav/error.h"
#include "engine/media/write/choice/container.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/choice/options.h"
#include "engine/media/write/choice/place.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/segment_name.h"
#include "engine/media/write/file_facts.h"
#include "engine/media/write/io.h"
#include "engine/media/write/mp4/fragment_writer.h"
#include "engine/media/write/verify/verify.h"
#include "engine/message/description_json.h"
#include "engine/node/node.h"

#define MAX_PROBLEM 256

struct track {
    AVStream *stream; /* NULL: there is no such track */
    int64_t last_dts;
    bool is_begun, has_told;
};

struct vf_muxer {
    const struct vf_output_settings *settings;
    const struct vf_output_choice *choice;
    bool must_not_replace;
    struct vf_output_io io;
    AVPacket *packet;
    struct vf_new_file file;
    struct vf_new_folder folder; /* of a list and its segments that appear when they are whole */
    struct track tracks[VF_MAX_TRACKS];
    unsigned lead;
    uint64_t frames;
    int64_t taken_bytes, reached_us;
    bool is_opened, is_started, is_finished, has_written, has_failed;
    bool is_partial_list;                /* it names the last of its segments only */
    bool is_crash_safe;                  /* the file is playable whenever its writer is killed */
    struct vf_fragment_writer fragments; /* of such a file */
    struct vf_census census;             /* of what was written */
    json_t *files;                       /* that belong to a list */
    char problem[MAX_PROBLEM];           /* with the file; "": none is known */
};

_Static_assert(VF_FRAGMENT_MAX_TRACKS == VF_MAX_TRACKS, "a fragment is of all tracks");
_Static_assert(VF_CENSUS_TRACKS == VF_MAX_TRACKS, "a census is of all tracks");

/* Returns VF_END where the task is to stop at once: then it is no failure. */
static int fail(struct vf_muxer *muxer, const char *what, int code)
{
    const char *path = muxer->file.path;
    const char *culprit = vf_output_io_culprit(&muxer->io);
    bool is_given_up = code == AVERROR_EXIT && vf_node_stop_requested(muxer->io.run);
    if (muxer->has_failed)
        return is_given_up ? VF_END : vf_media_error(code);
    muxer->has_failed = true;
    if (code == AVERROR(ETIMEDOUT) && muxer->choice->is_stream)
        vf_log(VF_LOG_ERROR, "cannot %s %s: nothing was taken for %g s", what, path,
               (double)muxer->settings->timeout_ns / VF_NS_PER_S);
    else if (is_given_up)
        vf_log(VF_LOG_INFO, "%s is given up: the flow is to stop at once", path);
    else if (culprit && strcmp(culprit, path) != 0)
        vf_log(VF_LOG_ERROR, "cannot %s %s: %s: %s", what, path, culprit,
               vf_media_error_text(code).text);
    else
        vf_log(VF_LOG_ERROR, "cannot %s %s: %s", what, path, vf_media_error_text(code).text);
    return is_given_up ? VF_END : vf_media_error(code);
}

static int find_list(struct vf_muxer *muxer, const char *path)
{
    int err = vf_new_file_init_direct(&muxer->file, path);
    if (!err && !vf_output_is_stream(path) && muxer->must_not_replace && access(path, F_OK) == 0)
        err = vf_new_file_refuse(&muxer->file);
    return err;
}

/* A list has no provisional name of its own: gather_list() */
static int find_place(struct vf_muxer *muxer, const char *path)
{
    const char *name = vf_output_is_stream(path) ? path : vf_file_place_path(path);
    if (vf_output_is_stream(path) || vf_output_opens_itself(muxer->choice->container))
        return find_list(muxer, name);
    int err = vf_new_file_init(&muxer->file, name, muxer->must_not_replace);
    muxer->file.is_durable = muxer->settings->verify > VF_OUTPUT_VERIFY_COUNTS;
    return err;
}

static int open_output(struct vf_muxer *muxer)
{
    struct vf_new_file *file = &muxer->file;
    if (vf_output_is_standard(file->path) && isatty(STDOUT_FILENO)) {
        vf_log(VF_LOG_ERROR, "video is not written to a terminal; redirect standard output");
        return -ENOTSUP;
    }
    int err = file->way == VF_NEW_FILE_DIRECT ? VF_OK : vf_new_file_create(file);
    int code = err ? AVERROR(-err) : vf_output_io_open(&muxer->io, file);
    muxer->is_opened = code >= 0;
    if (code < 0)
        vf_new_file_remove(file);
    return code < 0 ? fail(muxer, "create", code) : VF_OK;
}

int vf_muxer_create(struct vf_muxer **muxer, const struct vf_muxer_order *order)
{
    vf_media_log_redirect();
    struct vf_muxer *made = calloc(1, sizeof(*made));
    *muxer = made;
    if (!made)
        return -ENOMEM;
    made->settings = order->settings;
    made->choice = order->choice;
    made->must_not_replace = order->run->must_not_replace;
    made->file.fd = made->file.place.folder = made->folder.place.folder = -1;
    made->io.fd = made->io.own_fd = -1;
    made->io.run = order->run;
    made->io.choice = order->choice;
    made->io.settings = order->settings;
    made->packet = av_packet_alloc();
    int err = made->packet ? find_place(made, order->path) : -ENOMEM;
    if (!err)
        err = open_output(made);
    if (err == VF_END)
        err = -ECANCELED; /* there is nothing to go on with */
    made->is_crash_safe = order->settings->crash_safe && made->file.part &&
                          vf_fragment_writer_suits(order->choice->container);
    made->fragments.settings = order->settings;
    if (err)
        vf_muxer_destroy(muxer);
    return err;
}

void vf_muxer_destroy(struct vf_muxer **muxer)
{
    if (!*muxer)
        return;
    struct vf_muxer *old = *muxer;
    if (old->is_opened && !old->is_finished) {
        struct vf_muxer_end end;
        int err = vf_muxer_finish(old, false, &end);
        (void)err; /* has been logged */
    }
    int code = vf_output_io_close(&old->io);
    (void)code; /* of what was finished, or never opened */
    vf_output_io_finish(&old->io);
    av_packet_free(&old->packet);
    vf_fragment_writer_finish(&old->fragments);
    vf_new_file_finish(&old->file);
    vf_new_folder_finish(&old->folder);
    json_decref(old->files);
    free(old);
    *muxer = NULL;
    vf_media_log_flush();
}

/* A tag names a codec within one kind of container: another kind has its own. Where it has none,
 * it may keep the old one, as Matroska does, which tells the kinds of ProRes apart by that. */
static void adapt_tag(const struct vf_muxer *muxer, AVCodecParameters *parameters)
{
    const struct AVCodecTag *const *tags = muxer->choice->container->codec_tag;
    unsigned own;
    bool is_known = !tags || av_codec_get_id(tags, parameters->codec_tag) == parameters->codec_id;
    if (!is_known && av_codec_get_tag2(tags, parameters->codec_id, &own))
        parameters->codec_tag = 0;
}

static int add_stream(struct vf_muxer *muxer, struct track *made,
                      const struct vf_media_track *track)
{
    AVStream *stream = made->stream = avformat_new_stream(muxer->io.format, NULL);
    if (!stream || avcodec_parameters_copy(stream->codecpar, track->parameters) < 0)
        return -ENOMEM;
    stream->time_base = track->time_base;
    if (track->kind == VF_TRACK_VIDEO) {
        uint32_t tag =
            vf_output_tag(muxer->choice->container, track->parameters->codec_id, muxer->settings);
        if (tag)
            stream->codecpar->codec_tag = tag;
        stream->avg_frame_rate = track->frame_rate;
        stream->sample_aspect_ratio = track->parameters->sample_aspect_ratio;
    }
    if (track->kind != VF_TRACK_VIDEO || track->is_copied)
        adapt_tag(muxer, stream->codecpar);
    struct vf_census *census = &muxer->census;
    census->tracks[census->count++] =
        (struct vf_census_track){.type = stream->codecpar->codec_type,
                                 .codec_id = (int)stream->codecpar->codec_id,
                                 .is_copied = track->kind != VF_TRACK_VIDEO || track->is_copied};
    return VF_OK;
}

static int check_written(struct vf_muxer *muxer, int code)
{
    code = vf_output_io_judge(&muxer->io, code);
    return code < 0 ? fail(muxer, "write", code) : VF_OK;
}

/* A player need not fetch the end of a file first; in what cannot be gone back to, there is no end
 * to write an index to. Other containers have no such option. */
static void set_layout(const struct vf_muxer *muxer)
{
    const AVIOContext *pb = muxer->io.format->pb;
    bool is_going_on = pb && !(pb->seekable & AVIO_SEEKABLE_NORMAL);
    (void)av_opt_set(muxer->io.format, "movflags",
                     is_going_on ? "+frag_keyframe+empty_moov+default_base_moof" : "+faststart",
                     AV_OPT_SEARCH_CHILDREN);
}

/* A list that nobody follows while it grows replaces an older one, with its segments, only when it
 * is whole. */
static int gather_list(struct vf_muxer *muxer)
{
    AVFormatContext *format = muxer->io.format;
    if (!vf_segment_name_is_beside(muxer->choice->container, muxer->settings) ||
        vf_output_is_stream(muxer->file.path) || vf_node_comes_live(muxer->io.run))
        return VF_OK;
    int err = vf_new_folder_create(&muxer->folder, muxer->file.path, muxer->must_not_replace);
    if (err == -ENOTSUP)
        return VF_OK;
    char *url = err ? NULL : vf_output_url(muxer->folder.part);
    if (url) {
        av_free(format->url);
        format->url = av_strdup(url);
        free(url);
    }
    if (!err && (!url || !format->url))
        err = -ENOMEM;
    return err ? fail(muxer, "create", AVERROR(-err)) : VF_OK;
}

static int name_segments(const struct vf_muxer *muxer)
{
    char *pattern;
    AVFormatContext *format = muxer->io.format;
    int err =
        vf_segment_name_make(muxer->choice->container, muxer->settings, format->url, &pattern);
    if (pattern && av_opt_set(format, "hls_segment_filename", pattern, AV_OPT_SEARCH_CHILDREN) < 0)
        err = -ENOMEM;
    free(pattern);
    return err;
}

/* A list that was followed while the process before wrote it goes on, after a mark that what follows
 * does not continue what is there: whoever plays it would not find the frames in one that begins
 * again. */
static int continue_list(const struct vf_muxer *muxer)
{
    AVFormatContext *format = muxer->io.format;
    if (!muxer->io.run->is_restarted || muxer->folder.part ||
        !vf_segment_name_may_continue(muxer->choice->container, muxer->settings))
        return VF_OK;
    int code = av_opt_set(format, "hls_flags", "+append_list", AV_OPT_SEARCH_CHILDREN);
    return code < 0 ? -ENOMEM : VF_OK;
}

/* Returns whether a list names the last of its segments only. */
static bool is_partial_list(const AVFormatContext *format)
{
    int64_t size = 0;
    bool is_dash = strcmp(format->oformat->name, "dash") == 0;
    const char *option = is_dash ? "window_size" : "hls_list_size";
    int code = av_opt_get_int((void *)(uintptr_t)format, option, AV_OPT_SEARCH_CHILDREN, &size);
    return code >= 0 && size > 0;
}

static int write_header(struct vf_muxer *muxer)
{
    char text[512];
    const struct vf_output_problem problem = {text, sizeof(text)};
    set_layout(muxer);
    int err = gather_list(muxer);
    if (err)
        return err;
    err = vf_output_set_container(muxer->io.format, muxer->settings, &problem);
    if (err) {
        vf_log(VF_LOG_ERROR, "%s", text);
        return err;
    }
    err = name_segments(muxer);
    muxer->is_partial_list = muxer->folder.part && is_partial_list(muxer->io.format);
    if (!err)
        err = continue_list(muxer);
    if (!err)
        err = vf_new_file_empty(&muxer->file);
    int code = err ? AVERROR(-err) : 0;
    if (code >= 0 && muxer->is_crash_safe)
        code = vf_fragment_writer_begin(&muxer->fragments, muxer->io.format);
    vf_output_io_allow(&muxer->io);
    if (code >= 0)
        code = avformat_write_header(muxer->io.format, NULL);
    if (code >= 0)
        code = vf_file_facts_write_pictures(muxer->io.format);
    AVFormatContext *front = vf_fragment_writer_front(&muxer->fragments);
    if (code >= 0 && front)
        code = vf_file_facts_write_pictures(front);
    code = vf_output_io_judge(&muxer->io, code);
    bool is_opening = vf_output_opens_itself(muxer->choice->container);
    return code < 0 ? fail(muxer, is_opening ? "create" : "write", code) : VF_OK;
}

static void tell_moved(struct track *track, const AVPacket *packet)
{
    if (!track->has_told)
        vf_log(VF_LOG_WARNING, "decoding times do not rise at %.3f s: packets are moved",
               (double)packet->dts * av_q2d(track->stream->time_base));
    track->has_told = true;
}

/* Containers want decoding times that rise, and never exceed the time of showing; copied
 * packets may come without, or with jumps. */
static void make_rise(const struct vf_muxer *muxer, struct track *track, AVPacket *packet)
{
    int64_t least = track->last_dts + !(muxer->choice->container->flags & AVFMT_TS_NONSTRICT);
    if (packet->dts == AV_NOPTS_VALUE)
        packet->dts = packet->pts;
    if (packet->dts == AV_NOPTS_VALUE)
        return;
    if (track->is_begun && packet->dts < least) {
        tell_moved(track, packet);
        packet->dts = least;
    }
    if (packet->pts != AV_NOPTS_VALUE && packet->pts < packet->dts)
        packet->pts = packet->dts;
    track->is_begun = true;
    track->last_dts = packet->dts;
}

static int write_packet(struct vf_muxer *muxer, struct track *track, const AVPacket *packet)
{
    if (av_packet_ref(muxer->packet, packet) < 0)
        return -ENOMEM;
    av_packet_rescale_ts(muxer->packet, packet->time_base, track->stream->time_base);
    muxer->packet->time_base = track->stream->time_base;
    muxer->packet->stream_index = track->stream->index;
    muxer->packet->pos = -1;
    make_rise(muxer, track, muxer->packet);
    vf_census_add(&muxer->census.tracks[track->stream->index], muxer->packet,
                  track->stream->time_base);
    vf_output_io_allow(&muxer->io);
    muxer->has_written = muxer->has_written || track == &muxer->tracks[muxer->lead];
    int code = muxer->is_crash_safe
                   ? vf_fragment_writer_add(&muxer->fragments, (unsigned)track->stream->index,
                                            muxer->packet)
                   : av_interleaved_write_frame(muxer->io.format, muxer->packet);
    av_packet_unref(muxer->packet);
    return check_written(muxer, code);
}

/* Returns whether the header of MP4 says what only packets of the track tell. */
static bool is_told_by_packets(const struct vf_media_track *track)
{
    enum AVCodecID codec = track->parameters->codec_id;
    return codec == AV_CODEC_ID_AC3 || codec == AV_CODEC_ID_EAC3 || codec == AV_CODEC_ID_TRUEHD;
}

/* In fragments of MP4, libav does not keep how long a subtitle is shown; and their header comes
 * with the first of them. */
static void give_up_fragments(struct vf_muxer *muxer, const struct vf_media_tracks *tracks)
{
    const char *why = NULL;
    for (unsigned i = 0; i < tracks->count && !why; i++) {
        const struct vf_media_track *track = &tracks->items[i];
        if (track->parameters && track->kind == VF_TRACK_SUBTITLES)
            why = "has subtitles";
        else if (track->parameters && track->is_late && is_told_by_packets(track))
            why = "has sound that begins late";
    }
    if (!muxer->is_crash_safe || !why || !vf_container_traits(muxer->choice->container)->is_mp4)
        return;
    muxer->is_crash_safe = false;
    vf_log(VF_LOG_INFO, "%s %s: it can be played only when it is whole", muxer->file.path, why);
}

static int describe(struct vf_muxer *muxer, const struct vf_media_tracks *tracks,
                    const struct vf_muxer_range *range)
{
    AVStream *streams[VF_MAX_TRACKS];
    for (unsigned i = 0; i < tracks->count; i++)
        streams[i] = muxer->tracks[i].stream;
    const struct vf_file_facts_order order = {muxer->settings, tracks, streams, *range};
    return vf_file_facts_describe(muxer->io.format, &order);
}

/* A fragment has its tracks in the order of the streams, as the muxer writes them. */
static void note_in_fragment(struct vf_muxer *muxer, size_t place, enum vf_track_kind kind)
{
    struct vf_fragment *fragment = &muxer->fragments.fragment;
    unsigned number = (unsigned)muxer->tracks[place].stream->index;
    fragment->tracks[number].is_sparse = kind == VF_TRACK_SUBTITLES;
    if (place == muxer->lead)
        fragment->lead = number;
}

/* Adds the streams of a kind, in the order of their numbers. */
static int add_streams(struct vf_muxer *muxer, const struct vf_media_tracks *tracks,
                       enum vf_track_kind kind)
{
    int err = VF_OK;
    for (unsigned number = 0; number < tracks->count && !err; number++) {
        const struct vf_media_track *track = vf_media_tracks_find(tracks, kind, number);
        if (!track)
            continue;
        size_t place = (size_t)(track - tracks->items);
        err = add_stream(muxer, &muxer->tracks[place], track);
        if (!err)
            note_in_fragment(muxer, place, kind);
    }
    return err;
}

int vf_muxer_start(struct vf_muxer *muxer, const struct vf_media_tracks *tracks,
                   const struct vf_muxer_range *range)
{
    int err = VF_OK;
    muxer->lead = tracks->lead;
    give_up_fragments(muxer, tracks);
    for (unsigned kind = 0; kind < VF_TRACK_KINDS && !err; kind++)
        err = add_streams(muxer, tracks, (enum vf_track_kind)kind);
    if (!err)
        err = describe(muxer, tracks, range);
    if (!err)
        err = write_header(muxer);
    muxer->is_started = !err;
    return err;
}

bool vf_muxer_is_started(const struct vf_muxer *muxer)
{
    return muxer->is_started;
}

/* Notes how far the file reaches. */
static void note_lead(struct vf_muxer *muxer, const AVPacket *packet)
{
    int64_t start = packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts;
    muxer->frames++;
    if (start == AV_NOPTS_VALUE)
        return;
    int64_t end_us = av_rescale_q(start + packet->duration, packet->time_base, AV_TIME_BASE_Q);
    if (end_us > muxer->reached_us)
        muxer->reached_us = end_us;
}

int vf_muxer_write(struct vf_muxer *muxer, unsigned track, const AVPacket *packet)
{
    if (track == muxer->lead)
        note_lead(muxer, packet);
    muxer->taken_bytes += packet->size;
    return write_packet(muxer, &muxer->tracks[track], packet);
}

uint64_t vf_muxer_frame_count(const struct vf_muxer *muxer)
{
    return muxer->frames;
}

int64_t vf_muxer_reached_us(const struct vf_muxer *muxer)
{
    return muxer->reached_us;
}

int64_t vf_muxer_taken_bytes(const struct vf_muxer *muxer)
{
    return muxer->taken_bytes;
}

const char *vf_muxer_path(const struct vf_muxer *muxer)
{
    return muxer->file.path;
}

const char *vf_muxer_part(const struct vf_muxer *muxer)
{
    return muxer->file.part;
}

/* What cannot tell its size has been written from its beginning to where it is. */
static int64_t size_of(AVIOContext *pb)
{
    int64_t size = pb ? avio_size(pb) : -1;
    return size < 0 && pb ? avio_tell(pb) : size;
}

static int write_end(struct vf_muxer *muxer, int64_t *size_bytes)
{
    int code = 0;
    vf_output_io_allow(&muxer->io);
    if (muxer->is_started && muxer->is_crash_safe && !muxer->has_failed)
        code = vf_fragment_writer_end(&muxer->fragments);
    int end_code = muxer->is_started ? av_write_trailer(muxer->io.format) : 0;
    *size_bytes = size_of(muxer->io.format->pb);
    if (code >= 0)
        code = end_code;
    code = vf_output_io_judge(&muxer->io, code);
    int close_code = vf_output_io_close(&muxer->io);
    if (code >= 0)
        code = close_code;
    return code < 0 ? fail(muxer, "write", code) : VF_OK;
}

/* Of a file that is not whole: says where it is, under a name that tells. */
static void keep_part(struct vf_muxer *muxer, struct vf_muxer_end *end)
{
    const struct vf_new_folder *folder = &muxer->folder;
    const struct vf_new_file *file = &muxer->file;
    int err = folder->part ? vf_new_folder_keep_part(&muxer->folder)
                           : vf_new_file_keep_part(&muxer->file);
    (void)err; /* has been logged, and it is somewhere */
    end->kept = folder->part ? folder->part : file->part ? file->part : file->path;
    end->has_older = folder->part ? folder->place.is_there : file->part && file->place.is_there;
}

static void remove_output(struct vf_muxer *muxer)
{
    if (muxer->folder.part)
        vf_new_folder_remove(&muxer->folder);
    else
        vf_new_file_remove(&muxer->file);
}

/* Lists the files in the folder of a list, as they are going to be called. */
static void list_files(struct vf_muxer *muxer)
{
    const char *part = muxer->folder.part, *path = muxer->file.path;
    char *inside = strdup(part), *slash = inside ? strrchr(inside, '/') : NULL;
    const char *own_slash = strrchr(path, '/');
    int length = own_slash ? (int)(own_slash + 1 - path) : 0;
    DIR *folder = NULL;
    if (slash) {
        *slash = '\0';
        folder = opendir(inside);
    }
    muxer->files = folder ? json_array() : NULL;
    for (const struct dirent *entry; folder && (entry = readdir(folder));) {
        char *name =
            entry->d_name[0] == '.' ? NULL : vf_text_format("%.*s%s", length, path, entry->d_name);
        if (name)
            json_array_append_new(muxer->files, vf_text_to_json(name, strlen(name)));
        free(name);
    }
    if (folder)
        closedir(folder);
    free(inside);
}

static int publish(struct vf_muxer *muxer)
{
    return muxer->folder.part ? vf_new_folder_publish(&muxer->folder)
                              : vf_new_file_publish(&muxer->file);
}

/* Streams have gone, and lists that are followed are others' already. */
static bool can_be_read_again(const struct vf_muxer *muxer)
{
    return muxer->folder.part || muxer->file.way != VF_NEW_FILE_DIRECT;
}

/* Looks whether the file is what was written, before it gets its name. */
static int verify(struct vf_muxer *muxer, struct vf_muxer_end *end)
{
    const struct vf_new_folder *folder = &muxer->folder;
    const struct vf_new_file *file = &muxer->file;
    const struct vf_verify_order order = {
        .run = muxer->io.run,
        .container = muxer->choice->container,
        .level = muxer->settings->verify,
        .path = folder->part ? folder->part
                : file->part ? file->part
                             : file->path,
        .written = &muxer->census,
        .size_bytes = end->size_bytes,
        .is_list = folder->part,
        .is_partial_list = muxer->is_partial_list,
    };
    if (order.level == VF_OUTPUT_VERIFY_NONE)
        return VF_OK;
    if (!can_be_read_again(muxer)) {
        if (order.level > VF_OUTPUT_VERIFY_COUNTS)
            vf_log(VF_LOG_WARNING, "%s cannot be read again: only its packets were counted",
                   file->path);
        return VF_OK;
    }
    int err = vf_verify_file(&order, muxer->problem, sizeof(muxer->problem));
    end->is_verified = !err;
    if (err == VF_END)
        snprintf(muxer->problem, sizeof(muxer->problem), "it was not verified to its end");
    muxer->has_failed = err;
    return err;
}

static void tell_problem(const struct vf_muxer *muxer, struct vf_muxer_end *end)
{
    end->problem = muxer->problem;
    vf_log(VF_LOG_ERROR, "%s is not what was written: %s", end->kept, muxer->problem);
}

int vf_muxer_finish(struct vf_muxer *muxer, bool is_complete, struct vf_muxer_end *end)
{
    *end = (struct vf_muxer_end){.size_bytes = -1};
    muxer->is_finished = true;
    int err = write_end(muxer, &end->size_bytes);
    bool is_orderly =
        is_complete || vf_node_end_reason(muxer->io.run) == VF_END_INTERRUPTED; /* no haste */
    if (muxer->has_written && muxer->is_crash_safe && is_orderly && !muxer->has_failed)
        vf_fragment_writer_put_in_order(&muxer->fragments, &muxer->file, &end->size_bytes);
    if (muxer->has_written && is_complete && !muxer->has_failed)
        err = verify(muxer, end);
    if (!muxer->has_written) {
        remove_output(muxer);
    } else if (is_complete && !muxer->has_failed) {
        if (muxer->folder.part)
            list_files(muxer);
        err = publish(muxer);
    } else {
        keep_part(muxer, end);
    }
    end->files = muxer->files;
    if (muxer->problem[0])
        tell_problem(muxer, end);
    for (unsigned i = 0; i < muxer->census.count; i++)
        end->packets += muxer->census.tracks[i].packets;
    if (end->size_bytes < 0)
        end->size_bytes = -1;
    return err;
}
