/* SPDX-License-Identifier: MIT */
/* video_writer - encodes frames, with their sound and subtitles, into files and streams. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/libav/option_reach.h"
#include "engine/media/libav/options.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/container.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/segment_name.h"
#include "engine/media/write/choice/sound.h"
#include "engine/media/write/choice/split.h"
#include "engine/media/write/choice/trial.h"
#include "engine/media/write/encode/constant_rate.h"
#include "engine/media/write/encode/hardware_encoder.h"
#include "engine/media/write/sources.h"
#include "engine/node/node.h"
#include "engine/node/option/workers.h"
#include "engine/node/reach.h"
#include "nodes/write/clip/segments.h"
#include "nodes/write/clip/writer.h"
#include "nodes/write/output_names.h"
#include "nodes/write/writer_check.h"
#include "nodes/write/writer_report.h"

#define MAX_PROBLEM 512

/* Output ports. */
enum { EVENTS };

struct video_writer {
    struct vf_output_choice choice;
    struct vf_output_names names;
    struct vf_output_sources sources;
    struct vf_clip_writer clips; /* instead of the sources, where there is an input `when` */
    struct vf_segments segments; /* beside the sources, where there is one, and segments */
    bool makes_clips, marks_segments;
    struct vf_name_subject subject; /* the event that names the present clip */
    struct vf_writer_report report;
    bool has_ended[VF_MAX_TRACKS];
    bool is_open;
};

static const struct vf_option options[] = {
    {"path", "File, URL, or - for standard output; or a pattern, such as out-{seq:04d}.mp4",
     VF_OUTPUT_PATH(struct vf_output_settings, path), .is_main = true},
    {"format", "Container by libavformat's name; empty: from the extension or protocol of the path",
     VF_TEXT(struct vf_output_settings, format), .fallback = ""},
    {"codec",
     "Encoder or codec by libavcodec's name; copy: packets as they are, without encoding, which "
     "come from the packets port of a reader; auto: H.264 for .mp4, .mkv and streams, otherwise "
     "the container's default",
     VF_TEXT(struct vf_output_settings, codec), .fallback = "auto"},
    {"hw", "Encode in hardware",
     VF_CHOICE(struct vf_output_settings, hw,
               {"off", VF_OUTPUT_HW_OFF, "Never: use the encoder that codec names"},
               {"prefer", VF_OUTPUT_HW_PREFER, "If a hardware encoder works, else in software"},
               {"require", VF_OUTPUT_HW_REQUIRE, "With a hardware encoder, or the flow fails"}),
     .fallback = "off"},
    {"preset",
     "Trade-off between speed and size, by the encoder's own names, such as ultrafast or slow",
     VF_TEXT(struct vf_output_settings, preset), .fallback = ""},
    {"crf", "Constant quality, lower is better; -1: the encoder's default",
     VF_NUMBER(struct vf_output_settings, crf), .fallback = "-1", VF_RANGE(-1, 255)},
    {"bitrate", "Average bit rate, such as 2M; 0: the encoder's default",
     VF_BIT_RATE(struct vf_output_settings, bit_rate), .fallback = "0", VF_RANGE(0, 1e12),
     .unit = "bits a second"},
    {"threads",
     "Encoding threads; 0: one for each core, or half as many for small pictures with a fast "
     "preset",
     VF_INTEGER(struct vf_output_settings, threads), .fallback = "0", VF_RANGE(0, 256)},
    {"split", "What is encoded at the same time",
     VF_CHOICE(struct vf_output_settings, split,
               {"none", VF_OUTPUT_SPLIT_NONE, "What the encoder does by itself, with its threads"},
               {"gop", VF_OUTPUT_SPLIT_GOP,
                "Groups of pictures, each by an encoder of its own with one thread: see ENCODING "
                "SIDE BY SIDE"}),
     .fallback = "none"},
    {"workers",
     "With split: gop: how many groups are encoded at the same time; auto: one for each processor "
     "that the flow may use, at most 16",
     VF_WORKERS(struct vf_output_settings, workers), .fallback = "auto",
     VF_RANGE(1, VF_MOST_WORKERS)},
    {"gop", "With split: gop: length of a group; each begins with a key frame",
     VF_INTEGER(struct vf_output_settings, gop), .fallback = "60", VF_RANGE(2, 1000),
     .unit = "frames"},
    {"pixel_format",
     "Pixel format to encode; empty: the input's, or the nearest one that encoder and container "
     "can have; of RGB and gray in a container for players, yuv420p",
     VF_PIXEL_FORMAT(struct vf_output_settings, pixel_format), .fallback = ""},
    {"fit", "What to do with frames in a size that the encoder cannot have, such as odd sides",
     VF_CHOICE(struct vf_output_settings, fit,
               {"pad", VF_PICTURE_FIT_PAD, "Repeat their last column and row, with a warning"},
               {"crop", VF_PICTURE_FIT_CROP, "Leave out their last column and row"},
               {"none", VF_PICTURE_FIT_NONE, "Fail"}),
     .fallback = "pad"},
    {"fps",
     "Constant frame rate: repeat and drop frames by their timestamps; empty: write each frame "
     "once, with its timestamp, where the container keeps timestamps",
     VF_FRAME_RATE(struct vf_output_settings, fps), .fallback = ""},
    {"audio",
     "Audio encoder, such as aac; or copy, or none; auto: copy if the container can hold it, else "
     "encode, PCM and other lossless codecs without loss where that is possible",
     VF_TEXT(struct vf_output_settings, audio), .fallback = "auto"},
    {"audio_bitrate", "Average bit rate of encoded audio; 0: the encoder's default",
     VF_BIT_RATE(struct vf_output_settings, audio_bit_rate), .fallback = "0", VF_RANGE(0, 1e9),
     .unit = "bits a second"},
    {"options",
     "Any options of the encoder, container and protocol, by libav's names; tag: the codec tag of "
     "the video, such as hev1",
     VF_MAP(struct vf_output_settings, options), .fallback = "{}"},
    {"metadata",
     "What the file says of itself: copy, as the source does, with its chapters and attachments; "
     "none; or own tags, which go before those of the source: {title: Garden, audio.language: eng}",
     VF_METADATA(struct vf_output_settings, metadata), .fallback = "copy"},
    {"segment_time", "Length of each file before a new one is started; 0: no limit",
     VF_DURATION(struct vf_output_settings, segment_ns), .fallback = "0", VF_RANGE(0, 1e9)},
    {"segment_size", "Size at which a new file is started, such as 100MB; 0: no limit",
     VF_MEMORY(struct vf_output_settings, segment_bytes), .fallback = "0", VF_RANGE(0, 1e18)},
    {"pre_roll",
     "With when: how much is recorded before each event; with packets, from the key frame "
     "before that on, but for cut: exact",
     VF_DURATION(struct vf_output_settings, pre_roll_ns), .fallback = "5s", VF_RANGE(0, 86400)},
    {"post_roll", "With when: how much is recorded after each event",
     VF_DURATION(struct vf_output_settings, post_roll_ns), .fallback = "5s", VF_RANGE(0, 86400)},
    {"cut", "With when and codec: copy: where clips begin and end",
     VF_CHOICE(struct vf_output_settings, cut,
               {"key", VF_OUTPUT_CUT_KEY,
                "At key frames: a clip begins with the one before its time; nothing is encoded"},
               {"exact", VF_OUTPUT_CUT_EXACT,
                "At just their times: pictures between the beginning and the next key frame, and "
                "the last few, are encoded again; for progressive H.264 and HEVC in .mp4, .mov, "
                ".mkv and .ts"}),
     .fallback = "key"},
    {"event_delay",
     "With when: how much later than it begins an event may be told, as of a frame; what is older "
     "is "
     "not recorded. In realtime, pictures wait so long for their events, too",
     VF_DURATION(struct vf_output_settings, event_delay_ns), .fallback = "5s", VF_RANGE(0, 86400)},
    {"longest",
     "With when: length of a clip after which another file goes on, without a gap; 0: no limit",
     VF_DURATION(struct vf_output_settings, longest_ns), .fallback = "10m", VF_RANGE(0, 1e9)},
    {"buffer_size",
     "With when: how much may wait in memory until it is known whether it is recorded",
     VF_MEMORY(struct vf_output_settings, buffer_bytes), .fallback = "256MB",
     VF_RANGE(1048576, 1e12)},
    VF_RETENTION_OPTIONS(struct vf_output_settings),
    {"per_source",
     "Start a new output file for each input file; implied by {source} or {folder} in the path",
     VF_BOOLEAN(struct vf_output_settings, per_source), .fallback = "false"},
    {"crash_safe",
     "Keep the file playable if the writer is killed, except for about the last second. Costs "
     "some 6 % more bytes with slow presets (whose look-ahead becomes one second), and twice the "
     "disk space while an MP4 is finished. Not for MP4 with subtitles, MXF, GXF, DV or WMV",
     VF_BOOLEAN(struct vf_output_settings, crash_safe), .fallback = "true"},
    {"checkpoint",
     "Length of pieces that are kept as they become complete, such as 5m, so that vflow run "
     "--resume "
     "goes on after the last of them; each begins with a key frame, and is encoded by itself. "
     "Takes "
     "as much space again as the pictures until the file is complete; 0: none are kept",
     VF_DURATION(struct vf_output_settings, checkpoint_ns), .fallback = "0", VF_RANGE(0, 1e9)},
    {"verify", "What is looked at before a file gets its name; what fails keeps that of a part",
     VF_CHOICE(struct vf_output_settings, verify, {"none", VF_OUTPUT_VERIFY_NONE, "Nothing"},
               {"counts", VF_OUTPUT_VERIFY_COUNTS,
                "Frames that came, packets, and what the index of the file says of them"},
               {"packets", VF_OUTPUT_VERIFY_PACKETS, "All packets, read from the file again, too"},
               {"decode", VF_OUTPUT_VERIFY_DECODE,
                "And decode them, when nobody else wants the processor"}),
     .fallback = "counts"},
    {"receipt", "Write a receipt beside each file: vflow verify compares the two later",
     VF_BOOLEAN(struct vf_output_settings, receipt), .fallback = "false"},
    {"timeout", "Fail if the receiver of a stream accepts no data for this long; 0: wait forever",
     VF_DURATION(struct vf_output_settings, timeout_ns), .fallback = "10s", VF_RANGE(0, 1e6)},
};

static int video_writer_check(const void *values, char *problem, size_t problem_size)
{
    struct vf_output_choice choice;
    const struct vf_output_problem trial = {problem, problem_size};
    int err = vf_writer_choose(&choice, values, problem, problem_size);
    return err ? err : vf_output_try_encoder(&choice, values, &trial);
}

/* What goes along with pictures, or without. */
#define SIDE_INPUTS                                                                               \
    {.name = "audio",                                                                             \
     .type = VF_PORT_PACKET,                                                                      \
     .also = VF_PORT_AUDIO,                                                                       \
     .help = "Packets of sound to copy or to encode, or decoded sound to encode; each "           \
             "source adds its tracks",                                                            \
     .is_optional = true,                                                                         \
     .is_repeated = true},                                                                        \
        {.name = "subtitles",                                                                     \
         .type = VF_PORT_PACKET,                                                                  \
         .help = "Packets of subtitles to copy or to convert; each source adds its tracks",       \
         .is_optional = true,                                                                     \
         .is_repeated = true},                                                                    \
    {                                                                                             \
        .name = "when", .type = VF_PORT_ANY,                                                      \
        .help = "Events (vflow-events(7)): one file is written for each, and nothing else; "      \
                "with segment_time all, and output events says where each is. Any other message " \
                "that is not empty, null or false is an event of "                                \
                "its frame",                                                                      \
        .is_optional = true, .is_repeated = true, .tells_passed = true                            \
    }

static const struct vf_port copied_inputs[] = {{.name = "video",
                                                .type = VF_PORT_PACKET,
                                                .help = "Packets of pictures to copy",
                                                .is_optional = true},
                                               SIDE_INPUTS};

static const struct vf_port side_inputs[] = {SIDE_INPUTS};

/* What is copied comes as packets, and none of it is kept; what holds no pictures takes none. */
static void video_writer_adapt(const void *values, struct vf_node *copy)
{
    const struct vf_output_settings *settings = values;
    struct vf_output_choice choice = {0};
    char text[MAX_PROBLEM]; /* what is wrong is said when the options are checked */
    const struct vf_output_problem problem = {text, sizeof(text)};
    int err = vf_output_choose_container(&choice, settings, &problem);
    if (!err && !choice.has_pictures)
        copy->inputs = (struct vf_port_list){side_inputs, VF_COUNT(side_inputs)};
    else if (strcmp(settings->codec, "copy") == 0)
        copy->inputs = (struct vf_port_list){copied_inputs, VF_COUNT(copied_inputs)};
    if (copy->inputs.items[0].type == VF_PORT_PACKET)
        copy->holds = 0;
    else
        copy->holds = vf_output_holds(settings);
    if (vf_output_names_are_many(settings->path))
        copy->continues = VF_CONTINUES_OUTPUT;
    else if (!err && vf_segment_name_may_continue(choice.container, settings))
        copy->continues = VF_CONTINUES_LIVE;
}

/* What goes with an input `when`, and what needs one. Pictures come by the first port, events by the
 * last. */
static int video_writer_check_connected(const void *values, const bool *is_connected, char *problem,
                                        size_t problem_size)
{
    const struct vf_output_settings *settings = values;
    struct vf_output_choice choice;
    int err = vf_writer_choose(&choice, settings, problem, problem_size);
    if (err)
        return VF_OK; /* has been reported */
    unsigned last = (choice.has_pictures ? VF_COUNT(copied_inputs) : VF_COUNT(side_inputs)) - 1;
    bool has_when = is_connected[last], has_video = choice.has_pictures && is_connected[0];
    err = vf_writer_check_clips(settings, &choice, has_when, has_video, problem, problem_size);
    vf_output_choice_finish(&choice);
    return err;
}

static int64_t video_writer_pieces(const void *values, const char **path)
{
    const struct vf_output_settings *settings = values;
    *path = settings->path;
    return settings->checkpoint_ns;
}

/* Says of which event the clip is that begins. */
static void name_event(struct video_writer *writer)
{
    const json_t *event = vf_clip_writer_event(&writer->clips);
    const json_t *track = json_object_get(event, "track");
    const json_t *class = json_object_get(event, "class");
    writer->subject = (struct vf_name_subject){
        .has_track = json_is_integer(track),
        .track = json_integer_value(track),
        .class = json_is_number(class) ? json_number_value(class) : NAN,
        .what = json_string_value(json_object_get(event, "what")),
        .where = json_string_value(json_object_get(event, "where")),
    };
    writer->names.subject = &writer->subject;
}

static int name_file(void *context, const struct vf_description *first, char **path)
{
    const struct vf_node_run *run = context;
    struct video_writer *writer = run->state;
    bool is_series = writer->report.is_series;
    if (writer->makes_clips)
        name_event(writer);
    return vf_output_names_next(&writer->names, is_series ? first : NULL, path);
}

static void tell_file(void *context, const struct vf_output_file *file,
                      const struct vf_output_facts *facts)
{
    const struct vf_node_run *run = context;
    struct video_writer *writer = run->state;
    struct vf_output_facts encoded = *facts;
    if (writer->makes_clips && writer->clips.maker)
        encoded.encoder = vf_packet_maker_encoder(writer->clips.maker);
    vf_writer_report_file(&writer->report, file, &encoded);
    int err = VF_OK;
    if (writer->marks_segments)
        err = vf_segments_note_file(&writer->segments, file->path, file->is_complete);
    else if (writer->makes_clips && file->is_complete)
        err = vf_clip_writer_note_file(&writer->clips, file->path);
    writer->report.has_failed = writer->report.has_failed || err < 0;
}

static int note_lead(void *context, const struct AVPacket *packet)
{
    const struct vf_node_run *run = context;
    struct video_writer *writer = run->state;
    return writer->marks_segments ? vf_segments_note_packet(&writer->segments, packet) : VF_OK;
}

static bool is_when(const struct vf_node_run *run, unsigned input)
{
    return run->input_ports[input] + 1 == run->node->inputs.count;
}

static enum vf_track_kind kind_of(const struct vf_node_run *run, unsigned input)
{
    const struct video_writer *writer = run->state;
    unsigned kind = run->input_ports[input] + !writer->choice.has_pictures;
    return (enum vf_track_kind)kind;
}

/* Returns whether pictures are to come. */
static bool has_pictures(const struct vf_node_run *run)
{
    return kind_of(run, 0) == VF_TRACK_VIDEO && run->is_connected[0];
}

static int prepare_choice(struct vf_node_run *run)
{
    const struct vf_output_settings *settings = run->options;
    struct video_writer *writer = run->state;
    char problem[MAX_PROBLEM];
    int err = vf_writer_choose(&writer->choice, settings, problem, sizeof(problem));
    if (err)
        vf_log(VF_LOG_ERROR, "%s", problem);
    if (err || !writer->choice.encoder || !has_pictures(run))
        return err;
    return vf_hw_encoder_choose(&writer->choice, settings);
}

/* Says of each input what it is. A container that holds no sound gets none, with a warning. */
static int describe_inputs(struct vf_node_run *run)
{
    const struct vf_output_settings *settings = run->options;
    struct video_writer *writer = run->state;
    bool is_silent = vf_output_is_silent(&writer->choice, settings), is_lost = false;
    if (run->input_count > VF_MAX_TRACKS) {
        vf_log(VF_LOG_ERROR, "there are more than %d inputs; leave some out", VF_MAX_TRACKS);
        return -EINVAL;
    }
    for (unsigned i = 0; i < run->input_count; i++) {
        struct vf_output_input *input = &writer->sources.inputs[i];
        bool is_media = !is_when(run, i);
        input->kind = is_media ? kind_of(run, i) : VF_TRACK_SUBTITLES;
        input->is_expected = is_media && run->is_connected[i];
        if (input->kind == VF_TRACK_AUDIO && is_silent) {
            is_lost |= input->is_expected;
            input->is_expected = false;
        }
    }
    if (is_lost && strcmp(settings->audio, "none") != 0)
        vf_log(VF_LOG_WARNING, "%s holds no sound: it is left out", settings->path);
    return VF_OK;
}

static int video_writer_list(const void *values, const struct vf_path_visitor *visitor,
                             char *problem, size_t problem_size)
{
    const struct vf_output_settings *settings = values;
    int err = vf_output_names_list(settings->path, visitor);
    if (err)
        snprintf(problem, problem_size, "%s", strerror(-err));
    return err;
}

static void video_writer_reach(const void *values, const struct vf_reach *reach)
{
    const struct vf_output_settings *asked = values;
    if (asked->hw != VF_OUTPUT_HW_OFF)
        vf_reach_add(reach, VF_REACH_GPU, "encoding");
    vf_option_reach(&asked->options, asked->path, reach);
}

/* Whether anything comes that says when to record. */
static bool has_when(const struct vf_node_run *run)
{
    bool has = false;
    for (unsigned i = 0; i < run->input_count; i++)
        has = has || (is_when(run, i) && run->is_connected[i]);
    return has;
}

static int open_outputs(struct vf_node_run *run)
{
    struct video_writer *writer = run->state;
    writer->segments = (struct vf_segments){
        .events = {.run = run, .settings = run->options, .port = EVENTS},
        .is_copy = writer->choice.is_copy,
    };
    vf_told_init(&writer->segments.told, run, (unsigned)run->node->inputs.count - 1);
    if (!writer->makes_clips)
        return vf_output_sources_open(&writer->sources);
    writer->sources.order.inputs = writer->sources.inputs;
    writer->clips = (struct vf_clip_writer){.events = {.port = EVENTS},
                                            .when_port = (unsigned)run->node->inputs.count - 1};
    return vf_clip_writer_open(&writer->clips, &writer->sources.order);
}

static int video_writer_open(struct vf_node_run *run)
{
    const struct vf_output_settings *settings = run->options;
    struct video_writer *writer = run->state;
    bool is_series = vf_output_names_are_many(settings->path);
    writer->names = (struct vf_output_names){
        .pattern = settings->path,
        .retention = {.settings = vf_writer_retention(settings), .run = run},
        .must_not_replace = run->must_not_replace,
        .is_restarted = run->is_restarted};
    writer->report = (struct vf_writer_report){.run = run,
                                               .names = &writer->names,
                                               .is_by_source = vf_writer_is_by_source(settings),
                                               .is_series = is_series};
    writer->marks_segments = has_when(run) && (settings->segment_ns || settings->segment_bytes);
    writer->makes_clips = has_when(run) && !writer->marks_segments;
    int err = prepare_choice(run);
    if (err)
        return err;
    writer->sources = (struct vf_output_sources){
        .is_by_source = vf_writer_is_by_source(settings),
        .order = {.run = run,
                  .choice = &writer->choice,
                  .settings = settings,
                  .owner = {run, name_file, tell_file, note_lead},
                  .is_series = is_series,
                  .input_count = run->input_count},
    };
    err = describe_inputs(run);
    if (!err && (is_series || settings->min_free_bytes))
        err = vf_output_names_prepare(&writer->names);
    if (!err)
        err = open_outputs(run);
    writer->is_open = !err;
    return err == -ECANCELED ? VF_END : err; /* stopped while it waited for a reader */
}

/* Sound that is over is not waited for. */
static int note_ends(struct vf_node_run *run)
{
    struct video_writer *writer = run->state;
    int err = VF_OK;
    for (unsigned i = 0; i < run->input_count && !err; i++) {
        bool is_side = writer->sources.inputs[i].kind != VF_TRACK_VIDEO;
        if (!is_side || !run->is_connected[i] || writer->has_ended[i] || !vf_node_has_ended(run, i))
            continue;
        writer->has_ended[i] = true;
        err = vf_output_sources_end_input(&writer->sources, i);
    }
    return err;
}

/* In a file of a constant rate, frames have other numbers than those that came. */
static int refuse_rate(struct vf_node_run *run, const struct vf_message *frame)
{
    const struct vf_output_settings *settings = run->options;
    const struct video_writer *writer = run->state;
    if (writer->choice.is_copy || writer->segments.taken.count ||
        !vf_constant_rate(&writer->choice, settings, &frame->description).num)
        return VF_OK;
    vf_log(
        VF_LOG_ERROR,
        "when: %s has a constant frame rate, in which frames are counted again; write .mp4 or .mkv",
        settings->path);
    return -EINVAL;
}

/* Writes a message of a continuous recording, or takes an event that is in it. */
static int take_marked(struct vf_node_run *run, unsigned input, const struct vf_message *message)
{
    struct video_writer *writer = run->state;
    bool is_event = is_when(run, input);
    int err = input == 0 ? refuse_rate(run, message) : VF_OK;
    if (!err && (is_event || input == 0))
        err = vf_segments_take(&writer->segments, input, message);
    return err || is_event ? err : vf_output_sources_take(&writer->sources, input, message);
}

static int take(struct vf_node_run *run, unsigned input, const struct vf_message *message)
{
    struct video_writer *writer = run->state;
    if (writer->makes_clips)
        return vf_clip_writer_take(&writer->clips, input, message);
    if (writer->marks_segments)
        return take_marked(run, input, message);
    return vf_output_sources_take(&writer->sources, input, message);
}

static int video_writer_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct video_writer *writer = run->state;
    int err = vf_retention_make_room(&writer->names.retention);
    for (unsigned i = 0; i < run->input_count && !err; i++) {
        if (inputs[i])
            err = take(run, i, inputs[i]);
    }
    if (!err && !writer->makes_clips)
        err = note_ends(run);
    writer->report.has_failed = writer->report.has_failed || err;
    return err;
}

static int refuse_nothing(struct vf_node_run *run)
{
    const struct vf_output_settings *settings = run->options;
    if (vf_node_end_reason(run) == VF_END_FAILED)
        return VF_OK; /* somebody has said why */
    vf_log(VF_LOG_ERROR, "%s is not written: %s has come", settings->path,
           has_pictures(run) ? "no frame" : "nothing");
    return vf_node_end_reason(run) == VF_END_COMPLETE ? -ENODATA : VF_OK;
}

/* Where nothing has happened, there is nothing to write. */
static int end_clips(struct vf_node_run *run, bool is_complete)
{
    const struct vf_output_settings *settings = run->options;
    struct video_writer *writer = run->state;
    bool is_empty = !writer->clips.pictures && !writer->report.has_failed;
    int err = vf_clip_writer_end(&writer->clips, is_complete);
    if (is_empty)
        return refuse_nothing(run);
    if (!writer->clips.wanted && !writer->report.has_failed)
        vf_node_report_output(run, "%s: no file, since no event has come", settings->path);
    vf_writer_report_sum(&writer->report);
    return err;
}

/* Finishes the files as far as it goes, whatever ended them. */
static int finish(struct vf_node_run *run)
{
    struct video_writer *writer = run->state;
    if (!writer->is_open)
        return VF_OK;
    writer->is_open = false;
    bool is_complete = !writer->report.has_failed && vf_node_has_all(run);
    if (writer->makes_clips)
        return end_clips(run, is_complete);
    bool is_empty = !writer->sources.has_come && !writer->report.has_failed;
    int err = vf_output_sources_end(&writer->sources, is_complete);
    if (writer->marks_segments && !err)
        err = vf_segments_end(&writer->segments);
    if (is_empty)
        return refuse_nothing(run);
    vf_writer_report_sum(&writer->report);
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
    vf_output_sources_finish(&writer->sources);
    vf_clip_writer_finish(&writer->clips);
    vf_segments_finish(&writer->segments);
    vf_writer_report_finish(&writer->report);
    vf_output_names_finish(&writer->names);
    vf_output_choice_finish(&writer->choice);
}

const struct vf_node vf_node_video_writer = {
    .name = "video_writer",
    .summary = "Encode frames, with their audio, into files and streams.",
    .related = "image_writer, zmq_out",
    .about =
        "A file gets its name only when it is complete; until then an older one stays. What an "
        "interrupted or failed run has made of it is kept beside it, as out.partial.mp4, and can "
        "be played; of a series that is only the last file. What comes from a camera, or from "
        "another source without an end of its own, is complete when it is interrupted. A URL "
        "(rtmp, rtsp, srt, udp, tcp, http and others of libavformat) and - are streams: they are "
        "written as frames come, with a key frame every two seconds. So is a playlist (live.m3u8, "
        "live.mpd) of what comes live; of a file, it gets its name, with its segments, when all "
        "are complete. To stream a file, give its reader pace: true. While video goes "
        "to standard output, nothing else may be printed there.\n\n"
        "A path with fields in braces makes a series of files: {seq} is the number of the file, "
        "{n} the same counted for each source, {date} the time it was started, {pts} and {time} "
        "the time of its first frame, {source} the file its frames were read from, {folder} the "
        "folder of that and {source_time} the time within it; vflow-nodes(7) has their formats. "
        "Each file begins with a key frame, at time zero; frames, "
        "sound and subtitles go to the file in whose time they begin. With {source}, {folder} or "
        "per_source, each input file becomes an output file of its own, in its own size.\n\n"
        "With codec: copy the packets of a video stream, from the packets port of a reader, are "
        "written without being decoded, in the form that the container wants. They begin with the "
        "last key frame before the reader's start, and each file of a series with a key frame. "
        "Pictures that become others in mid-stream need a file of their own.\n\n"
        "With an input when, it writes a file for each event: vflow-events(7).\n\n"
        "Frames whose size changes are scaled to the size of the first; pixel formats that encoder "
        "or container does not take are converted. Most players show H.264, HEVC, VP9 and AV1 only "
        "as yuv420p: in containers for "
        "players (MP4, MOV, WebM, MPEG-TS, HLS, FLV, not Matroska) RGB and gray "
        "become that, and of other formats a warning tells; say pixel_format to have another. "
        "Where an encoder wants even sides, fit says what happens to odd ones. options: {loop: 0} "
        "repeats an animated GIF or WebP forever, {plays: 0} an APNG.\n\n"
        "With fps each tick shows the last frame "
        "that was due, rounded to the nearest tick, as ffmpeg's fps filter does. AVI, MXF, DV, "
        "GXF, Ogg, MPEG program streams, YUV4MPEG, raw streams, and MPEG-1 and MPEG-2 in any "
        "container, have a constant rate: without fps that of the first frame, or the nearest "
        "that is possible, with a warning. When timestamps go back by more than a second, or "
        "forward by more than 30 hours, what follows is written without a gap.\n\n"
        "Sound and subtitles become a track for each stream of each source, in the order of the "
        "inputs. Without pictures, a file has those alone: .m4a, .mp3, .flac, .wav, .ogg, .srt. "
        "metadata names tracks by kind and number: "
        "audio[1].title, and audio.language of the first.\n\n"
        "Encoded sound keeps its place in time: gaps are filled with silence. Of copied sound, "
        "packets that an edit list cuts off are left out. Subtitles are "
        "copied, or converted to the container's text format. Where copied "
        "sound changes (codec, sample rate, channels), the rest is encoded to match, with a "
        "warning; where that is impossible, it is left out, which is an error. audio: aac "
        "encodes all.\n\n"
        "What the source says of itself goes into the file as far as the container holds it: "
        "title, dates, place, languages and names of tracks, chapters, fonts and covers (metadata "
        "changes that), and captions, HDR10 mastering display and light level, the order of fields "
        "and a display matrix that was not obeyed. Where an encoder cannot keep one, a warning "
        "says which. When several files become one, the first speaks for it.\n\n"
        "HEVC in MP4 and MOV gets the tag hvc1, which Apple's players need.\n\n"
        "With hw the hardware encoders for the codec are tried (nvenc, qsv, vaapi, amf, "
        "videotoolbox, v4l2m2m, in this order), and the report says which one was used. They can "
        "be named as codecs, too. An encoder without that crf or preset gets the nearest value, "
        "or none.",
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
    .is_recorder = true,
    .holds = VF_OUTPUT_HOLDS,
    .options = VF_LIST(options),
    .inputs = VF_PORTS(
        {.name = "video", .type = VF_PORT_VIDEO, .help = "Frames to encode", .is_optional = true},
        SIDE_INPUTS),
    .outputs =
        VF_PORTS({.name = "events",
                  .type = VF_PORT_VALUE,
                  .help = "With when: each event again, once the frames that it names are in "
                          "files: recording says where",
                  .may_split = true}),
    .options_size = sizeof(struct vf_output_settings),
    .state_size = sizeof(struct video_writer),
    .check = video_writer_check,
    .check_connected = video_writer_check_connected,
    .adapt = video_writer_adapt,
    .list = video_writer_list,
    .pieces = video_writer_pieces,
    .reach = video_writer_reach,
    .open = video_writer_open,
    .consume = video_writer_consume,
    .flush = video_writer_flush,
    .close = video_writer_close,
};
