/* SPDX-License-Identifier: MIT */
/* video_writer - encodes frames, and copies compressed sound, into a file. */
#include <errno.h>
#include <inttypes.h>

#include "engine/base/log.h"
#include "engine/media/encoder.h"
#include "engine/media/media_options.h"
#include "engine/media/media_packet.h"
#include "engine/media/muxer.h"
#include "engine/media/output_choice.h"
#include "engine/node/node.h"

#define VIDEO 0
#define AUDIO 1
#define MAX_PROBLEM 512

/* How much is kept in memory while the first sound is awaited. */
#define MAX_KEPT_BYTES (256u << 20)

struct video_writer {
    struct vf_output_choice choice;
    struct vf_encoder *encoder; /* from the first frame on */
    struct vf_muxer *muxer;     /* until the file is finished */
    uint64_t frames;
    int width, height;
    bool is_sound_known; /* what it is, or that there is none */
    bool has_sound, has_told_late, has_failed;
};

static const struct vf_option options[] = {
    {"path", "File to write; its ending tells the container",
     VF_OUTPUT_PATH(struct vf_output_settings, path)},
    {"codec",
     "Encoder or codec by libavcodec's name; auto: H.264 for .mp4, .mkv and .mov, what "
     "the container is used with otherwise",
     VF_TEXT(struct vf_output_settings, codec), .fallback = "auto"},
    {"preset", "Speed against size, by the encoder's own names, such as ultrafast or slow",
     VF_TEXT(struct vf_output_settings, preset), .fallback = ""},
    {"crf", "Constant quality, lower is better; -1: the encoder's own",
     VF_NUMBER(struct vf_output_settings, crf), .fallback = "-1", VF_RANGE(-1, 255)},
    {"bitrate", "Mean bit rate, such as 2M; 0: the encoder's own",
     VF_BIT_RATE(struct vf_output_settings, bit_rate), .fallback = "0", VF_RANGE(0, 1e12),
     .unit = "bits a second"},
    {"threads",
     "Threads that encode; 0: as many as there are cores, half as many for small pictures with a "
     "quick "
     "preset",
     VF_INTEGER(struct vf_output_settings, threads), .fallback = "0", VF_RANGE(0, 256)},
    {"pixel_format", "Pixel format to encode; empty: the input's, or the nearest to it",
     VF_PIXEL_FORMAT(struct vf_output_settings, pixel_format), .fallback = ""},
    {"options", "Any options of the encoder and of the container, by libav's names",
     VF_MAP(struct vf_output_settings, options), .fallback = "{}"},
    {"crash_safe",
     "What a killed writer leaves can be played, but for its last second or so; for that, slow "
     "presets look ahead for a second only (some 6 % more bytes at 25 frames a second), and MP4 is "
     "copied when it is finished (twice the space for that time)",
     VF_BOOLEAN(struct vf_output_settings, crash_safe), .fallback = "true"},
};

static int video_writer_check(const void *values, char *problem, size_t problem_size)
{
    struct vf_output_choice choice;
    return vf_output_choose(&choice, values, problem, problem_size);
}

static int video_writer_open(struct vf_node_run *run)
{
    struct video_writer *writer = run->state;
    char problem[MAX_PROBLEM];
    int err = vf_output_choose(&writer->choice, run->options, problem, sizeof(problem));
    if (err) {
        vf_log(VF_LOG_ERROR, "%s", problem);
        return err;
    }
    writer->is_sound_known = !run->is_connected[AUDIO];
    return vf_muxer_create(&writer->muxer, &writer->choice, run->options, run->must_not_replace);
}

/* Moves what the encoder has finished into the file. */
static int drain_encoder(struct video_writer *writer)
{
    for (;;) {
        const struct AVPacket *packet = NULL;
        int err = vf_encoder_receive(writer->encoder, &packet);
        if (err)
            return err == -EAGAIN || err == VF_END ? VF_OK : err;
        err = vf_muxer_write(writer->muxer, VF_MUXER_VIDEO, packet);
        if (err)
            return err;
    }
}

static int open_encoder(struct vf_node_run *run, const struct vf_message *first)
{
    struct video_writer *writer = run->state;
    int err =
        vf_encoder_create(&writer->encoder, &writer->choice, run->options, first, run->threads);
    if (!err)
        err = vf_muxer_add_encoder(writer->muxer, vf_encoder_context(writer->encoder));
    writer->width = first->description.video.width;
    writer->height = first->description.video.height;
    return err;
}

static int take_frame(struct vf_node_run *run, const struct vf_message *frame)
{
    struct video_writer *writer = run->state;
    int err = writer->encoder ? VF_OK : open_encoder(run, frame);
    if (!err)
        err = vf_encoder_send(writer->encoder, frame);
    if (err)
        return err;
    writer->frames++;
    return drain_encoder(writer);
}

static void refuse_late_sound(struct vf_node_run *run)
{
    struct video_writer *writer = run->state;
    const struct vf_output_settings *settings = run->options;
    if (!writer->has_told_late)
        vf_node_report_error(run, "%s: sound comes too late and is left out", settings->path);
    writer->has_told_late = true;
}

static int take_sound(struct vf_node_run *run, const struct vf_message *packet)
{
    struct video_writer *writer = run->state;
    int err = VF_OK;
    if (vf_media_packet_is_none(packet)) {
        writer->is_sound_known = true;
        return VF_OK;
    }
    if (!writer->has_sound && vf_muxer_is_started(writer->muxer)) {
        refuse_late_sound(run);
        return VF_OK;
    }
    if (!writer->has_sound)
        err = vf_muxer_add_copy(writer->muxer, packet);
    writer->has_sound = writer->is_sound_known = true;
    return err ? err : vf_muxer_copy(writer->muxer, packet);
}

/* The header says what the file holds, so it waits for the first sound; but not for ever. */
static int start_when_ready(struct video_writer *writer)
{
    bool is_ready = writer->encoder &&
                    (writer->is_sound_known || vf_muxer_kept_bytes(writer->muxer) > MAX_KEPT_BYTES);
    if (!is_ready || vf_muxer_is_started(writer->muxer))
        return VF_OK;
    return vf_muxer_start(writer->muxer);
}

static int video_writer_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct video_writer *writer = run->state;
    int err = VF_OK;
    if (inputs[VIDEO])
        err = take_frame(run, inputs[VIDEO]);
    if (!err && inputs[AUDIO])
        err = take_sound(run, inputs[AUDIO]);
    if (!err)
        err = start_when_ready(writer);
    writer->has_failed = writer->has_failed || err;
    return err;
}

static void report(struct vf_node_run *run, int64_t size_bytes)
{
    const struct vf_output_settings *settings = run->options;
    const struct video_writer *writer = run->state;
    char size[32] = "";
    if (size_bytes >= 1000000)
        snprintf(size, sizeof(size), ", %.1f MB", (double)size_bytes / 1e6);
    else if (size_bytes >= 0)
        snprintf(size, sizeof(size), ", %.1f kB", (double)size_bytes / 1e3);
    uint64_t moved = vf_encoder_moved_count(writer->encoder);
    if (moved)
        vf_log(VF_LOG_WARNING, "time stamps that were moved to make them rise: %" PRIu64, moved);
    vf_node_report_output(run, "%s: %" PRIu64 " frames, %dx%d %s%s%s", settings->path,
                          writer->frames, writer->width, writer->height,
                          vf_output_codec_name(&writer->choice),
                          writer->has_sound ? " with sound" : "", size);
}

static int write_rest(struct video_writer *writer)
{
    int err = vf_encoder_send(writer->encoder, NULL);
    if (!err)
        err = drain_encoder(writer);
    if (!err && !vf_muxer_is_started(writer->muxer))
        err = vf_muxer_start(writer->muxer);
    return err;
}

static int refuse_nothing(struct vf_node_run *run)
{
    const struct vf_output_settings *settings = run->options;
    if (vf_node_end_reason(run) == VF_END_FAILED)
        return VF_OK; /* somebody has said why */
    vf_log(VF_LOG_ERROR, "%s is not written: no frame has come", settings->path);
    return vf_node_end_reason(run) == VF_END_COMPLETE ? -ENODATA : VF_OK;
}

/* Finishes the file as far as it goes, whatever ended it. */
static int finish(struct vf_node_run *run)
{
    struct video_writer *writer = run->state;
    if (!writer->muxer)
        return VF_OK;
    bool is_empty = !writer->encoder && !writer->has_failed;
    int64_t size_bytes = -1;
    int err = writer->encoder && !writer->has_failed ? write_rest(writer) : VF_OK;
    bool is_complete = !err && !writer->has_failed && vf_node_end_reason(run) != VF_END_FAILED;
    int finish_err = vf_muxer_finish(writer->muxer, is_complete, &size_bytes);
    vf_muxer_destroy(&writer->muxer);
    if (!err)
        err = finish_err;
    if (is_empty)
        err = refuse_nothing(run);
    else if (!err && is_complete)
        report(run, size_bytes);
    return err;
}

static int video_writer_flush(struct vf_node_run *run)
{
    return finish(run);
}

static void video_writer_close(struct vf_node_run *run)
{
    struct video_writer *writer = run->state;
    int err = finish(run);
    (void)err; /* has been logged */
    vf_encoder_destroy(&writer->encoder);
}

const struct vf_node vf_node_video_writer = {
    .name = "video_writer",
    .summary = "Encode frames, and copy compressed sound, into a file.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  out:\n"
               "    type: video_writer\n"
               "    inputs: {video: reader, audio: reader.audio}\n"
               "    path: out.mp4\n"
               "    preset: slow\n"
               "    crf: 20\n",
    .kind = VF_CONSUMER,
    .takes = VF_TAKES_EACH,
    .is_stateful = true,
    .holds = VF_ENCODER_HOLDS,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames to encode"},
                       {.name = "audio",
                        .type = VF_PORT_PACKET,
                        .help = "Packets of sound to copy",
                        .is_optional = true}),
    .options_size = sizeof(struct vf_output_settings),
    .state_size = sizeof(struct video_writer),
    .check = video_writer_check,
    .open = video_writer_open,
    .consume = video_writer_consume,
    .flush = video_writer_flush,
    .close = video_writer_close,
};
