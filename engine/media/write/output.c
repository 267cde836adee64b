/* SPDX-License-Identifier: MIT */
#include "engine/media/write/output.h"

#include <errno.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/codec/announcement.h"
#include "engine/media/libav/frame.h"
#include "engine/media/write/choice/container_traits.h"
#include "engine/media/write/encode/constant_rate.h"
#include "engine/media/write/encode/stream_encoder.h"
#include "engine/media/write/picture_copy.h"
#include "engine/media/write/pieces/piecewise.h"
#include "engine/media/write/side_tracks.h"
#include "engine/media/write/sound_track.h"
#include "engine/node/node.h"

/* How much is kept in memory while the first sound and the first subtitle are awaited; and of what
 * comes live, how long. */
#define MAX_KEPT_BYTES (256u << 20)
#define MAX_AWAITED_US 5000000

/* Of a hole that takes more frames to fill, who is to stop at once does not fill the rest. */
#define MANY_REPEATED 250

/* Where there are pictures, they are the first of the inputs and of the tracks. */
#define VIDEO_INPUT 0
#define VIDEO_TRACK 0

struct vf_output {
    struct vf_output_order order;
    struct vf_output_files files;
    bool has_video; /* or is to have some: the first of the tracks is its */
    struct vf_media_tracks tracks;
    struct vf_side_tracks sides;
    struct vf_steady_rate steady; /* where there is a rate to keep to, from the first frame on */
    struct vf_stream_encoder *encoder; /* from the first frame on, where pictures are encoded, */
    struct vf_piecewise *pieces;       /* or piece by piece, */
    struct vf_picture_copy *copy;      /* or from the first packet on, where they are copied */
    int64_t first_timestamp;           /* of the first frame's packet, in its track's time base */
    struct vf_schedule schedules[VF_MAX_TRACKS]; /* of the inputs that may lead */
    uint64_t frames;
    int width, height;
    char problem[128]; /* with what was made of the frames; "": none */
    bool has_ended_video, has_failed;
};

static struct vf_media_track *lead(struct vf_output *output)
{
    return &output->tracks.items[output->tracks.lead];
}

/* Returns the schedule of what leads, or of the pictures that are to come. */
static struct vf_schedule *lead_schedule(struct vf_output *output)
{
    unsigned input =
        output->has_video ? VIDEO_INPUT : output->sides.sides[output->tracks.lead].input;
    return &output->schedules[input];
}

/* Returns whether the leading track is known. */
static bool has_lead(const struct vf_output *output)
{
    const struct vf_media_tracks *tracks = &output->tracks;
    return tracks->count && tracks->items[tracks->lead].parameters;
}

/* Lends what encodes pictures; NULL: nothing does, or not yet. */
static const AVCodecContext *encoder_of(const struct vf_output *output)
{
    if (output->pieces && has_lead(output))
        return vf_piecewise_context(output->pieces);
    return output->encoder ? vf_stream_encoder_context(output->encoder) : NULL;
}

/* Returns how many frames have come, gone to the encoder and become packets. */
static struct vf_piecewise_counts counts_of(const struct vf_output *output)
{
    const struct vf_stream_encoder *encoder = output->encoder;
    if (output->pieces)
        return vf_piecewise_counts(output->pieces);
    return (struct vf_piecewise_counts){
        .taken = output->frames,
        .sent = encoder ? vf_stream_encoder_sent_count(encoder) : 0,
        .made = encoder ? vf_stream_encoder_made_count(encoder) : 0,
        .moved = encoder ? vf_stream_encoder_moved_count(encoder) : 0,
    };
}

static unsigned count_kind(const struct vf_media_tracks *tracks, enum vf_track_kind kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < tracks->count; i++)
        count += tracks->items[i].kind == kind && tracks->items[i].parameters;
    return count;
}

static void find_facts(const struct vf_output *output, struct vf_output_facts *facts)
{
    const AVCodecContext *context = encoder_of(output);
    const AVCodec *encoder = context ? context->codec : NULL;
    const struct vf_media_track *video = vf_media_tracks_find(&output->tracks, VF_TRACK_VIDEO, 0);
    const struct vf_media_track *sound = vf_media_tracks_find(&output->tracks, VF_TRACK_AUDIO, 0);
    const struct vf_sound_track *maker = vf_side_tracks_sound(&output->sides, 0);
    int hardware = AV_CODEC_CAP_HARDWARE | AV_CODEC_CAP_HYBRID;
    *facts = (struct vf_output_facts){
        .width = output->width,
        .height = output->height,
        .codec = video ? avcodec_get_name(video->parameters->codec_id) : NULL,
        .encoder = encoder ? encoder->name : NULL,
        .is_hardware = encoder && encoder->capabilities & hardware,
        .sound = sound ? avcodec_get_name(sound->parameters->codec_id) : NULL,
        .sounds = count_kind(&output->tracks, VF_TRACK_AUDIO),
        .subtitles = count_kind(&output->tracks, VF_TRACK_SUBTITLES),
        .is_resampled = output->steady.repeated || output->steady.left_out,
        .is_sound_encoded = maker && vf_sound_track_is_encoded(maker),
    };
}

static int name_file(void *context, const struct vf_description *first, char **path)
{
    const struct vf_output *output = context;
    const struct vf_output_owner *owner = &output->order.owner;
    return owner->name_file(owner->context, first, path);
}

/* Has a run that goes on after this one remove what this one has left of the file. */
static void note_kept(const struct vf_output *output, const struct vf_output_file *file)
{
    const char *kept = file->end.kept;
    int err = VF_OK;
    if (output->pieces && kept && strcmp(kept, file->path) != 0)
        err = vf_piecewise_note_part(output->pieces, kept);
    (void)err; /* has been logged; then it stays */
}

/* A file without anything in it is none. */
static void tell_file(void *context, const struct vf_output_file *file)
{
    const struct vf_output *output = context;
    const struct vf_output_owner *owner = &output->order.owner;
    struct vf_output_facts facts;
    struct vf_output_file told = *file;
    note_kept(output, file);
    if (!has_lead(output))
        return;
    find_facts(output, &facts);
    const struct vf_piecewise_counts counts = counts_of(output);
    told.taken = counts.taken;
    told.encoded = counts.made;
    owner->tell_file(owner->context, &told, &facts);
}

static int note_lead(void *context, const AVPacket *packet)
{
    const struct vf_output *output = context;
    const struct vf_output_owner *owner = &output->order.owner;
    return owner->note_lead ? owner->note_lead(owner->context, packet) : VF_OK;
}

static int take_piece_packet(void *context, const AVPacket *packet)
{
    struct vf_output *output = context;
    return output->order.run->part.is_alone
               ? VF_OK
               : vf_output_files_write(&output->files, VIDEO_TRACK, packet);
}

static int create_pieces(struct vf_output *output)
{
    const struct vf_piecewise_order order = {output->order.run, output->order.choice,
                                             output->order.settings, output, take_piece_packet};
    int err = vf_piecewise_create(&output->pieces, &order);
    const char *part = output->files.muxer ? vf_muxer_part(output->files.muxer) : NULL;
    return err ? err : vf_piecewise_note_part(output->pieces, part);
}

unsigned vf_output_holds(const struct vf_output_settings *settings)
{
    bool is_piecewise = settings->checkpoint_ns; /* it keeps the first of all */
    return vf_stream_encoder_holds(settings) + VF_STEADY_RATE_HOLDS + is_piecewise;
}

int vf_output_create(struct vf_output **output, const struct vf_output_order *order)
{
    struct vf_output *made = *output = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->order = *order;
    made->files = (struct vf_output_files){.run = order->run,
                                           .choice = order->choice,
                                           .settings = order->settings,
                                           .listener = {made, name_file, tell_file, note_lead},
                                           .is_series = order->is_series};
    made->has_video =
        order->inputs[VIDEO_INPUT].kind == VF_TRACK_VIDEO && order->inputs[VIDEO_INPUT].is_expected;
    made->tracks.count = made->has_video; /* of this kind by zero */
    made->sides = (struct vf_side_tracks){.run = order->run,
                                          .choice = order->choice,
                                          .settings = order->settings,
                                          .inputs = order->inputs,
                                          .input_count = order->input_count,
                                          .files = &made->files,
                                          .tracks = &made->tracks};
    int err =
        order->is_series || order->run->part.is_alone ? VF_OK : vf_output_files_open(&made->files);
    if (!err && made->has_video && order->settings->checkpoint_ns)
        err = create_pieces(made);
    if (err)
        vf_output_destroy(output);
    return err;
}

void vf_output_destroy(struct vf_output **output)
{
    if (!*output)
        return;
    struct vf_output *old = *output;
    vf_output_files_finish(&old->files);
    vf_media_tracks_finish(&old->tracks);
    vf_steady_rate_finish(&old->steady);
    vf_stream_encoder_destroy(&old->encoder);
    vf_piecewise_destroy(&old->pieces);
    vf_picture_copy_destroy(&old->copy);
    vf_side_tracks_finish(&old->sides);
    for (unsigned i = 0; i < VF_MAX_TRACKS; i++)
        vf_schedule_finish(&old->schedules[i]);
    free(old);
    *output = NULL;
}

static bool is_tired_of_waiting(const struct vf_output *output)
{
    bool is_long = false;
    for (unsigned i = 0; i < output->order.input_count; i++) {
        const struct vf_schedule *schedule = &output->schedules[i];
        is_long = is_long || schedule->last_us - schedule->first_us > MAX_AWAITED_US;
    }
    return vf_output_files_kept_bytes(&output->files) > MAX_KEPT_BYTES ||
           (output->order.run->is_realtime && is_long);
}

/* Without pictures the first sound leads, or else the first subtitles. */
static void choose_lead(struct vf_output *output)
{
    const struct vf_media_tracks *tracks = &output->tracks;
    const struct vf_media_track *found = NULL;
    if (output->has_video)
        return;
    for (unsigned kind = 0; kind < VF_TRACK_KINDS && !found; kind++)
        found = vf_media_tracks_find(tracks, (enum vf_track_kind)kind, 0);
    if (found)
        output->tracks.lead = (unsigned)(found - tracks->items);
}

/* Without pictures, hands on where files begin by what leads; what others say does not count. */
static int apply_schedule(struct vf_output *output)
{
    struct vf_schedule *schedule = lead_schedule(output);
    const struct vf_cut *cut;
    int err = VF_OK;
    while (!err && (cut = vf_cut_queue_peek(&schedule->kept))) {
        err = vf_output_files_cut(&output->files, cut);
        vf_cut_queue_pop(&schedule->kept);
    }
    for (unsigned i = 0; i < output->order.input_count; i++)
        vf_cut_queue_finish(&output->schedules[i].kept);
    return err;
}

static int begin(struct vf_output *output)
{
    const struct vf_schedule *schedule = lead_schedule(output);
    int64_t zero = output->first_timestamp;
    int err = VF_OK;
    if (!output->has_video) {
        err = apply_schedule(output);
        zero = schedule->first_us == INT64_MIN
                   ? 0
                   : av_rescale_q(schedule->first_us, AV_TIME_BASE_Q, lead(output)->time_base);
    }
    return err ? err
               : vf_output_files_begin(&output->files, &output->tracks, &schedule->first, zero);
}

static int begin_when_ready(struct vf_output *output)
{
    if (vf_output_files_are_begun(&output->files) || output->order.run->part.is_alone)
        return VF_OK;
    vf_side_tracks_number(&output->sides);
    choose_lead(output);
    bool is_ready = has_lead(output) &&
                    (vf_side_tracks_are_known(&output->sides) || is_tired_of_waiting(output));
    return is_ready ? begin(output) : VF_OK;
}

/* Writes what the encoder has finished. */
static int drain_encoder(struct vf_output *output)
{
    for (;;) {
        const AVPacket *packet = NULL;
        int err = vf_stream_encoder_receive(output->encoder, &packet);
        if (err)
            return err == -EAGAIN || err == VF_END ? VF_OK : err;
        err = vf_output_files_write(&output->files, VIDEO_TRACK, packet);
        if (err)
            return err;
    }
}

/* Reads what the first message of pictures says of its source. */
static int note_facts(struct vf_output *output, const struct vf_message *first)
{
    const struct vf_description *description = &first->description;
    struct vf_facts *facts = &output->tracks.items[VIDEO_TRACK].facts;
    if (facts->records || !first->payload)
        return VF_OK;
    return vf_facts_read(facts, first->payload->data + description->extras_offset,
                         description->extras_size);
}

/* Notes when and how the pictures begin, whose track is known. */
static void note_first(struct vf_output *output, const struct vf_message *first)
{
    const AVCodecParameters *parameters = output->tracks.items[VIDEO_TRACK].parameters;
    output->width = parameters->width;
    output->height = parameters->height;
    vf_schedule_begin(lead_schedule(output), output->order.settings, first);
}

/* Notes what the encoder makes. */
static int note_encoder(struct vf_output *output, const AVCodecContext *context,
                        AVRational time_base, const struct vf_message *first)
{
    struct vf_media_track *track = &output->tracks.items[VIDEO_TRACK];
    track->parameters = avcodec_parameters_alloc();
    if (!track->parameters || avcodec_parameters_from_context(track->parameters, context) < 0)
        return -ENOMEM;
    track->time_base = time_base;
    track->frame_rate = context->framerate;
    const char *format = av_get_pix_fmt_name(context->pix_fmt);
    vf_log(VF_LOG_INFO, "%s: %dx%d %s encoded by %s, into %s", output->order.settings->path,
           context->width, context->height, format ? format : "", context->codec->name,
           output->order.choice->container->name);
    note_first(output, first);
    return VF_OK;
}

static int open_encoder(struct vf_output *output, const struct vf_message *first)
{
    const struct vf_stream_encoder_order order = {output->order.run, output->order.choice,
                                                  output->order.settings, output->steady.rate};
    int err = note_facts(output, first);
    if (!err)
        err = vf_stream_encoder_create(&output->encoder, &order, first);
    return err ? err
               : note_encoder(output, vf_stream_encoder_context(output->encoder),
                              vf_stream_encoder_time_base(output->encoder), first);
}

static int begin_pieces(struct vf_output *output, const struct vf_message *first)
{
    int err = note_facts(output, first);
    if (!err)
        err = vf_piecewise_begin(output->pieces, first);
    return err ? err
               : note_encoder(output, vf_piecewise_context(output->pieces),
                              vf_piecewise_time_base(output->pieces), first);
}

static int encode_piecewise(struct vf_output *output, const struct vf_message *frame)
{
    int err = has_lead(output) ? VF_OK : begin_pieces(output, frame);
    vf_schedule_advance(lead_schedule(output), vf_media_start_us(frame));
    return err ? err : vf_piecewise_take(output->pieces, frame);
}

/* Returns whether a file shall begin with a message of the leading track that begins then. */
static bool is_cut(struct vf_output *output, int64_t start_us)
{
    return vf_schedule_is_due(lead_schedule(output), output->order.settings, start_us,
                              vf_output_files_present_bytes(&output->files));
}

static int encode(struct vf_output *output, const struct vf_message *frame)
{
    bool is_first = !output->encoder;
    int64_t timestamp, start_us = vf_media_start_us(frame);
    int err = is_first ? open_encoder(output, frame) : VF_OK;
    if (err)
        return err;
    bool begins_file = !is_first && output->order.is_series && is_cut(output, start_us);
    err = vf_stream_encoder_send(output->encoder, frame, begins_file, &timestamp);
    if (err)
        return err;
    if (is_first)
        output->first_timestamp = timestamp;
    vf_schedule_advance(lead_schedule(output), start_us);
    if (begins_file) {
        const struct vf_cut cut = {timestamp, vf_stream_encoder_time_base(output->encoder),
                                   frame->description};
        err = vf_output_files_cut(&output->files, &cut);
    }
    return err ? err : drain_encoder(output);
}

static int write_pictures(struct vf_output *output)
{
    AVPacket *packet;
    int err = VF_OK;
    while (!err && (packet = vf_picture_copy_take(output->copy))) {
        err = vf_output_files_write(&output->files, VIDEO_TRACK, packet);
        av_packet_free(&packet);
    }
    return err;
}

/* Says when a picture is shown. Where its packet does not, that is when the decoder has come as far
 * as it keeps pictures back, or later: picture_order.h. */
static void date(struct vf_description *picture)
{
    const struct vf_packet *packet = &picture->packet;
    AVRational base = {picture->time_base.num, picture->time_base.den};
    AVRational frame = {packet->frame_rate.den, packet->frame_rate.num};
    if (picture->timestamp != VF_NO_TIMESTAMP || packet->decode_timestamp == VF_NO_TIMESTAMP)
        return;
    picture->timestamp = packet->decode_timestamp;
    if (frame.num > 0 && frame.den > 0 && base.num > 0 && base.den > 0)
        picture->timestamp += av_rescale_q_rnd(packet->delay, frame, base, AV_ROUND_DOWN);
}

/* Returns VF_OK once the track is known, or -EAGAIN. */
static int know_pictures(struct vf_output *output, const struct vf_message *message)
{
    if (has_lead(output))
        return VF_OK;
    int err = vf_picture_copy_describe(output->copy, &output->tracks.items[VIDEO_TRACK]);
    if (err)
        return err;
    note_first(output, message);
    output->first_timestamp = message->description.timestamp;
    return VF_OK;
}

/* Asks for a new file where one is due; it begins with this packet, if that is a key frame. */
static int cut_copy(struct vf_output *output, const struct vf_message *message)
{
    const struct vf_description *description = &message->description;
    if (!output->order.is_series || !description->packet.is_key ||
        !is_cut(output, vf_media_start_us(message)))
        return VF_OK;
    const struct vf_cut cut = {description->timestamp,
                               {description->time_base.num, description->time_base.den},
                               *description};
    return vf_output_files_cut(&output->files, &cut);
}

static int copy_picture(struct vf_output *output, const struct vf_message *message)
{
    bool is_first = !has_lead(output);
    struct vf_message dated = *message;
    date(&dated.description);
    int err = note_facts(output, message);
    if (!err && !output->copy)
        err =
            vf_picture_copy_create(&output->copy, output->order.run, output->order.choice, message);
    if (!err)
        err = vf_picture_copy_send(output->copy, message);
    if (!err)
        err = know_pictures(output, &dated);
    if (err)
        return err == -EAGAIN ? VF_OK : err;
    if (!is_first)
        err = cut_copy(output, &dated);
    vf_schedule_advance(lead_schedule(output), vf_media_start_us(&dated));
    return err ? err : write_pictures(output);
}

/* Encodes the frames of all ticks that are known. */
static int encode_steadily(struct vf_output *output)
{
    struct vf_message *frame;
    unsigned count = 0;
    int err;
    while ((err = vf_steady_rate_next(&output->steady, &frame)) == VF_OK) {
        bool is_hole = ++count > MANY_REPEATED;
        bool is_halted = is_hole && vf_node_stop_requested(output->order.run);
        err = is_halted ? VF_END : encode(output, frame);
        vf_message_destroy(&frame);
        if (err)
            return err;
    }
    return err == -EAGAIN || err == VF_END ? VF_OK : err;
}

/* At a constant rate, what becomes of a frame depends on those before. */
static int take_piecewise(struct vf_output *output, const struct vf_message *frame)
{
    if (!output->steady.rate.num)
        return encode_piecewise(output, frame);
    vf_log(
        VF_LOG_ERROR,
        "%s has a constant frame rate, which cannot be kept from piece to piece; leave checkpoint "
        "out, or write a .mp4 or .mkv",
        output->order.settings->path);
    return -EINVAL;
}

static int take_frame(struct vf_output *output, const struct vf_message *frame)
{
    if (output->order.choice->is_copy)
        return copy_picture(output, frame);
    if (output->frames == 1)
        output->steady.rate =
            vf_constant_rate(output->order.choice, output->order.settings, &frame->description);
    if (output->pieces)
        return take_piecewise(output, frame);
    if (!output->steady.rate.num)
        return encode(output, frame);
    int err = vf_steady_rate_push(&output->steady, frame);
    return err ? err : encode_steadily(output);
}

/* Ends what a call does: remembers whether anything has failed. */
static int settle(struct vf_output *output, int err)
{
    if (!err)
        err = begin_when_ready(output);
    output->has_failed = output->has_failed || err;
    return err;
}

/* Has the next file begin where it is due by an input without pictures. */
static int cut_by_side(struct vf_output *output, unsigned input, const struct vf_message *message)
{
    struct vf_schedule *schedule = &output->schedules[input];
    bool is_begun = vf_output_files_are_begun(&output->files);
    bool may_lead = !is_begun || schedule == lead_schedule(output);
    int64_t start_us = vf_media_start_us(message);
    if (!may_lead || start_us == INT64_MIN ||
        !vf_schedule_is_due(schedule, output->order.settings, start_us,
                            vf_output_files_present_bytes(&output->files)))
        return VF_OK;
    const struct vf_cut cut = {start_us, AV_TIME_BASE_Q, message->description};
    return is_begun ? vf_output_files_cut(&output->files, &cut)
                    : vf_cut_queue_push(&schedule->kept, &cut);
}

static int take_side(struct vf_output *output, unsigned input, const struct vf_message *message)
{
    struct vf_schedule *schedule = &output->schedules[input];
    bool may_lead = !output->has_video && vf_media_has_content(message);
    int err = VF_OK;
    if (may_lead && !schedule->has_begun)
        vf_schedule_begin(schedule, output->order.settings, message);
    else if (may_lead && output->order.is_series)
        err = cut_by_side(output, input, message);
    if (may_lead)
        vf_schedule_advance(schedule, vf_media_start_us(message));
    if (!err && output->pieces)
        err = vf_piecewise_follow(output->pieces, vf_media_start_us(message));
    return err ? err : vf_side_tracks_take(&output->sides, input, message);
}

int vf_output_take(struct vf_output *output, unsigned input, const struct vf_message *message)
{
    bool is_video = output->order.inputs[input].kind == VF_TRACK_VIDEO;
    if (!is_video && output->order.run->part.is_alone)
        return VF_OK;
    if (!is_video)
        return settle(output, take_side(output, input, message));
    output->frames++;
    return settle(output, take_frame(output, message));
}

static int end_video(struct vf_output *output, bool is_complete)
{
    int err = VF_OK;
    output->has_ended_video = true;
    if (output->pieces)
        return vf_piecewise_end(output->pieces, is_complete);
    if (output->steady.rate.num) {
        vf_steady_rate_end(&output->steady);
        err = encode_steadily(output);
    }
    int64_t none;
    if (!err && output->encoder)
        err = vf_stream_encoder_send(output->encoder, NULL, false, &none);
    if (!err && output->encoder)
        err = drain_encoder(output);
    if (!err && output->copy) {
        vf_picture_copy_end(output->copy);
        err = write_pictures(output);
    }
    return err;
}

static int end_input(struct vf_output *output, unsigned input, bool is_complete)
{
    bool is_video = output->order.inputs[input].kind == VF_TRACK_VIDEO;
    if (output->has_failed || (is_video && output->has_ended_video))
        return VF_OK;
    return settle(output, is_video ? end_video(output, is_complete)
                                   : vf_side_tracks_end_input(&output->sides, input));
}

int vf_output_end_input(struct vf_output *output, unsigned input)
{
    return end_input(output, input, false);
}

/* A rate that was not asked for: what it cost may be no small matter. */
static void tell_steadied(const struct vf_output *output)
{
    const struct vf_steady_rate *steady = &output->steady;
    if (output->order.settings->fps.num || (!steady->left_out && !steady->repeated))
        return;
    vf_log(steady->left_out ? VF_LOG_WARNING : VF_LOG_INFO,
           "%s has a constant rate of %g frames a second: %" PRIu64 " were repeated, %" PRIu64
           " left out; fps sets another rate",
           output->order.settings->path, (double)steady->rate.num / steady->rate.den,
           steady->repeated, steady->left_out);
}

static void warn_of_moved(const struct vf_output *output)
{
    uint64_t moved = counts_of(output).moved;
    if (moved)
        vf_log(VF_LOG_WARNING, "timestamps that were moved to make them rise: %" PRIu64, moved);
}

/* Each frame that came has to be in a packet, but for those that the rate leaves out. */
static int verify_frames(struct vf_output *output)
{
    const struct vf_steady_rate *steady = &output->steady;
    const struct vf_piecewise_counts counts = counts_of(output);
    uint64_t sent = counts.sent, made = counts.made;
    uint64_t due = counts.taken + steady->repeated - steady->left_out;
    const struct vf_container_traits *traits = vf_container_traits(output->order.choice->container);
    if (output->order.settings->verify == VF_OUTPUT_VERIFY_NONE || !encoder_of(output))
        return VF_OK;
    if (sent != due)
        snprintf(output->problem, sizeof(output->problem),
                 "of %" PRIu64 " frames %" PRIu64 " were encoded", due, sent);
    else if (made != sent && !traits->is_one_packet)
        snprintf(output->problem, sizeof(output->problem),
                 "of %" PRIu64 " frames the encoder has made %" PRIu64 " packets", sent, made);
    else
        return VF_OK;
    vf_log(VF_LOG_ERROR, "%s: %s; verify: none accepts that", output->order.settings->path,
           output->problem);
    output->files.problem = output->problem;
    return -EIO;
}

int vf_output_end(struct vf_output *output, bool is_complete)
{
    int err = output->has_video ? end_input(output, VIDEO_INPUT, is_complete) : VF_OK;
    if (!err && !output->has_failed)
        err = settle(output, vf_side_tracks_end(&output->sides));
    if (!err && !output->has_failed && is_complete)
        err = settle(output, verify_frames(output));
    warn_of_moved(output);
    tell_steadied(output);
    int end_err = vf_output_files_end(&output->files, is_complete && !output->has_failed);
    output->has_failed = output->has_failed || end_err;
    return err ? err : end_err;
}
