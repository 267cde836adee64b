/* SPDX-License-Identifier: MIT */
#include "nodes/read/video_reading.h"

#include <errno.h>
#include <inttypes.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/codec/packet.h"
#include "engine/media/libav/frame.h"
#include "engine/media/read/decode/decoder.h"
#include "engine/media/read/decode/sparse.h"
#include "engine/media/read/demuxer.h"
#include "engine/media/read/open/stream_choice.h"
#include "engine/media/read/sound.h"

/* How far after the last wanted frame sound for it may stand in a file. */
#define INTERLEAVING_US 10000000

/* How long a stream may be behind the picture before it is announced. */
#define LATE_US 500000

/* How far before a part it is looked for a key frame. */
#define PART_MARGIN_US 10000000

/* Goes to the start, or past what an earlier process has made. What comes live or through a pipe
 * cannot be read again, and goes on. */
static int find_place(struct vf_video_reading *reading)
{
    const struct vf_reading_options *asked = reading->asked;
    struct vf_reading_place *place = &reading->place;
    const struct vf_made *video = &reading->made[VF_STREAM_VIDEO];
    bool is_file = vf_video_reading_is_file(reading);
    *place = (struct vf_reading_place){
        .demuxer = reading->source.demuxer,
        .decoder = reading->source.decoder,
        .start_us = video->count && !is_file ? 0 : asked->start / VF_NS_PER_US,
        .is_only_timed = reading->is_only_timed,
    };
    for (unsigned kind = 0; is_file && kind < VF_STREAM_COUNT; kind++)
        place->of[kind].made = reading->made[kind];
    bool has_all = asked->frames && video->count >= (uint64_t)asked->frames;
    int err = vf_reading_place_find(place, !has_all);
    place->is_settled = place->is_settled || !reading->source.is_decoding;
    return err;
}

/* Finds what the source says of itself. Who reads no frames hears it with the sound. */
static int gather_facts(struct vf_video_reading *reading)
{
    const struct vf_reading_place *place = &reading->place;
    int64_t start_us = place->start_us;
    const struct vf_source_facts_order order = {
        .start_us = start_us,
        .end_us = reading->range_us == INT64_MAX ? INT64_MAX : start_us + reading->range_us,
        .offset_us = reading->output.offset_us,
        .is_silent = !vf_node_is_read(reading->output.run, VF_STREAM_VIDEO) &&
                     !vf_node_is_read(reading->output.run, VF_STREAM_PACKETS),
        .is_turned = reading->source.decoder && vf_decoder_is_turning(reading->source.decoder),
    };
    int err = vf_source_facts_gather(&reading->output.facts, reading->source.demuxer, &order);
    if (reading->source.decoder)
        vf_decoder_set_extras(reading->source.decoder,
                              vf_source_facts_next(&reading->output.facts, VF_STREAM_VIDEO));
    return err;
}

static void choose_frames(struct vf_video_reading *reading)
{
    const struct vf_repetition *video = &reading->place.of[VF_STREAM_VIDEO];
    struct vf_message last = {
        .description = {.timestamp = video->made.timestamp, .time_base = video->made.time_base}};
    bool is_first = !reading->place.start_us && !reading->output.offset_us;
    reading->choice = (struct vf_frame_choice){
        .every = (uint64_t)reading->asked->every,
        .is_by_packet = reading->asked->every > 1 && reading->source.decoder &&
                        reading->asked->media.decode == VF_DECODING_NEEDED &&
                        vf_decoder_is_intra_only(reading->source.decoder),
        .first_us = video->is_by_time ? vf_media_start_us(&last)
                    : is_first        ? INT64_MIN
                                      : 0,
    };
}

/* Returns whether all of the source is read, from its first packet on. */
static bool is_at_zero(const struct vf_video_reading *reading)
{
    return !reading->place.start_us;
}

/* Begins to read, or begins again. */
static void begin_again(struct vf_video_reading *reading)
{
    reading->is_draining = false;
    reading->is_rest_done = true;
    vf_packet_queue_clear(&reading->held);
    reading->has_begun_packets = is_at_zero(reading);
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++) {
        vf_packet_queue_clear(&reading->queues[kind]);
        reading->has_passed[kind] = false;
        if (kind != VF_STREAM_VIDEO && vf_demuxer_stream(reading->source.demuxer, kind))
            reading->is_rest_done = false;
    }
    vf_reading_sound_restart(reading->output.sound);
    vf_frame_choice_restart(&reading->choice);
    vf_catch_up_begin(&reading->catch_up);
}

/* Returns whether a frame is wanted, of which all is known but its picture: it is asked for in the order
 * in which frames are sent. */
static bool takes(void *context, const struct vf_message *frame, const struct vf_message *next)
{
    struct vf_video_reading *reading = context;
    int64_t offset_us = reading->output.offset_us;
    struct vf_message sent = *frame, after = {0};
    if (offset_us && vf_media_start_us(frame) < 0)
        return false; /* take_frame() */
    if (reading->asked->every > 1)
        return reading->counted++ % (uint64_t)reading->asked->every == 0;
    vf_reading_output_shift(&sent.description, offset_us);
    if (next) {
        after = *next;
        vf_reading_output_shift(&after.description, offset_us);
    }
    return vf_picks_take(reading->picks, &sent, next ? &after : NULL);
}

/* Returns why all pictures of a source are decoded, though not all are wanted, or NULL. */
static const char *find_reason(const struct vf_video_reading *reading)
{
    const struct vf_node_run *run = reading->output.run;
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++) {
        if (kind != VF_STREAM_VIDEO && vf_node_is_read(run, kind))
            return "more than pictures is read";
        if (reading->made[kind].count)
            return "it goes on where another process was";
    }
    if (run->is_realtime || reading->asked->pace == VF_PACE_TRUE ||
        vf_video_reading_is_live(reading) || vf_demuxer_is_pipe(reading->source.demuxer) ||
        !vf_video_reading_is_file(reading))
        return "it comes as time goes by";
    if (reading->place.start_us || !reading->place.is_settled)
        return "it does not begin at its beginning";
    if (run->part.from_us || run->part.until_us || run->part.is_alone)
        return "only a part of it is made";
    return NULL;
}

/* Decodes only what is needed, where that is less than all. */
static int open_sparse(struct vf_video_reading *reading)
{
    bool has_choice = reading->asked->every > 1 || reading->picks->count;
    const struct vf_sparse_wish wish = {.takes = takes, .context = reading};
    if (!has_choice || !reading->source.is_decoding || reading->choice.is_by_packet ||
        reading->asked->media.decode == VF_DECODING_ALL)
        return VF_OK;
    const char *why = find_reason(reading);
    if (why) {
        vf_log(VF_LOG_INFO, "%s: all pictures are decoded: %s",
               vf_demuxer_path(reading->source.demuxer), why);
        return VF_OK;
    }
    return vf_sparse_create(&reading->sparse, reading->output.run,
                            vf_demuxer_stream(reading->source.demuxer, VF_STREAM_VIDEO),
                            reading->source.decoder, &wish);
}

/* Says how much of it was decoded. */
static void close_sparse(struct vf_video_reading *reading)
{
    if (!reading->sparse)
        return;
    struct vf_sparse_count count = vf_sparse_count(reading->sparse);
    vf_log(VF_LOG_INFO, "%s: %" PRIu64 " of %" PRIu64 " pictures were decoded%s%s",
           vf_demuxer_path(reading->source.demuxer), count.decoded, count.pictures,
           count.why ? "; from some time on, all: " : "", count.why ? count.why : "");
    vf_sparse_destroy(&reading->sparse);
}

static void init_source(struct vf_media_source *source, struct vf_node_run *run, const char *path,
                        const struct vf_reading_options *asked)
{
    *source = (struct vf_media_source){.run = run, .path = path, .settings = &asked->media};
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
        source->wants[kind] = vf_node_is_read(run, (unsigned)kind) &&
                              (kind == VF_STREAM_VIDEO || !run->part.is_alone);
    source->is_decoding = source->wants[VF_STREAM_VIDEO];
}

int vf_video_reading_open(struct vf_video_reading *reading)
{
    const struct vf_reading_options *asked = reading->asked;
    struct vf_node_run *run = reading->output.run;
    init_source(&reading->source, run, reading->output.path, asked);
    reading->source.is_optional = reading->is_optional;
    int err = vf_media_source_open(&reading->source, &reading->made[VF_STREAM_VIDEO]);
    if (!err)
        err = find_place(reading);
    if (err)
        return err;
    reading->output.start_us = reading->place.start_us;
    reading->range_us = asked->duration ? asked->duration / VF_NS_PER_US : INT64_MAX;
    if (run->part.until_us && run->part.until_us < reading->range_us)
        reading->range_us = run->part.until_us;
    reading->limit_us = reading->range_us;
    reading->reached_us = reading->begin_us = reading->now_us = INT64_MIN;
    bool is_file = vf_video_reading_is_file(reading);
    if (!reading->is_only_timed && (!is_file || reading->place.of[VF_STREAM_VIDEO].is_by_time))
        reading->emitted += (int64_t)reading->made[VF_STREAM_VIDEO].count;
    run->is_repeating = vf_reading_place_is_repeating(&reading->place);
    choose_frames(reading);
    reading->catch_up.part = run->part;
    begin_again(reading);
    err = gather_facts(reading);
    return err ? err : open_sparse(reading);
}

bool vf_video_reading_is_file(const struct vf_video_reading *reading)
{
    return vf_demuxer_is_file(reading->source.demuxer);
}

bool vf_video_reading_is_live(const struct vf_video_reading *reading)
{
    return vf_demuxer_is_live(reading->source.demuxer);
}

bool vf_video_reading_has(const struct vf_video_reading *reading, enum vf_stream kind)
{
    return vf_demuxer_stream(reading->source.demuxer, kind) != NULL;
}

uint64_t vf_video_reading_expected(const struct vf_video_reading *reading)
{
    uint64_t count =
        vf_demuxer_frame_count(reading->source.demuxer, reading->place.start_us, reading->range_us);
    uint64_t every = (uint64_t)reading->asked->every;
    return (count + every - 1) / every;
}

/* Emits the packets of which it is known by now whether they lie in the range. */
static int emit_decided_packets(struct vf_video_reading *reading)
{
    if (!reading->is_video_done && !reading->place.is_settled)
        return VF_OK; /* it may be sought again */
    bool is_open = reading->asked->frames && !reading->is_video_done;
    int64_t until_us = is_open ? reading->reached_us : INT64_MAX;
    int err = VF_OK;
    unsigned count = reading->has_begun_packets ? VF_STREAM_COUNT : VF_STREAM_PACKETS;
    for (unsigned kind = VF_STREAM_AUDIO; kind < count && !err; kind++)
        err = vf_reading_output_packets(&reading->output, &reading->place, kind,
                                        &reading->queues[kind], until_us, reading->limit_us);
    return err;
}

static void finish_video(struct vf_video_reading *reading, int64_t limit_us)
{
    reading->is_video_done = true;
    if (limit_us < reading->limit_us)
        reading->limit_us = limit_us;
}

static void count_frame(struct vf_video_reading *reading)
{
    if (++reading->emitted == reading->asked->frames)
        finish_video(reading, reading->reached_us);
}

/* Where nobody reads the rest, goes to what the pictures of the part need. */
static void seek_part(struct vf_video_reading *reading, int64_t margin_us)
{
    int64_t from_us = reading->catch_up.part.from_us;
    if (!reading->catch_up.part.is_alone || from_us == INT64_MAX || from_us <= margin_us)
        return;
    vf_catch_up_forget(&reading->catch_up);
    (void)vf_demuxer_seek(reading->source.demuxer, reading->place.start_us, margin_us - from_us);
}

static int emit_frame(struct vf_video_reading *reading, struct vf_message **frame)
{
    int err = vf_pacer_wait(reading->pacer, reading->output.run, *frame);
    if (err)
        return err;
    reading->reached_us = vf_media_end_us(*frame);
    err = vf_reading_output_emit(&reading->output, VF_STREAM_VIDEO, frame);
    if (!err)
        count_frame(reading);
    if (!err && vf_catch_up_note_first(&reading->catch_up)) {
        vf_decoder_restart(reading->source.decoder, INT64_MIN);
        vf_decoder_begin(reading->source.decoder);
        reading->is_draining = false;
        seek_part(reading, PART_MARGIN_US);
    }
    reading->output.facts.is_first_sent[VF_STREAM_VIDEO] = true;
    vf_decoder_set_extras(reading->source.decoder,
                          vf_source_facts_next(&reading->output.facts, VF_STREAM_VIDEO));
    return err;
}

/* A frame has been decoded that finds no room. */
static int drop_frame(struct vf_video_reading *reading)
{
    int err = vf_pacer_wait_lost(reading->pacer, reading->output.run);
    if (!err)
        err = vf_node_drop(reading->output.run, VF_STREAM_VIDEO);
    if (!err)
        count_frame(reading);
    return err;
}

/* A frame that has been made before comes again. */
static void repeat_frame(struct vf_video_reading *reading, const struct vf_message *frame)
{
    if (frame)
        reading->reached_us = vf_media_end_us(frame);
    if (!reading->place.of[VF_STREAM_VIDEO].is_by_time)
        count_frame(reading);
}

/* A frame comes that is not known from before. */
static int take_new_frame(struct vf_video_reading *reading, struct vf_message **frame,
                          bool is_wanted)
{
    vf_outage_end(&reading->source.outage, reading->source.run);
    if (*frame && vf_media_start_us(*frame) >= reading->range_us) {
        reading->has_filled_range = true;
        finish_video(reading, reading->range_us);
        return VF_OK;
    }
    if (!is_wanted)
        return VF_OK;
    reading->output.run->is_repeating = false;
    return *frame ? emit_frame(reading, frame) : drop_frame(reading);
}

/* A frame has been decoded; NULL: and was lost. */
static int judge_frame(struct vf_video_reading *reading, struct vf_message **frame)
{
    const struct vf_repetition *video = &reading->place.of[VF_STREAM_VIDEO];
    bool is_wanted = vf_frame_choice_wants(&reading->choice);
    enum vf_reading_verdict verdict = vf_reading_place_judge(&reading->place, *frame, is_wanted);
    if (verdict == VF_READING_MISSED) {
        begin_again(reading);
        return VF_OK;
    }
    reading->has_frames = true;
    bool is_last_made = verdict == VF_READING_REPEATED && video->is_by_time && *frame &&
                        (*frame)->description.timestamp == video->made.timestamp;
    vf_frame_choice_count(&reading->choice, is_last_made);
    if (verdict == VF_READING_NEW)
        return take_new_frame(reading, frame, is_wanted);
    repeat_frame(reading, *frame);
    return VF_OK;
}

/* Makes of a decoded frame what it is as one of those that are sent. */
static int take_frame(struct vf_video_reading *reading, struct vf_message **frame)
{
    bool is_first = !reading->output.offset_us;
    if (*frame && !is_first && vf_media_start_us(*frame) < 0)
        return VF_OK; /* it would lie before the end of what came before */
    if (*frame && !vf_catch_up_wants(&reading->catch_up, vf_media_start_us(*frame)))
        return VF_OK;
    if (*frame && reading->asked->every > 1)
        vf_media_frame_stretch(*frame, reading->asked->every);
    return judge_frame(reading, frame);
}

/* Waits for a live source to come back. */
static int read_again(struct vf_video_reading *reading)
{
    int err = vf_media_source_reopen(&reading->source);
    if (err)
        return err;
    begin_again(reading);
    vf_reading_place_join(&reading->place, reading->source.demuxer, reading->source.decoder);
    return gather_facts(reading);
}

/* The stream that followed needs another decoder, and its first packet has waited for that. */
static int change_decoder(struct vf_video_reading *reading)
{
    close_sparse(reading);
    int err = vf_media_source_change_decoder(&reading->source);
    reading->place.decoder = reading->source.decoder;
    if (err)
        return err;
    vf_decoder_begin(reading->source.decoder);
    err = vf_decoder_send(reading->source.decoder, vf_packet_queue_peek(&reading->held));
    vf_packet_queue_clear(&reading->held);
    return err;
}

/* The decoder has given its last frame. */
static int end_video(struct vf_video_reading *reading)
{
    if (reading->held.count)
        return change_decoder(reading);
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
    if (!reading->source.is_decoding)
        return reading->is_draining ? end_video(reading) : -EAGAIN;
    int err = reading->sparse ? vf_sparse_receive(reading->sparse, &frame)
                              : vf_decoder_receive(reading->source.decoder, &frame);
    if (err == VF_OK || err == VF_DROPPED)
        err = take_frame(reading, &frame);
    else if (err == VF_END)
        err = end_video(reading);
    vf_message_destroy(&frame);
    return err;
}

static void note_time(struct vf_video_reading *reading, int64_t time_us)
{
    if (reading->begin_us == INT64_MIN)
        reading->begin_us = time_us;
    if (time_us > reading->now_us)
        reading->now_us = time_us;
}

/* Keeps a packet of pictures. What is given out begins with the last key frame that is shown at the
 * start or before. */
static int keep_picture(struct vf_video_reading *reading, const struct AVPacket *packet)
{
    struct vf_packet_queue *queue = &reading->queues[VF_STREAM_PACKETS];
    int64_t time_us = vf_media_packet_start_us(packet);
    bool is_key = vf_media_packet_is_key(packet);
    if (!reading->has_begun_packets && is_key && time_us <= 0)
        vf_packet_queue_clear(queue);
    reading->has_begun_packets = reading->has_begun_packets || time_us >= 0;
    if (!is_key && !queue->count && !reading->has_pictures)
        return VF_OK; /* nothing can be made of it */
    reading->has_pictures = true;
    vf_reading_place_note_packet(&reading->place, VF_STREAM_PACKETS, packet);
    return vf_packet_queue_push(queue, packet);
}

/* Follows the pictures where nobody decodes them. */
static int follow_pictures(struct vf_video_reading *reading, const struct AVPacket *packet)
{
    int64_t time_us = vf_media_packet_decode_us(packet);
    struct vf_message clock = {.description = {.timestamp = time_us, .time_base = {1, 1000000}}};
    if (time_us == INT64_MIN)
        clock.description.timestamp = VF_NO_TIMESTAMP;
    vf_outage_end(&reading->source.outage, reading->source.run);
    reading->has_frames = true;
    if (time_us >= reading->range_us) {
        reading->has_filled_range = true;
        finish_video(reading, reading->range_us);
        return VF_OK;
    }
    if (time_us > reading->reached_us)
        reading->reached_us = time_us;
    bool is_counted = time_us >= 0 || is_at_zero(reading);
    if (is_counted && ++reading->emitted == reading->asked->frames)
        finish_video(reading, time_us + 1);
    return time_us < 0 ? VF_OK : vf_pacer_wait(reading->pacer, reading->output.run, &clock);
}

/* Hands over the next packet that was kept for its time. Returns -EAGAIN where there is none. */
static int send_kept(struct vf_video_reading *reading)
{
    const struct AVPacket *packet = vf_catch_up_peek(&reading->catch_up);
    if (packet && reading->catch_up.part.is_alone && !reading->has_sought_all &&
        !vf_catch_up_has_enough(&reading->catch_up)) {
        reading->has_sought_all = true;
        reading->catch_up.stage = VF_CATCH_UP_KEEPING;
        vf_catch_up_forget(&reading->catch_up);
        (void)vf_demuxer_seek(reading->source.demuxer, reading->place.start_us, INT64_MAX / 4);
        return VF_OK;
    }
    reading->has_sought_all = reading->has_sought_all || packet;
    if (!packet)
        return -EAGAIN;
    int err = vf_decoder_send(reading->source.decoder, packet);
    vf_catch_up_drop(&reading->catch_up);
    return err;
}

/* Keeps a packet for later. What is for another decoder begins with a key frame. */
static int keep_packet(struct vf_video_reading *reading, const struct AVPacket *packet,
                       bool *is_kept)
{
    bool is_other = reading->catch_up.stage == VF_CATCH_UP_KEEPING &&
                    vf_media_source_is_other(&reading->source);
    int err = is_other ? vf_media_source_change_decoder(&reading->source) : VF_OK;
    reading->place.decoder = reading->source.decoder;
    if (is_other)
        vf_catch_up_forget(&reading->catch_up);
    return err ? err : vf_catch_up_take(&reading->catch_up, packet, is_kept);
}

/* Hands over a packet of which it is found out later whether it is needed. */
static int send_sparse(struct vf_video_reading *reading, const struct AVPacket *packet)
{
    if (!vf_media_source_is_other(&reading->source))
        return vf_sparse_send(reading->sparse, packet,
                              vf_demuxer_begins_anywhere(reading->source.demuxer));
    vf_sparse_end(reading->sparse);
    return vf_packet_queue_push(&reading->held, packet);
}

static int send_packet(struct vf_video_reading *reading, const struct AVPacket *packet)
{
    if (reading->sparse)
        return send_sparse(reading, packet);
    bool is_kept = false;
    int kept_err = keep_packet(reading, packet, &is_kept);
    if (kept_err || is_kept)
        return kept_err;
    if (vf_media_source_is_other(&reading->source)) {
        int err = vf_packet_queue_push(&reading->held, packet);
        return err ? err : vf_decoder_send(reading->source.decoder, NULL);
    }
    if (vf_demuxer_begins_anywhere(reading->source.demuxer))
        vf_decoder_begin(reading->source.decoder);
    return vf_decoder_send(reading->source.decoder, packet);
}

static int take_picture(struct vf_video_reading *reading, const struct AVPacket *packet)
{
    int64_t time_us = vf_media_packet_start_us(packet);
    bool is_beyond = reading->is_video_done && reading->limit_us != INT64_MAX;
    int err = VF_OK;
    if (vf_demuxer_stream(reading->source.demuxer, VF_STREAM_PACKETS))
        err = keep_picture(reading, packet);
    if (err)
        return err;
    if (reading->is_video_done) {
        reading->is_rest_done = is_beyond && time_us - INTERLEAVING_US > reading->limit_us;
        return VF_OK;
    }
    if (!reading->source.is_decoding)
        return follow_pictures(reading, packet);
    if (vf_frame_choice_takes_packet(&reading->choice, time_us))
        return send_packet(reading, packet);
    return VF_OK;
}

/* Returns whether all that is read has passed the end. Subtitles are few: what comes after the end is
 * no sign that there are no more before it. */
static bool has_passed_all(const struct vf_video_reading *reading)
{
    for (unsigned kind = VF_STREAM_AUDIO; kind < VF_STREAM_KINDS; kind++) {
        bool is_sound = vf_stream_base(kind) == VF_STREAM_AUDIO;
        if (vf_demuxer_stream(reading->source.demuxer, kind) &&
            !(is_sound && reading->has_passed[kind]))
            return false;
    }
    return true;
}

static int take_packet(struct vf_video_reading *reading, enum vf_stream kind,
                       const struct AVPacket *packet)
{
    int64_t time_us = vf_media_packet_start_us(packet);
    reading->has_come[kind] = true;
    if (kind == VF_STREAM_VIDEO)
        note_time(reading, time_us);
    bool is_beyond = reading->is_video_done && reading->limit_us != INT64_MAX;
    if (kind == VF_STREAM_VIDEO)
        return take_picture(reading, packet);
    reading->has_passed[kind] = is_beyond && time_us >= reading->limit_us;
    if (reading->has_passed[kind])
        reading->is_rest_done = has_passed_all(reading);
    if (vf_stream_base(kind) == VF_STREAM_SUBTITLES && vf_media_packet_is_only_decoded(packet))
        return VF_OK;
    vf_reading_place_note_packet(&reading->place, kind, packet);
    return vf_packet_queue_push(&reading->queues[kind], packet);
}

/* Reads one packet, or finds that there are no more. */
static int read_packet(struct vf_video_reading *reading)
{
    enum vf_stream kind;
    const struct AVPacket *packet = NULL;
    int err = send_kept(reading);
    if (err != -EAGAIN)
        return err;
    err = vf_demuxer_read(reading->source.demuxer, &kind, &packet);
    if (err == VF_OK)
        return take_packet(reading, kind, packet);
    if (err != VF_END)
        return err;
    if (vf_node_stop_requested(reading->output.run))
        return VF_END;
    reading->is_rest_done = true;
    if (vf_catch_up_end(&reading->catch_up) || reading->is_draining)
        return VF_OK;
    reading->is_draining = true;
    reading->has_begun_packets = true;
    if (reading->sparse) {
        vf_sparse_end(reading->sparse);
        return VF_OK;
    }
    return reading->source.is_decoding ? vf_decoder_send(reading->source.decoder, NULL) : VF_OK;
}

static int announce(struct vf_video_reading *reading)
{
    const struct vf_demuxer *demuxer = reading->source.demuxer;
    int err = VF_OK;
    reading->is_announced = true;
    for (unsigned kind = VF_STREAM_AUDIO; kind < VF_STREAM_KINDS && !err; kind++) {
        bool has_told = !reading->is_only_timed && reading->made[kind].count;
        if (vf_demuxer_stream(demuxer, kind) || has_told ||
            !vf_node_is_read(reading->output.run, (unsigned)kind))
            continue;
        if (kind < VF_STREAM_CHOICES)
            vf_log(VF_LOG_INFO, "%s has no %s", vf_demuxer_path(demuxer),
                   kind == VF_STREAM_AUDIO ? "sound" : "subtitles");
        err = vf_reading_output_announce_none(&reading->output, kind);
    }
    return err;
}

/* Announces what is late: who waits for all kinds of streams before it begins waits no longer. */
static int announce_late(struct vf_video_reading *reading)
{
    struct vf_demuxer *demuxer = reading->source.demuxer;
    bool is_time = reading->place.is_settled && reading->begin_us != INT64_MIN &&
                   reading->now_us - reading->begin_us >= LATE_US;
    int err = VF_OK;
    for (unsigned kind = VF_STREAM_AUDIO; kind < VF_STREAM_KINDS && is_time && !err; kind++) {
        if (reading->has_come[kind] || !vf_demuxer_stream(demuxer, kind))
            continue;
        reading->has_come[kind] = true;
        if (!vf_reading_place_has_announced(&reading->place, kind))
            err = vf_reading_output_announce(&reading->output, demuxer, kind);
    }
    return err;
}

static int64_t length_of(int64_t reached_us, int64_t range_us, bool has_filled_range)
{
    if (has_filled_range)
        return range_us;
    return reached_us > 0 ? reached_us : 0;
}

static int refuse_nothing(const struct vf_video_reading *reading)
{
    const struct vf_demuxer *demuxer = reading->source.demuxer;
    const char *path = vf_demuxer_path(demuxer);
    if (vf_demuxer_reached_us(demuxer) == INT64_MIN)
        vf_log(VF_LOG_ERROR, "%s has a header, but no frame", path);
    else if (reading->asked->start)
        vf_log(VF_LOG_ERROR, "%s has no frame after start", path);
    else
        vf_log(VF_LOG_ERROR, "no frame of %s can be decoded", path);
    return -ENODATA;
}

static int finish(struct vf_video_reading *reading)
{
    const struct vf_demuxer *demuxer = reading->source.demuxer;
    int64_t reached_us = vf_demuxer_reached_us(demuxer);
    if (reached_us == INT64_MIN)
        reached_us = reading->reached_us;
    if (!reading->has_frames && !reading->is_optional && !reading->output.run->is_restarted)
        return refuse_nothing(reading);
    if (!reading->has_frames)
        vf_node_report_error(reading->output.run, "%s: no frame could be read",
                             vf_demuxer_path(demuxer));
    reading->length_us = length_of(reached_us, reading->range_us, reading->has_filled_range);
    reading->is_finished = true;
    return VF_END;
}

int vf_video_reading_next(struct vf_video_reading *reading)
{
    int err = reading->is_announced ? VF_OK : announce(reading);
    if (!err && !reading->is_video_done)
        err = decode(reading);
    if (err == -EAGAIN || (!err && reading->is_video_done && !reading->is_rest_done))
        err = read_packet(reading);
    if (!err)
        err = announce_late(reading);
    if (!err)
        err = emit_decided_packets(reading);
    if (!err && reading->is_video_done && reading->is_rest_done)
        err = vf_reading_output_end_sound(&reading->output, &reading->place, reading->limit_us);
    if (!err && reading->is_video_done && reading->is_rest_done)
        err = finish(reading);
    return err;
}

void vf_video_reading_close(struct vf_video_reading *reading)
{
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
        vf_packet_queue_clear(&reading->queues[kind]);
    vf_packet_queue_clear(&reading->held);
    vf_catch_up_finish(&reading->catch_up);
    close_sparse(reading);
    vf_media_source_close(&reading->source);
    vf_reading_output_finish(&reading->output);
}

/* Reads until the range is full, or there is no more. */
static int run_through(struct vf_demuxer *demuxer, int64_t range_us, int64_t *length_us)
{
    enum vf_stream kind;
    const struct AVPacket *packet;
    int err;
    while ((err = vf_demuxer_read(demuxer, &kind, &packet)) == VF_OK) {
        if (kind == VF_STREAM_VIDEO && vf_media_packet_start_us(packet) >= range_us) {
            *length_us = range_us;
            return VF_OK;
        }
    }
    *length_us = length_of(vf_demuxer_reached_us(demuxer), range_us, false);
    return err == VF_END ? VF_OK : err;
}

int vf_video_reading_measure(struct vf_node_run *run, const char *path,
                             const struct vf_reading_options *asked, int64_t *length_us)
{
    struct vf_demuxer *demuxer = NULL;
    struct vf_demuxer_wish wish = {.is_retry = true};
    *length_us = 0;
    for (unsigned kind = 0; kind < VF_STREAM_COUNT; kind++)
        wish.wants[kind] = vf_node_is_read(run, (unsigned)kind);
    int err = vf_demuxer_create(&demuxer, run, path, &asked->media, &wish);
    if (err < 0 && err != -ENOMEM)
        return VF_OK; /* it was left out, and will be */
    if (!err && asked->start)
        (void)vf_demuxer_seek(demuxer, asked->start / VF_NS_PER_US, 0);
    if (!err)
        err = run_through(demuxer, asked->duration ? asked->duration / VF_NS_PER_US : INT64_MAX,
                          length_us);
    vf_demuxer_destroy(&demuxer);
    return vf_node_stop_requested(run) ? VF_END : err;
}
