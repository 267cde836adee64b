/* SPDX-License-Identifier: MIT */
#include "engine/media/write/mp4/fragment_writer.h"

#include <errno.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/media/libav/compat.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/choice/options.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/mp4/assembly.h"
#include "engine/media/write/mp4/index.h"

/* MP4's fragments are there only until the file is finished, so they may be short; a cluster of
 * Matroska stays, and costs 18 bytes. */
#define FRAGMENT_US 250000
#define CLUSTER_US 500000

bool vf_fragment_writer_suits(const AVOutputFormat *container)
{
    return !vf_container_traits(container)->needs_end;
}

static int copy_facts(AVStream *to, const AVStream *from)
{
    const AVPacketSideData *sides = vf_compat_stream_side_data(from);
    int count = vf_compat_stream_side_data_count(from);
    for (int i = vf_compat_stream_side_data_count(to); i < count; i++) {
        uint8_t *bytes = vf_compat_new_stream_side_data(to, sides[i].type, sides[i].size);
        if (!bytes)
            return AVERROR(ENOMEM);
        memcpy(bytes, sides[i].data, sides[i].size);
    }
    if (from->attached_pic.size && av_packet_ref(&to->attached_pic, &from->attached_pic) < 0)
        return AVERROR(ENOMEM);
    return av_dict_copy(&to->metadata, from->metadata, 0);
}

static int add_streams(AVFormatContext *to, const AVFormatContext *from)
{
    for (unsigned i = 0; i < from->nb_streams; i++) {
        AVStream *stream = avformat_new_stream(to, NULL);
        if (!stream || avcodec_parameters_copy(stream->codecpar, from->streams[i]->codecpar) < 0)
            return AVERROR(ENOMEM);
        stream->time_base = from->streams[i]->time_base;
        stream->avg_frame_rate = from->streams[i]->avg_frame_rate;
        stream->sample_aspect_ratio = from->streams[i]->sample_aspect_ratio;
        stream->disposition = from->streams[i]->disposition;
        int code = copy_facts(stream, from->streams[i]);
        if (code < 0)
            return code;
    }
    to->strict_std_compliance = from->strict_std_compliance;
    return av_dict_copy(&to->metadata, from->metadata, 0);
}

static int prepare_index(struct vf_fragment_writer *writer)
{
    AVFormatContext *muxer = vf_mp4_index_muxer(writer->index);
    char text[512]; /* none: the same options have been set once already */
    const struct vf_output_problem problem = {text, sizeof(text)};
    int code = add_streams(muxer, writer->muxer);
    if (code >= 0)
        code = av_opt_set(muxer, "movflags", "+faststart", AV_OPT_SEARCH_CHILDREN);
    if (code >= 0)
        code = vf_output_set_container(muxer, writer->settings, &problem);
    return code;
}

static int begin_mp4(struct vf_fragment_writer *writer)
{
    int code = vf_mp4_index_create(&writer->index, writer->muxer->oformat);
    if (code >= 0)
        code = prepare_index(writer);
    if (code < 0)
        return code;
    if (!vf_mp4_index_is_ordinary(writer->index)) {
        vf_mp4_index_destroy(&writer->index);
        return 0;
    }
    vf_mp4_index_take_chapters(writer->index, writer->muxer);
    code = vf_mp4_index_begin(writer->index);
    if (code < 0)
        return code;
    /* The muxer makes a track of a timecode by itself: in the front, and not in the data. */
    code = av_opt_set_int(writer->muxer, "write_tmcd", 0, AV_OPT_SEARCH_CHILDREN);
    if (code < 0)
        return code;
    return av_opt_set(writer->muxer, "movflags",
                      "-faststart+frag_custom+delay_moov+default_base_moof",
                      AV_OPT_SEARCH_CHILDREN);
}

int vf_fragment_writer_begin(struct vf_fragment_writer *writer, AVFormatContext *muxer)
{
    bool is_mp4 = vf_container_traits(muxer->oformat)->has_index;
    writer->muxer = muxer;
    writer->fragment.length_us = is_mp4 ? FRAGMENT_US : CLUSTER_US;
    return is_mp4 ? begin_mp4(writer) : 0;
}

/* Hands all that the muxer holds to the system, where it stays when this process is killed. */
static int flush(struct vf_fragment_writer *writer)
{
    int code = av_interleaved_write_frame(writer->muxer, NULL);
    if (code >= 0)
        code = av_write_frame(writer->muxer, NULL);
    if (code >= 0 && !writer->has_flushed) /* the first time, MP4 writes its header only */
        code = av_write_frame(writer->muxer, NULL);
    writer->has_flushed = true;
    avio_flush(writer->muxer->pb);
    return code;
}

static int write_packet(struct vf_fragment_writer *writer, AVPacket *packet)
{
    int code = writer->index ? vf_mp4_index_add(writer->index, packet) : 0;
    return code < 0 ? code : av_interleaved_write_frame(writer->muxer, packet);
}

static int write_fragment(struct vf_fragment_writer *writer, bool is_last)
{
    int code = 0;
    vf_fragment_cut(&writer->fragment, is_last);
    for (unsigned i = 0; i < writer->fragment.track_count; i++) {
        AVPacket *packet;
        while (code >= 0 && (packet = vf_fragment_take(&writer->fragment, i))) {
            code = write_packet(writer, packet);
            av_packet_free(&packet);
        }
    }
    /* The trailer flushes what is last, and marks it: Ogg says by that where its sound ends. */
    return code < 0 || is_last ? code : flush(writer);
}

int vf_fragment_writer_add(struct vf_fragment_writer *writer, unsigned track,
                           const AVPacket *packet)
{
    int code = vf_fragment_push(&writer->fragment, track, packet);
    while (code >= 0 && vf_fragment_is_due(&writer->fragment))
        code = write_fragment(writer, false);
    return code;
}

int vf_fragment_writer_end(struct vf_fragment_writer *writer)
{
    return write_fragment(writer, true);
}

/* Puts the second version of the file together. */
static int assemble(struct vf_fragment_writer *writer, struct vf_new_file *file, int64_t *size)
{
    struct vf_mp4_front front;
    int err = vf_mp4_index_end(writer->index, &front);
    int to = err ? err : vf_new_file_second(file);
    if (to < 0)
        return to;
    err = vf_mp4_assemble(to, file->fd, &front, size);
    if (close(to) != 0 && !err)
        err = -errno;
    if (!err)
        err = vf_new_file_keep_second(file);
    if (err)
        vf_new_file_drop_second(file);
    return err;
}

void vf_fragment_writer_put_in_order(struct vf_fragment_writer *writer, struct vf_new_file *file,
                                     int64_t *size_bytes)
{
    if (!writer->index)
        return;
    int64_t size;
    int err = assemble(writer, file, &size);
    if (!err)
        *size_bytes = size;
    else
        vf_log(VF_LOG_WARNING,
               "%s can be played, but stays in fragments: it cannot be copied to get its index in "
               "front: %s",
               file->path, strerror(-err));
}

void vf_fragment_writer_finish(struct vf_fragment_writer *writer)
{
    vf_fragment_finish(&writer->fragment);
    vf_mp4_index_destroy(&writer->index);
}

AVFormatContext *vf_fragment_writer_front(const struct vf_fragment_writer *writer)
{
    return writer->index ? vf_mp4_index_muxer(writer->index) : NULL;
}
