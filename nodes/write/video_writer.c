/* SPDX-License-Identifier: MIT */
/* video_writer - encodes frames, with their sound and subtitles, into files and streams. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/libav/options.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/sound.h"
#include "engine/media/write/encode/hardware_encoder.h"
#include "engine/media/write/sources.h"
#include "engine/node/node.h"
#include "nodes/write/file_name.h"
#include "nodes/write/output_names.h"

#define MAX_PROBLEM 512
#define MAX_SIZE_TEXT 32

/* Files of a series that are told one by one; the rest are summed up. */
#define MAX_TOLD 6

enum input { VIDEO, AUDIO, SUBTITLES, INPUTS };

struct video_writer {
    struct vf_output_choice choice;
    struct vf_output_names names;
    struct vf_output_sources sources;
    uint64_t files, frames;
    int64_t bytes;
    bool has_ended[INPUTS];
    bool is_open, has_failed;
};

static const struct vf_option options[] = {
    {"path",
     "File, URL, or - for standard output; or a pattern of names, such as out-{seq:04d}.mp4",
     VF_OUTPUT_PATH(struct vf_output_settings, path)},
    {"format", "Container by libavformat's name; empty: what the path's ending or protocol tells",
     VF_TEXT(struct vf_output_settings, format), .fallback = ""},
    {"codec",
     "Encoder or codec by libavcodec's name; auto: H.264 where that is usual, as in .mp4, .mkv and "
     "streams, what the container is used with otherwise",
     VF_TEXT(struct vf_output_settings, codec), .fallback = "auto"},
    {"hw", "Whether an encoder of graphics hardware is looked for",
     VF_CHOICE(struct vf_output_settings, hw,
               {"off", VF_OUTPUT_HW_OFF, "No: the encoder that codec names"},
               {"prefer", VF_OUTPUT_HW_PREFER, "Yes; software encodes where there is none"},
               {"require", VF_OUTPUT_HW_REQUIRE, "Yes; the flow fails where there is none"}),
     .fallback = "off"},
    {"preset", "Speed against size, by the encoder's own names, such as ultrafast or slow",
     VF_TEXT(struct vf_output_settings, preset), .fallback = ""},
    {"crf", "Constant quality, lower is better; -1: the encoder's own",
     VF_NUMBER(struct vf_output_settings, crf), .fallback = "-1", VF_RANGE(-1, 255)},
    {"bitrate", "Mean bit rate, such as 2M; 0: the encoder's own",
     VF_BIT_RATE(struct vf_output_settings, bit_rate), .fallback = "0", VF_RANGE(0, 1e12),
     .unit = "bits a second"},
    {"threads",
     "Threads that encode; 0: as many as there are cores, half as many for small pictures with a "
     "quick preset",
     VF_INTEGER(struct vf_output_settings, threads), .fallback = "0", VF_RANGE(0, 256)},
    {"pixel_format", "Pixel format to encode; empty: the input's, or the nearest to it",
     VF_PIXEL_FORMAT(struct vf_output_settings, pixel_format), .fallback = ""},
    {"fps",
     "Constant frame rate: frames are repeated and left out by their time stamps; empty: each "
     "frame "
     "is written once, with its time stamp",
     VF_FRAME_RATE(struct vf_output_settings, fps), .fallback = ""},
    {"audio",
     "Encoder of sound by its name, such as aac; or copy, or none; auto: copied where the "
     "container can hold it, else encoded",
     VF_TEXT(struct vf_output_settings, audio), .fallback = "auto"},
    {"audio_bitrate", "Mean bit rate of sound that is encoded; 0: the encoder's own",
     VF_BIT_RATE(struct vf_output_settings, audio_bit_rate), .fallback = "0", VF_RANGE(0, 1e9),
     .unit = "bits a second"},
    {"options",
     "Any options of the encoder, of the container and of the protocol, by libav's names",
     VF_MAP(struct vf_output_settings, options), .fallback = "{}"},
    {"segment_time", "How long a file lasts before a new one begins; 0: until the end",
     VF_DURATION(struct vf_output_settings, segment_ns), .fallback = "0", VF_RANGE(0, 1e9)},
    {"segment_size", "Size at which a new file begins, such as 100MB; 0: none",
     VF_MEMORY(struct vf_output_settings, segment_bytes), .fallback = "0", VF_RANGE(0, 1e18)},
    {"keep", "How many files of this run stay: older ones are removed; 0: all",
     VF_INTEGER(struct vf_output_settings, keep), .fallback = "0", VF_RANGE(0, 1e6)},
    {"per_source",
     "Begin a new file with each file that frames come from; so it is with {source} in the path",
     VF_BOOLEAN(struct vf_output_settings, per_source), .fallback = "false"},
    {"crash_safe",
     "What a killed writer leaves can be played, but for its last second or so, and but for MP4 "
     "with subtitles; for that, slow "
     "presets look ahead for a second only (some 6 % more bytes at 25 frames a second), and MP4 is "
     "copied when it is finished (twice the space for that time). Not of MXF, GXF, DV and WMV",
     VF_BOOLEAN(struct vf_output_settings, crash_safe), .fallback = "true"},
    {"timeout", "How long the receiver of a stream may take nothing; 0: for ever",
     VF_DURATION(struct vf_output_settings, timeout_ns), .fallback = "10s", VF_RANGE(0, 1e6)},
};

static bool is_by_source(const struct vf_output_settings *settings)
{
    return settings->per_source || vf_file_name_has(settings->path, "source");
}

static int check_series(const struct vf_output_settings *settings, bool is_stream, char *problem,
                        size_t problem_size)
{
    bool has_segments = settings->segment_ns || settings->segment_bytes;
    bool is_series = vf_output_names_are_many(settings->path);
    const char *what = has_segments           ? "segments are"
                       : settings->per_source ? "a file for each source is"
                       : settings->keep       ? "files to keep are"
                                              : NULL;
    if (is_stream && (is_series || what))
        snprintf(problem, problem_size, "\"%s\" is one stream; series are for files such as %s",
                 settings->path, "out-{seq:04d}.mp4");
    else if (what && !is_series)
        snprintf(problem, problem_size,
                 "%s asked for, but \"%s\" is one file; name them by a pattern such as "
                 "out-{seq:04d}.mp4",
                 what, settings->path);
    else
        return VF_OK;
    return -EINVAL;
}

static int choose(struct vf_output_choice *choice, const struct vf_output_settings *settings,
                  char *problem, size_t problem_size)
{
    int err = VF_OK;
    if (!strstr(settings->path, "://"))
        err = vf_file_name_check(settings->path, problem, problem_size);
    if (!err)
        err = vf_output_choose(choice, settings, problem, problem_size);
    return err ? err : check_series(settings, choice->is_stream, problem, problem_size);
}

static int video_writer_check(const void *values, char *problem, size_t problem_size)
{
    struct vf_output_choice choice;
    return choose(&choice, values, problem, problem_size);
}

static const char *print_size(char *text, int64_t bytes)
{
    text[0] = '\0';
    if (bytes >= 1000000)
        snprintf(text, MAX_SIZE_TEXT, ", %.1f MB", (double)bytes / 1e6);
    else if (bytes >= 0)
        snprintf(text, MAX_SIZE_TEXT, ", %.1f kB", (double)bytes / 1e3);
    return text;
}

static void report(struct vf_node_run *run, const struct vf_output_file *file,
                   const struct vf_output_facts *facts)
{
    const struct vf_output_settings *settings = run->options;
    const struct video_writer *writer = run->state;
    char size[MAX_SIZE_TEXT], line[MAX_PROBLEM];
    bool is_hardware_news = settings->hw != VF_OUTPUT_HW_OFF || facts->is_hardware;
    snprintf(line, sizeof(line), "%s: %" PRIu64 " frames, %dx%d %s%s%s%s%s%s%s", file->path,
             file->frames, facts->width, facts->height, facts->codec,
             is_hardware_news ? " by " : "", is_hardware_news ? facts->encoder : "",
             facts->sound ? " with " : "", facts->is_sound_encoded ? facts->sound : "",
             facts->is_sound_encoded ? " sound"
             : facts->sound          ? "sound"
                                     : "",
             print_size(size, file->size_bytes));
    if (writer->files <= MAX_TOLD)
        vf_node_report_output(run, "%s", line);
    else
        vf_log(VF_LOG_INFO, "wrote %s", line);
}

static void tell_file(void *context, const struct vf_output_file *file,
                      const struct vf_output_facts *facts)
{
    struct vf_node_run *run = context;
    struct video_writer *writer = run->state;
    if (!file->is_complete)
        return;
    writer->files++;
    writer->frames += file->frames;
    writer->bytes += file->size_bytes > 0 ? file->size_bytes : 0;
    vf_output_names_note(&writer->names, file->path);
    report(run, file, facts);
}

static int name_file(void *context, const struct vf_description *first, char **path)
{
    const struct vf_node_run *run = context;
    struct video_writer *writer = run->state;
    bool is_series = writer->sources.order.is_series;
    return vf_output_names_next(&writer->names, is_series ? first : NULL, path);
}

static int prepare_choice(struct video_writer *writer, const struct vf_output_settings *settings)
{
    char problem[MAX_PROBLEM];
    int err = choose(&writer->choice, settings, problem, sizeof(problem));
    if (err)
        vf_log(VF_LOG_ERROR, "%s", problem);
    return err ? err : vf_hw_encoder_choose(&writer->choice, settings);
}

/* A container that holds no sound gets none; who asked for it by name has been told. */
static bool expects_sound(const struct vf_node_run *run)
{
    const struct video_writer *writer = run->state;
    const struct vf_output_settings *settings = run->options;
    bool is_silent = vf_output_is_silent(&writer->choice, settings);
    if (run->is_connected[AUDIO] && is_silent && strcmp(settings->audio, "none") != 0)
        vf_log(VF_LOG_WARNING, "%s holds no sound: it is left out", settings->path);
    return run->is_connected[AUDIO] && !is_silent;
}

static int video_writer_open(struct vf_node_run *run)
{
    const struct vf_output_settings *settings = run->options;
    struct video_writer *writer = run->state;
    bool is_series = vf_output_names_are_many(settings->path);
    writer->names = (struct vf_output_names){.pattern = settings->path,
                                             .keep = (size_t)settings->keep,
                                             .is_restarted = run->is_restarted};
    int err = prepare_choice(writer, settings);
    if (err)
        return err;
    writer->sources = (struct vf_output_sources){
        .is_by_source = is_by_source(settings),
        .order = {.run = run,
                  .choice = &writer->choice,
                  .settings = settings,
                  .owner = {run, name_file, tell_file},
                  .is_series = is_series,
                  .has_sound = expects_sound(run),
                  .has_subtitles = run->is_connected[SUBTITLES]},
    };
    if (is_series)
        err = vf_output_names_prepare(&writer->names);
    if (!err)
        err = vf_output_sources_open(&writer->sources);
    writer->is_open = !err;
    return err == -ECANCELED ? VF_END : err; /* told to stop while it waited for a reader */
}

/* Sound that is over is not waited for. */
static int note_ends(struct vf_node_run *run)
{
    struct video_writer *writer = run->state;
    int err = VF_OK;
    for (unsigned i = AUDIO; i < INPUTS && !err; i++) {
        if (!run->is_connected[i] || writer->has_ended[i] || !vf_node_has_ended(run, i))
            continue;
        writer->has_ended[i] = true;
        err = vf_output_sources_end_track(&writer->sources, (enum vf_muxer_track)i);
    }
    return err;
}

static int video_writer_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct video_writer *writer = run->state;
    int err = VF_OK;
    for (unsigned i = 0; i < INPUTS && !err; i++) {
        if (inputs[i])
            err = vf_output_sources_take(&writer->sources, (enum vf_muxer_track)i, inputs[i]);
    }
    if (!err)
        err = note_ends(run);
    writer->has_failed = writer->has_failed || err;
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

static void report_sum(struct vf_node_run *run)
{
    const struct vf_output_settings *settings = run->options;
    const struct video_writer *writer = run->state;
    char size[MAX_SIZE_TEXT];
    if (writer->files > MAX_TOLD)
        vf_node_report_output(run, "%s: %" PRIu64 " files, %" PRIu64 " frames in all%s",
                              settings->path, writer->files, writer->frames,
                              print_size(size, writer->bytes));
}

/* Finishes the files as far as it goes, whatever ended them. */
static int finish(struct vf_node_run *run)
{
    struct video_writer *writer = run->state;
    if (!writer->is_open)
        return VF_OK;
    writer->is_open = false;
    bool is_empty = !writer->sources.has_come && !writer->has_failed;
    bool is_complete = !writer->has_failed && vf_node_end_reason(run) != VF_END_FAILED;
    int err = vf_output_sources_end(&writer->sources, is_complete);
    if (is_empty)
        return refuse_nothing(run);
    report_sum(run);
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
    vf_output_names_finish(&writer->names);
    vf_output_choice_finish(&writer->choice);
}

const struct vf_node vf_node_video_writer = {
    .name = "video_writer",
    .summary = "Encode frames, with their sound, into files and streams.",
    .about =
        "The path tells where it goes. A file appears under its name when it is whole; an older "
        "one "
        "is replaced only then. A URL (rtmp, rtsp, srt, udp, tcp, http and what else libavformat "
        "writes to), a playlist (live.m3u8, with its segments beside it) and - are streams: they "
        "are "
        "written as frames come, with a key frame every two seconds. So that a stream made of a "
        "file "
        "does not run ahead of the clock, its reader gets pace: true. Anything else that is "
        "printed "
        "while video goes to standard output would damage it.\n"
        "\n"
        "A path with fields in braces makes a series of files: {seq} is the number of the file, "
        "{date} the time it was begun, {pts} and {time} the time of its first frame, and {source} "
        "the file that its frames were read from; vflow-nodes(7) has their formats. Missing "
        "folders "
        "are made. Each file begins with a key frame, and its time at zero; frames, sound and "
        "subtitles are in the file in whose time they begin. With {source}, or per_source, each "
        "file that is read becomes a file of its own, in its own size.\n"
        "\n"
        "Frames that change in mid stream are scaled to the size of the first; what is not in the "
        "encoder's pixel format is converted. With fps each tick shows the last frame that was "
        "due, "
        "rounded to the nearest tick, as the filter fps of ffmpeg does.\n"
        "\n"
        "Sound that is encoded keeps its place in time: gaps are filled with silence. Subtitles "
        "are "
        "copied; text becomes the container's own kind of text where it must.\n"
        "\n"
        "With hw the encoders of graphics hardware for the codec are tried (nvenc, qsv, vaapi, "
        "amf, "
        "videotoolbox, v4l2m2m, in this order), and the report tells which one it was. They can be "
        "named as codecs, too. Where they know no such crf or preset, they get the nearest to it, "
        "or "
        "none.",
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
    .holds = VF_OUTPUT_HOLDS,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames to encode"},
                       {.name = "audio",
                        .type = VF_PORT_PACKET,
                        .help = "Packets of sound to copy or to encode",
                        .is_optional = true},
                       {.name = "subtitles",
                        .type = VF_PORT_PACKET,
                        .help = "Packets of subtitles to copy or to convert",
                        .is_optional = true}),
    .options_size = sizeof(struct vf_output_settings),
    .state_size = sizeof(struct video_writer),
    .check = video_writer_check,
    .open = video_writer_open,
    .consume = video_writer_consume,
    .flush = video_writer_flush,
    .close = video_writer_close,
};
