/* SPDX-License-Identifier: MIT */
#include "nodes/video_reading.h"

#include <errno.h>

#include "engine/base/log.h"
#include "engine/media/decoder.h"
#include "engine/media/demuxer.h"
#include "engine/media/media_frame.h"
#include "engine/media/media_packet.h"
#include "engine/media/reading_sound.h"

#define NS_PER_US 1000
#define VIDEO 0
#define AUDIO 1

/* How far behind the last wanted frame sound for it may stand in a file. */
#define INTERLEAVING_US 10000000

static void expect_frames(struct vf_video_reading *reading)
{
    const struct vf_reading_options *asked = reading->asked;
    uint64_t count =
        vf_demuxer_frame_count(reading->source.demuxer, reading->place.start_us, reading->limit_us);
    uint64_t limit = (uint64_t)asked->frames;
    if (limit && (count == 0 || count > limit))
        count = limit;
    if (count)
        vf_node_expect(reading->run, count);
}

/* Goes to the start, or behind what an earlier process has made. What comes live cannot be read
 * again, and goes on. */
static int find_place(struct vf_video_reading *reading)
{
    const struct vf_reading_options *asked = reading->asked;
    struct vf_reading_place *place = &reading->place;
    uint64_t made = vf_node_made(reading->run, VIDEO)->count, limit = (uint64_t)asked->frames;
    bool is_file = vf_demuxer_is_file(reading->source.demuxer);
    bool is_joined = made && vf_demuxer_is_live(reading->source.demuxer);
    *place = (struct vf_reading_place){
        .demuxer = reading->source.demuxer,
        .decoder = reading->source.decoder,
        .start_us = is_joined ? 0 : asked->start / NS_PER_US,
    };
    if (is_file) {
        place->video.made = *vf_node_made(reading->run, VIDEO);
        place->audio.made = *vf_node_made(reading->run, AUDIO);
    }
    int err = vf_reading_place_find(place, !limit || made < limit);
    if (!is_file || place->video.is_by_time)
        reading->emitted = (int64_t)made;
    reading->is_begun = vf_node_made(reading->run, AUDIO)->count > 0;
    reading->run->is_repeating = vf_reading_place_is_repeating(place);
    return err;
}

int vf_video_reading_open(struct vf_video_reading *reading)
{
    const struct vf_reading_options *asked = reading->asked;
    reading->source = (struct vf_media_source){
        .run = reading->run,
        .path = reading->path,
        .wants_audio = vf_node_is_read(reading->run, AUDIO),
        .threads = asked->threads ? (unsigned)asked->threads : reading->run->threads,
        .patience_ns = asked->timeout,
        .asked = &asked->reconnect,
    };
    int err = vf_media_source_open(&reading->source, vf_node_made(reading->run, VIDEO));
    if (!err)
        err = find_place(reading);
    if (err)
        return err;
    reading->limit_us = asked->duration ? asked->duration / NS_PER_US : INT64_MAX;
    reading->reached_us = INT64_MIN;
    reading->is_audio_done = !vf_demuxer_audio(reading->source.demuxer);
    /* What comes live has a pace of its own; to hold it back would only make it late. */
    bool is_camera = asked->pace == VF_PACE_AUTO && reading->run->is_realtime &&
                     vf_demuxer_is_file(reading->source.demuxer);
    reading->pacer.is_on = asked->pace == VF_PACE_TRUE || is_camera;
    expect_frames(reading);
    return VF_OK;
}

static int emit(struct vf_video_reading *reading, unsigned port, struct vf_message **message)
{
    int err = vf_node_emit(reading->run, port, message);
    vf_message_destroy(message);
    return err == VF_DROPPED ? VF_OK : err;
}

/* Emits the sound of which it is known by now whether it lies in the range. */
static int emit_decided_audio(struct vf_video_reading *reading)
{
    const struct vf_reading_options *asked = reading->asked;
    if (!reading->is_video_done && !reading->place.is_settled)
        return VF_OK; /* it may be sought once more */
    bool is_open = asked->frames && !reading->is_video_done;
    return vf_reading_sound_emit(&reading->place, &reading->audio,
                                 is_open ? reading->reached_us : INT64_MAX, reading->limit_us,
                                 reading->run, AUDIO);
}

/* Begins once more, further back. */
static void begin_again(struct vf_video_reading *reading)
{
    vf_packet_queue_clear(&reading->audio);
    reading->is_draining = false;
    reading->is_audio_done = !vf_demuxer_audio(reading->source.demuxer);
}

static void finish_video(struct vf_video_reading *reading, int64_t limit_us)
{
    reading->is_video_done = true;
    if (limit_us < reading->limit_us)
        reading->limit_us = limit_us;
}

static void count_frame(struct vf_video_reading *reading)
{
    const struct vf_reading_options *asked = reading->asked;
    if (++reading->emitted == asked->frames)
        finish_video(reading, reading->reached_us);
}

static int emit_frame(struct vf_video_reading *reading, struct vf_message **frame)
{
    int err = vf_pacer_wait(&reading->pacer, reading->run, *frame);
    if (err)
        return err;
    reading->reached_us = vf_media_end_us(*frame);
    err = emit(reading, VIDEO, frame);
    if (!err)
        count_frame(reading);
    return err;
}

/* A frame has been decoded that finds no room. */
static int drop_frame(struct vf_video_reading *reading)
{
    int err = vf_pacer_wait_lost(&reading->pacer, reading->run);
    if (!err)
        err = vf_node_drop(reading->run, VIDEO);
    if (!err)
        count_frame(reading);
    return err;
}

/* A frame has been decoded; NULL: and was lost. */
static int judge_frame(struct vf_video_reading *reading, struct vf_message **frame)
{
    switch (vf_reading_place_judge(&reading->place, *frame)) {
    case VF_READING_MISSED:
        begin_again(reading);
        return VF_OK;
    case VF_READING_REPEATED:
        if (*frame)
            reading->reached_us = vf_media_end_us(*frame);
        if (!reading->place.video.is_by_time)
            count_frame(reading);
        return VF_OK;
    case VF_READING_NEW:
        break;
    }
    reading->run->is_repeating = false;
    vf_media_source_note_frame(&reading->source);
    if (!*frame)
        return drop_frame(reading);
    if (vf_media_start_us(*frame) < reading->limit_us)
        return emit_frame(reading, frame);
    finish_video(reading, reading->limit_us);
    return VF_OK;
}

/* Waits for a live source to come back. */
static int read_again(struct vf_video_reading *reading)
{
    int err = vf_media_source_reopen(&reading->source);
    if (err)
        return err;
    begin_again(reading);
    vf_reading_place_join(&reading->place, reading->source.demuxer, reading->source.decoder);
    return VF_OK;
}

/* The decoder has given its last frame. */
static int end_video(struct vf_video_reading *reading)
{
    if (vf_media_source_returns(&reading->source))
        return read_again(reading);
    if (vf_reading_place_is_missed_at_end(&reading->place))
        begin_again(reading);
    else
        finish_video(reading, INT64_MAX);
    return VF_OK;
}

/* Emits the next frame. Returns -EAGAIN when more must be read first. */
static int decode(struct vf_video_reading *reading)
{
    struct vf_message *frame = NULL;
    int err = vf_decoder_receive(reading->source.decoder, &frame);
    if (err == VF_OK || err == VF_DROPPED)
        err = judge_frame(reading, &frame);
    else if (err == VF_END)
        err = end_video(reading);
    vf_message_destroy(&frame);
    return err;
}

static int take_packet(struct vf_video_reading *reading, enum vf_demuxer_stream stream,
                       const struct AVPacket *packet)
{
    int64_t time_us = vf_media_packet_start_us(packet);
    bool is_beyond = reading->is_video_done && reading->limit_us != INT64_MAX;
    if (stream == VF_DEMUXER_AUDIO) {
        reading->is_audio_done = is_beyond && time_us >= reading->limit_us;
        vf_reading_place_note_audio(&reading->place, packet);
        return vf_packet_queue_push(&reading->audio, packet);
    }
    if (!reading->is_video_done)
        return vf_decoder_send(reading->source.decoder, packet);
    reading->is_audio_done = is_beyond && time_us - INTERLEAVING_US > reading->limit_us;
    return VF_OK;
}

/* Reads one packet, or finds that there are no more. */
static int read_packet(struct vf_video_reading *reading)
{
    enum vf_demuxer_stream stream;
    const struct AVPacket *packet = NULL;
    int err = vf_demuxer_read(reading->source.demuxer, &stream, &packet);
    if (err == VF_OK)
        return take_packet(reading, stream, packet);
    if (err != VF_END)
        return err;
    if (vf_node_stop_requested(reading->run))
        return VF_END;
    reading->is_audio_done = true;
    if (reading->is_draining)
        return VF_OK;
    reading->is_draining = true;
    return vf_decoder_send(reading->source.decoder, NULL);
}

static int begin(struct vf_video_reading *reading)
{
    reading->is_begun = true;
    if (vf_demuxer_audio(reading->source.demuxer) || !vf_node_is_read(reading->run, AUDIO))
        return VF_OK;
    vf_log(VF_LOG_INFO, "%s has no sound", vf_demuxer_path(reading->source.demuxer));
    return vf_reading_sound_announce_none(reading->run, AUDIO);
}

static int finish(struct vf_video_reading *reading)
{
    if (!reading->emitted)
        vf_node_report_error(reading->run, "%s: no frame could be read",
                             vf_demuxer_path(reading->source.demuxer));
    return VF_END;
}

int vf_video_reading_next(struct vf_video_reading *reading)
{
    int err = reading->is_begun ? VF_OK : begin(reading);
    if (!err && !reading->is_video_done)
        err = decode(reading);
    if (err == -EAGAIN || (!err && reading->is_video_done && !reading->is_audio_done))
        err = read_packet(reading);
    if (!err)
        err = emit_decided_audio(reading);
    if (!err && reading->is_video_done && reading->is_audio_done)
        err = finish(reading);
    return err;
}

void vf_video_reading_close(struct vf_video_reading *reading)
{
    vf_packet_queue_clear(&reading->audio);
    vf_media_source_close(&reading->source);
}
