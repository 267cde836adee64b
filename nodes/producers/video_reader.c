/* SPDX-License-Identifier: MIT */
/* video_reader - reads the frames, and the compressed sound, of a file or a stream. */
#include <errno.h>
#include <sys/stat.h>

#include "engine/base/log.h"
#include "engine/media/decoder.h"
#include "engine/media/demuxer.h"
#include "engine/media/media_frame.h"
#include "engine/media/media_packet.h"
#include "engine/media/media_probe.h"
#include "engine/media/media_source.h"
#include "engine/media/packet_queue.h"
#include "engine/media/reading_place.h"
#include "engine/media/reading_sound.h"
#include "engine/node/node.h"
#include "nodes/pacer.h"

#define NS_PER_US 1000
#define VIDEO 0
#define AUDIO 1

/* How far behind the last wanted frame sound for it may stand in a file. */
#define INTERLEAVING_US 10000000

enum pace { PACE_AUTO, PACE_TRUE, PACE_FALSE };

struct video_reader_options {
    char *path;
    int64_t start, duration, frames, timeout;
    int threads;
    enum pace pace;
    struct vf_reconnect_option reconnect;
};

struct video_reader {
    struct vf_media_source source;
    struct vf_packet_queue audio; /* read, and not yet known to be wanted */
    struct vf_reading_place place;
    int64_t limit_us;   /* where the range ends, counted from its start */
    int64_t reached_us; /* end of the last frame that was emitted */
    int64_t emitted;
    struct vf_pacer pacer;
    bool is_begun, is_draining, is_video_done, is_audio_done;
};

static const struct vf_option options[] = {
    {"path", "File or URL to read; anything libavformat opens",
     VF_INPUT_PATH(struct video_reader_options, path)},
    {"start", "Where to begin, exact to the frame", VF_DURATION(struct video_reader_options, start),
     .fallback = "0", .minimum = 0, .maximum = 1e9},
    {"duration", "How much to read; 0: up to the end",
     VF_DURATION(struct video_reader_options, duration), .fallback = "0", .minimum = 0,
     .maximum = 1e9},
    {"frames", "How many frames to read at most; 0: all",
     VF_INTEGER64(struct video_reader_options, frames), .fallback = "0", .minimum = 0,
     .maximum = 1e15},
    {"threads",
     "Threads that decode; 0: as many as there are cores, and one more where other tasks compute, "
     "too",
     VF_INTEGER(struct video_reader_options, threads), .fallback = "0", VF_RANGE(0, 256)},
    {"pace", "Keep to the clock, as a camera does: each frame comes when its time stamp is due",
     VF_CHOICE(struct video_reader_options, pace,
               {"auto", PACE_AUTO, "A file in a realtime flow does, anything else comes at once"},
               {"true", PACE_TRUE, "Keep to the clock"},
               {"false", PACE_FALSE, "As fast as it can be read"}),
     .fallback = "auto"},
    {"reconnect",
     "Whether a live source is connected again, or {initial: 1s, max: 30s, attempts: 0}",
     VF_RECONNECT(struct video_reader_options, reconnect), .fallback = "auto"},
    {"timeout", "How long a live source may be silent before it counts as gone; 0: for ever",
     VF_DURATION(struct video_reader_options, timeout), .fallback = "10s", VF_RANGE(0, 1e6)},
};

static int video_reader_check(const void *values, char *problem, size_t problem_size)
{
    const struct video_reader_options *asked = values;
    struct vf_reconnect_wish wish;
    return vf_reconnect_option_read(&asked->reconnect, &wish, problem, problem_size);
}

static unsigned count_threads(const struct video_reader_options *asked, unsigned usual)
{
    return asked->threads ? (unsigned)asked->threads : usual;
}

/* Of a file the headers tell. To look into anything else would take time, and might take data
 * away from the reader. */
static void video_reader_forecast(struct vf_foresight *foresight)
{
    const struct video_reader_options *asked = foresight->options;
    struct vf_media_outlook outlook;
    struct stat status;
    if (stat(asked->path, &status) != 0 || !S_ISREG(status.st_mode) ||
        vf_media_probe(asked->path, count_threads(asked, foresight->threads), &outlook) < 0)
        return;
    foresight->outputs[VIDEO] = outlook.video;
    if (foresight->is_read[AUDIO])
        foresight->outputs[AUDIO] = outlook.audio;
    if (outlook.keeps)
        foresight->keeps = outlook.keeps;
}

static void expect_frames(struct vf_node_run *run)
{
    const struct video_reader_options *asked = run->options;
    const struct video_reader *reader = run->state;
    uint64_t count =
        vf_demuxer_frame_count(reader->source.demuxer, reader->place.start_us, reader->limit_us);
    uint64_t limit = (uint64_t)asked->frames;
    if (limit && (count == 0 || count > limit))
        count = limit;
    if (count)
        vf_node_expect(run, count);
}

/* Goes to the start, or behind what an earlier process has made. What comes live cannot be read
 * again, and goes on. */
static int find_place(struct vf_node_run *run)
{
    const struct video_reader_options *asked = run->options;
    struct video_reader *reader = run->state;
    struct vf_reading_place *place = &reader->place;
    uint64_t made = vf_node_made(run, VIDEO)->count, limit = (uint64_t)asked->frames;
    bool is_file = vf_demuxer_is_file(reader->source.demuxer);
    bool is_joined = made && vf_demuxer_is_live(reader->source.demuxer);
    *place = (struct vf_reading_place){
        .demuxer = reader->source.demuxer,
        .decoder = reader->source.decoder,
        .start_us = is_joined ? 0 : asked->start / NS_PER_US,
    };
    if (is_file) {
        place->video.made = *vf_node_made(run, VIDEO);
        place->audio.made = *vf_node_made(run, AUDIO);
    }
    int err = vf_reading_place_find(place, !limit || made < limit);
    if (!is_file || place->video.is_by_time)
        reader->emitted = (int64_t)made;
    reader->is_begun = vf_node_made(run, AUDIO)->count > 0;
    run->is_repeating = vf_reading_place_is_repeating(place);
    return err;
}

static int video_reader_open(struct vf_node_run *run)
{
    const struct video_reader_options *asked = run->options;
    struct video_reader *reader = run->state;
    reader->source = (struct vf_media_source){
        .run = run,
        .path = asked->path,
        .wants_audio = vf_node_is_read(run, AUDIO),
        .threads = count_threads(asked, run->threads),
        .patience_ns = asked->timeout,
        .asked = &asked->reconnect,
    };
    int err = vf_media_source_open(&reader->source, vf_node_made(run, VIDEO));
    if (!err)
        err = find_place(run);
    if (err)
        return err;
    reader->limit_us = asked->duration ? asked->duration / NS_PER_US : INT64_MAX;
    reader->reached_us = INT64_MIN;
    reader->is_audio_done = !vf_demuxer_audio(reader->source.demuxer);
    /* What comes live has a pace of its own; to hold it back would only make it late. */
    bool is_camera =
        asked->pace == PACE_AUTO && run->is_realtime && vf_demuxer_is_file(reader->source.demuxer);
    reader->pacer.is_on = asked->pace == PACE_TRUE || is_camera;
    expect_frames(run);
    return VF_OK;
}

static int emit(struct vf_node_run *run, unsigned port, struct vf_message **message)
{
    int err = vf_node_emit(run, port, message);
    vf_message_destroy(message);
    return err == VF_DROPPED ? VF_OK : err;
}

/* Emits the sound of which it is known by now whether it lies in the range. */
static int emit_decided_audio(struct vf_node_run *run)
{
    const struct video_reader_options *asked = run->options;
    struct video_reader *reader = run->state;
    if (!reader->is_video_done && !reader->place.is_settled)
        return VF_OK; /* it may be sought once more */
    bool is_open = asked->frames && !reader->is_video_done;
    return vf_reading_sound_emit(&reader->place, &reader->audio,
                                 is_open ? reader->reached_us : INT64_MAX, reader->limit_us, run,
                                 AUDIO);
}

/* Begins once more, further back. */
static void begin_again(struct video_reader *reader)
{
    vf_packet_queue_clear(&reader->audio);
    reader->is_draining = false;
    reader->is_audio_done = !vf_demuxer_audio(reader->source.demuxer);
}

static void finish_video(struct video_reader *reader, int64_t limit_us)
{
    reader->is_video_done = true;
    if (limit_us < reader->limit_us)
        reader->limit_us = limit_us;
}

static void count_frame(struct vf_node_run *run)
{
    const struct video_reader_options *asked = run->options;
    struct video_reader *reader = run->state;
    if (++reader->emitted == asked->frames)
        finish_video(reader, reader->reached_us);
}

static int emit_frame(struct vf_node_run *run, struct vf_message **frame)
{
    struct video_reader *reader = run->state;
    int err = vf_pacer_wait(&reader->pacer, run, *frame);
    if (err)
        return err;
    reader->reached_us = vf_media_end_us(*frame);
    err = emit(run, VIDEO, frame);
    if (!err)
        count_frame(run);
    return err;
}

/* A frame has been decoded that finds no room. */
static int drop_frame(struct vf_node_run *run)
{
    struct video_reader *reader = run->state;
    int err = vf_pacer_wait_lost(&reader->pacer, run);
    if (!err)
        err = vf_node_drop(run, VIDEO);
    if (!err)
        count_frame(run);
    return err;
}

/* A frame has been decoded; NULL: and was lost. */
static int judge_frame(struct vf_node_run *run, struct vf_message **frame)
{
    struct video_reader *reader = run->state;
    switch (vf_reading_place_judge(&reader->place, *frame)) {
    case VF_READING_MISSED:
        begin_again(reader);
        return VF_OK;
    case VF_READING_REPEATED:
        if (*frame)
            reader->reached_us = vf_media_end_us(*frame);
        if (!reader->place.video.is_by_time)
            count_frame(run);
        return VF_OK;
    case VF_READING_NEW:
        break;
    }
    run->is_repeating = false;
    vf_media_source_note_frame(&reader->source);
    if (!*frame)
        return drop_frame(run);
    if (vf_media_start_us(*frame) < reader->limit_us)
        return emit_frame(run, frame);
    finish_video(reader, reader->limit_us);
    return VF_OK;
}

/* Waits for a live source to come back. */
static int read_again(struct video_reader *reader)
{
    int err = vf_media_source_reopen(&reader->source);
    if (err)
        return err;
    begin_again(reader);
    vf_reading_place_join(&reader->place, reader->source.demuxer, reader->source.decoder);
    return VF_OK;
}

/* The decoder has given its last frame. */
static int end_video(struct video_reader *reader)
{
    if (vf_media_source_returns(&reader->source))
        return read_again(reader);
    if (vf_reading_place_is_missed_at_end(&reader->place))
        begin_again(reader);
    else
        finish_video(reader, INT64_MAX);
    return VF_OK;
}

/* Emits the next frame. Returns -EAGAIN when more must be read first. */
static int decode(struct vf_node_run *run)
{
    struct video_reader *reader = run->state;
    struct vf_message *frame = NULL;
    int err = vf_decoder_receive(reader->source.decoder, &frame);
    if (err == VF_OK || err == VF_DROPPED)
        err = judge_frame(run, &frame);
    else if (err == VF_END)
        err = end_video(reader);
    vf_message_destroy(&frame);
    return err;
}

static int take_packet(struct video_reader *reader, enum vf_demuxer_stream stream,
                       const struct AVPacket *packet)
{
    int64_t time_us = vf_media_packet_start_us(packet);
    bool is_beyond = reader->is_video_done && reader->limit_us != INT64_MAX;
    if (stream == VF_DEMUXER_AUDIO) {
        reader->is_audio_done = is_beyond && time_us >= reader->limit_us;
        vf_reading_place_note_audio(&reader->place, packet);
        return vf_packet_queue_push(&reader->audio, packet);
    }
    if (!reader->is_video_done)
        return vf_decoder_send(reader->source.decoder, packet);
    reader->is_audio_done = is_beyond && time_us - INTERLEAVING_US > reader->limit_us;
    return VF_OK;
}

/* Reads one packet, or finds that there are no more. */
static int read_packet(struct vf_node_run *run)
{
    struct video_reader *reader = run->state;
    enum vf_demuxer_stream stream;
    const struct AVPacket *packet = NULL;
    int err = vf_demuxer_read(reader->source.demuxer, &stream, &packet);
    if (err == VF_OK)
        return take_packet(reader, stream, packet);
    if (err != VF_END)
        return err;
    if (vf_node_stop_requested(run))
        return VF_END;
    reader->is_audio_done = true;
    if (reader->is_draining)
        return VF_OK;
    reader->is_draining = true;
    return vf_decoder_send(reader->source.decoder, NULL);
}

static int begin(struct vf_node_run *run)
{
    struct video_reader *reader = run->state;
    reader->is_begun = true;
    if (vf_demuxer_audio(reader->source.demuxer) || !vf_node_is_read(run, AUDIO))
        return VF_OK;
    vf_log(VF_LOG_INFO, "%s has no sound", vf_demuxer_path(reader->source.demuxer));
    return vf_reading_sound_announce_none(run, AUDIO);
}

static int finish(struct vf_node_run *run)
{
    const struct video_reader *reader = run->state;
    if (!reader->emitted)
        vf_node_report_error(run, "%s: no frame could be read",
                             vf_demuxer_path(reader->source.demuxer));
    return VF_END;
}

static int video_reader_next(struct vf_node_run *run)
{
    struct video_reader *reader = run->state;
    int err = reader->is_begun ? VF_OK : begin(run);
    if (!err && !reader->is_video_done)
        err = decode(run);
    if (err == -EAGAIN || (!err && reader->is_video_done && !reader->is_audio_done))
        err = read_packet(run);
    if (!err)
        err = emit_decided_audio(run);
    if (!err && reader->is_video_done && reader->is_audio_done)
        err = finish(run);
    return err;
}

static void video_reader_close(struct vf_node_run *run)
{
    struct video_reader *reader = run->state;
    vf_packet_queue_clear(&reader->audio);
    vf_media_source_close(&reader->source);
}

const struct vf_node vf_node_video_reader = {
    .name = "video_reader",
    .summary = "Read the frames, and the compressed sound, of a file or a stream.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4, start: 10s, duration: 1m}\n"
               "  out: {type: video_writer, inputs: {video: reader, audio: reader.audio}, path: "
               "minute.mp4}\n",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    .can_resume = true,
    .keeps = 24, /* 16 reference pictures, and those that wait for their turn or are in work */
    .options = VF_LIST(options),
    .outputs = VF_PORTS(
        {.name = "video", .type = VF_PORT_VIDEO, .help = "The frames of the best video stream"},
        {.name = "audio", .type = VF_PORT_PACKET, .help = "The packets of the best audio stream"}),
    .options_size = sizeof(struct video_reader_options),
    .state_size = sizeof(struct video_reader),
    .check = video_reader_check,
    .forecast = video_reader_forecast,
    .open = video_reader_open,
    .next = video_reader_next,
    .close = video_reader_close,
};
