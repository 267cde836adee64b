/* SPDX-License-Identifier: MIT */
/* video_writer - encodes frames, with their sound and subtitles, into files and streams. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/libav/options.h"
#include "engine/media/write/choice/choice.h"
#include "engine/media/write/choice/container.h"
#include "engine/media/write/choice/place.h"
#include "engine/media/write/choice/problem.h"
#include "engine/media/write/choice/segment_name.h"
#include "engine/media/write/choice/sound.h"
#include "engine/media/write/choice/trial.h"
#include "engine/media/write/encode/hardware_encoder.h"
#include "engine/media/write/sources.h"
#include "engine/node/detail.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"
#include "nodes/write/file_name.h"
#include "nodes/write/output_names.h"
#include "nodes/write/size_text.h"

#define MAX_PROBLEM 512
#define SOUND_TEXT 64
#define US_PER_S 1e6

/* Files of a series that are reported one by one; the rest are summed up. */
#define MAX_TOLD 6

/* A file that has been written, and what there is to tell of it. */
struct told {
    char *path, *line;
};

struct video_writer {
    struct vf_output_choice choice;
    struct vf_output_names names;
    struct vf_output_sources sources;
    uint64_t files, frames;
    int64_t bytes;
    struct told told[MAX_TOLD]; /* a ring: the last ones, where some are removed */
    bool has_ended[VF_MAX_TRACKS];
    bool is_open, has_failed;
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

static bool is_by_source(const struct vf_output_settings *settings)
{
    return settings->per_source || vf_file_name_has(settings->path, "source") ||
           vf_file_name_has(settings->path, "folder");
}

static struct vf_retention_settings retention_of(const struct vf_output_settings *settings)
{
    return (struct vf_retention_settings){settings->keep, settings->keep_for_ns,
                                          settings->keep_bytes, settings->min_free_bytes};
}

static int check_retention(const struct vf_output_settings *settings, bool is_stream, char *problem,
                           size_t problem_size)
{
    const struct vf_retention_settings retention = retention_of(settings);
    if (!is_stream || (!vf_retention_removes(&retention) && !settings->min_free_bytes))
        return vf_retention_check(&retention, settings->path, problem, problem_size);
    snprintf(problem, problem_size,
             "\"%s\" is a stream; keep, keep_for, keep_size and min_free are for files",
             settings->path);
    return -EINVAL;
}

static int check_verify(const struct vf_output_settings *settings, bool is_stream, char *problem,
                        size_t problem_size)
{
    if (vf_output_is_stream(settings->path) && settings->receipt) {
        snprintf(problem, problem_size, "receipt: \"%s\" is a stream; receipts are for files",
                 settings->path);
        return -EINVAL;
    }
    if (!vf_output_is_stream(settings->path) || settings->verify <= VF_OUTPUT_VERIFY_COUNTS)
        return check_retention(settings, is_stream, problem, problem_size);
    snprintf(problem, problem_size,
             "verify: \"%s\" is a stream, which cannot be read again; use counts or none",
             settings->path);
    return -EINVAL;
}

static int check_series(const struct vf_output_settings *settings, bool is_stream, char *problem,
                        size_t problem_size)
{
    bool has_segments = settings->segment_ns || settings->segment_bytes;
    bool is_series = vf_output_names_are_many(settings->path);
    const char *what = has_segments           ? "segments are"
                       : settings->per_source ? "a file for each source is"
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
        return check_verify(settings, is_stream, problem, problem_size);
    return -EINVAL;
}

/* Pieces are of pictures that are encoded, each by itself, for one file. */
static int check_checkpoint(const struct vf_output_settings *settings, bool is_stream,
                            char *problem, size_t problem_size)
{
    const char *reason = NULL;
    if (!settings->checkpoint_ns)
        return VF_OK;
    if (settings->checkpoint_ns < VF_NS_PER_S / 10)
        reason = "is less than 0.1 s; minutes are usual";
    else if (is_stream || vf_output_is_stream(settings->path))
        reason = "is for files; a stream cannot be gone on with";
    else if (is_by_source(settings) || vf_output_names_are_many(settings->path))
        reason = "is for one file; of a series, all but the last file are complete after a crash";
    else if (strcmp(settings->codec, "copy") == 0)
        reason = "is for what is encoded; to copy it again is as quick";
    else if (settings->fps.num)
        reason = "does not go with fps: what is repeated or left out depends on what came before";
    if (!reason)
        return VF_OK;
    snprintf(problem, problem_size, "checkpoint: it %s", reason);
    return -EINVAL;
}

static int check_name(const char *path, char *problem, size_t problem_size)
{
    const char *field;
    int err = vf_file_name_check(path, problem, problem_size);
    if (err || !vf_file_name_has_subject(path, &field))
        return err;
    snprintf(problem, problem_size,
             "path: {%s} is of pictures of objects and events, which "
             "image_writer writes; leave it out",
             field);
    return -EINVAL;
}

static int choose(struct vf_output_choice *choice, const struct vf_output_settings *settings,
                  char *problem, size_t problem_size)
{
    int err = VF_OK;
    if (!strstr(settings->path, "://"))
        err = check_name(settings->path, problem, problem_size);
    if (!err)
        err = vf_output_choose(choice, settings, problem, problem_size);
    if (!err)
        err = check_checkpoint(settings, choice->is_stream, problem, problem_size);
    return err ? err : check_series(settings, choice->is_stream, problem, problem_size);
}

static int video_writer_check(const void *values, char *problem, size_t problem_size)
{
    struct vf_output_choice choice;
    const struct vf_output_problem trial = {problem, problem_size};
    int err = choose(&choice, values, problem, problem_size);
    return err ? err : vf_output_try_encoder(&choice, values, &trial);
}

/* What goes along with pictures, or without. */
#define SIDE_INPUTS                                                                        \
    {.name = "audio",                                                                      \
     .type = VF_PORT_PACKET,                                                               \
     .also = VF_PORT_AUDIO,                                                                \
     .help = "Packets of sound to copy or to encode, or decoded sound to encode; each "    \
             "source adds its tracks",                                                     \
     .is_optional = true,                                                                  \
     .is_repeated = true},                                                                 \
    {                                                                                      \
        .name = "subtitles", .type = VF_PORT_PACKET,                                       \
        .help = "Packets of subtitles to copy or to convert; each source adds its tracks", \
        .is_optional = true, .is_repeated = true                                           \
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
    else if (settings->checkpoint_ns)
        copy->holds++; /* the first of all */
    if (vf_output_names_are_many(settings->path))
        copy->continues = VF_CONTINUES_OUTPUT;
    else if (!err && vf_segment_name_may_continue(choice.container, settings))
        copy->continues = VF_CONTINUES_LIVE;
}

static int64_t video_writer_pieces(const void *values, const char **path)
{
    const struct vf_output_settings *settings = values;
    *path = settings->path;
    return settings->checkpoint_ns;
}

/* Files that may be removed again are reported at the end, the last of them. */
static void report(struct vf_node_run *run, const char *path, const char *line)
{
    struct video_writer *writer = run->state;
    if (vf_retention_removes(&writer->names.retention.settings)) {
        struct told *told = &writer->told[writer->files % MAX_TOLD];
        free(told->path);
        free(told->line);
        *told = (struct told){strdup(path), strdup(line)};
        vf_log(VF_LOG_INFO, "wrote %s", line);
    } else if (writer->files <= MAX_TOLD) {
        vf_node_report_output(run, "%s", line);
    } else {
        vf_log(VF_LOG_INFO, "wrote %s", line);
    }
}

/* Says what sound there is: "aac sound", where it was encoded; "sound"; "2 sounds"; "". */
static const char *describe_sound(char text[SOUND_TEXT], const struct vf_output_facts *facts)
{
    text[0] = '\0';
    if (facts->sounds > 1)
        snprintf(text, SOUND_TEXT, "%u sounds", facts->sounds);
    else if (facts->sounds)
        snprintf(text, SOUND_TEXT, "%s%ssound", facts->is_sound_encoded ? facts->sound : "",
                 facts->is_sound_encoded ? " " : "");
    return text;
}

static void describe_pictures(char line[MAX_PROBLEM], const struct vf_node_run *run,
                              const struct vf_output_file *file,
                              const struct vf_output_facts *facts)
{
    const struct vf_output_settings *settings = run->options;
    char size[VF_SIZE_TEXT], sound[SOUND_TEXT];
    const char *with = facts->encoder ? " with " : ", with ";
    bool is_hardware_news =
        facts->encoder && (settings->hw != VF_OUTPUT_HW_OFF || facts->is_hardware);
    snprintf(line, MAX_PROBLEM, "%s: %" PRIu64 " frames, %dx%d %s%s%s%s%s%s", file->path,
             file->frames, facts->width, facts->height, facts->codec,
             is_hardware_news ? " by "
             : facts->encoder ? ""
                              : ", copied",
             is_hardware_news ? facts->encoder : "", facts->sounds ? with : "",
             describe_sound(sound, facts), vf_size_text(size, file->end.size_bytes));
}

static void describe(struct vf_node_run *run, const struct vf_output_file *file,
                     const struct vf_output_facts *facts)
{
    char size[VF_SIZE_TEXT], sound[SOUND_TEXT], line[MAX_PROBLEM];
    if (facts->codec)
        describe_pictures(line, run, file, facts);
    else
        snprintf(line, sizeof(line), "%s: %.1f s of %s%s", file->path,
                 (double)file->length_us / US_PER_S,
                 facts->sounds ? describe_sound(sound, facts) : "subtitles",
                 vf_size_text(size, file->end.size_bytes));
    report(run, file->path, line);
}

/* Returns how many frames were to come into a file; 0: it is not known. */
static uint64_t expected_frames(const struct vf_node_run *run, const struct vf_output_facts *facts)
{
    const struct vf_output_settings *settings = run->options;
    bool is_other = facts->is_resampled || vf_output_names_are_many(settings->path);
    return is_other ? 0 : vf_node_expected(run);
}

/* Says what is known of what is in a file; frames are counted in all files of a series. */
static void note_details(struct vf_node_run *run, const struct vf_output_file *file,
                         const struct vf_output_facts *facts)
{
    static const char *const levels[] = {[VF_OUTPUT_VERIFY_NONE] = "none",
                                         [VF_OUTPUT_VERIFY_COUNTS] = "counts",
                                         [VF_OUTPUT_VERIFY_PACKETS] = "packets",
                                         [VF_OUTPUT_VERIFY_DECODE] = "decode"};
    const struct vf_output_settings *settings = run->options;
    const struct video_writer *writer = run->state;
    bool is_verified = file->is_complete && file->end.is_verified;
    vf_node_detail(run, "verified", json_string(levels[is_verified ? settings->verify : 0]));
    vf_node_detail(run, "packets", json_integer((json_int_t)file->end.packets));
    if (writer->sources.is_by_source && *file->source)
        vf_node_detail(run, "source", json_string(file->source));
    if (file->end.files)
        vf_node_detail(run, "files", json_deep_copy(file->end.files));
    if (!facts->encoder || writer->sources.order.is_series)
        return;
    vf_node_detail(run, "taken", json_integer((json_int_t)file->taken));
    vf_node_detail(run, "encoded", json_integer((json_int_t)file->encoded));
}

/* Notes a file for the report. */
static void note_file(struct vf_node_run *run, const struct vf_output_file *file,
                      const struct vf_output_facts *facts, const char *reason)
{
    struct vf_medium medium = {
        .path = file->is_complete || !file->end.kept ? file->path : file->end.kept,
        .unit = "frames",
        .count = facts->codec ? file->frames : 0,
        .duration_ns = file->length_us * VF_NS_PER_US,
        .size_bytes = file->end.size_bytes,
        .is_complete = file->is_complete,
        .reason = reason,
    };
    note_details(run, file, facts);
    vf_node_note_output(run, &medium);
}

/* Says what there is of a file that is not whole. */
static void report_part(struct vf_node_run *run, const struct vf_output_file *file,
                        const struct vf_output_facts *facts)
{
    const struct video_writer *writer = run->state;
    bool is_failure = writer->has_failed || vf_node_end_reason(run) == VF_END_FAILED;
    bool has_name = strcmp(file->end.kept, file->path) != 0;
    uint64_t expected = expected_frames(run, facts);
    char made[64];
    if (is_failure && !has_name)
        return; /* of a stream, the log says what became of it */
    if (!facts->codec)
        snprintf(made, sizeof(made), "%.1f s", (double)file->length_us / US_PER_S);
    else if (expected >= file->frames && expected)
        snprintf(made, sizeof(made), "%" PRIu64 " of %" PRIu64 " frames", file->frames, expected);
    else
        snprintf(made, sizeof(made), "%" PRIu64 " frames", file->frames);
    vf_node_report_output(run, "%s: %s, %s%s%s%s", file->end.kept, made,
                          file->end.problem ? "not as it was written"
                          : is_failure      ? "cut short by a failure"
                                            : "interrupted",
                          file->end.has_older ? "; " : "", file->end.has_older ? file->path : "",
                          file->end.has_older ? " is as it was" : "");
}

static void tell_file(void *context, const struct vf_output_file *file,
                      const struct vf_output_facts *facts)
{
    struct vf_node_run *run = context;
    struct video_writer *writer = run->state;
    if (!file->is_complete) {
        bool is_failure = writer->has_failed || vf_node_end_reason(run) == VF_END_FAILED;
        note_file(run, file, facts,
                  file->end.problem ? file->end.problem
                  : is_failure      ? "cut short by a failure"
                                    : "interrupted");
        if (file->end.kept)
            report_part(run, file, facts);
        return;
    }
    writer->files++;
    writer->frames += file->frames;
    writer->bytes += file->end.size_bytes > 0 ? file->end.size_bytes : 0;
    vf_output_names_note(&writer->names, file->path);
    note_file(run, file, facts, NULL);
    describe(run, file, facts);
}

static int name_file(void *context, const struct vf_description *first, char **path)
{
    const struct vf_node_run *run = context;
    struct video_writer *writer = run->state;
    bool is_series = writer->sources.order.is_series;
    return vf_output_names_next(&writer->names, is_series ? first : NULL, path);
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
    int err = choose(&writer->choice, settings, problem, sizeof(problem));
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
        input->kind = kind_of(run, i);
        input->is_expected = run->is_connected[i];
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
}

static int video_writer_open(struct vf_node_run *run)
{
    const struct vf_output_settings *settings = run->options;
    struct video_writer *writer = run->state;
    bool is_series = vf_output_names_are_many(settings->path);
    writer->names =
        (struct vf_output_names){.pattern = settings->path,
                                 .retention = {.settings = retention_of(settings), .run = run},
                                 .must_not_replace = run->must_not_replace,
                                 .is_restarted = run->is_restarted};
    int err = prepare_choice(run);
    if (err)
        return err;
    writer->sources = (struct vf_output_sources){
        .is_by_source = is_by_source(settings),
        .order = {.run = run,
                  .choice = &writer->choice,
                  .settings = settings,
                  .owner = {run, name_file, tell_file},
                  .is_series = is_series,
                  .input_count = run->input_count},
    };
    err = describe_inputs(run);
    if (!err && (is_series || settings->min_free_bytes))
        err = vf_output_names_prepare(&writer->names);
    if (!err)
        err = vf_output_sources_open(&writer->sources);
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

static int video_writer_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct video_writer *writer = run->state;
    int err = vf_retention_make_room(&writer->names.retention);
    for (unsigned i = 0; i < run->input_count && !err; i++) {
        if (inputs[i])
            err = vf_output_sources_take(&writer->sources, i, inputs[i]);
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
    vf_log(VF_LOG_ERROR, "%s is not written: %s has come", settings->path,
           has_pictures(run) ? "no frame" : "nothing");
    return vf_node_end_reason(run) == VF_END_COMPLETE ? -ENODATA : VF_OK;
}

static void report_sum(struct vf_node_run *run)
{
    const struct vf_output_settings *settings = run->options;
    const struct video_writer *writer = run->state;
    char size[VF_SIZE_TEXT];
    for (unsigned i = 1; i <= MAX_TOLD; i++) {
        const struct told *told = &writer->told[(writer->files + i) % MAX_TOLD];
        if (told->path && told->line && vf_retention_has(&writer->names.retention, told->path))
            vf_node_report_output(run, "%s", told->line);
    }
    vf_retention_report(&writer->names.retention, run);
    if (writer->files > MAX_TOLD || vf_retention_removes(&writer->names.retention.settings))
        vf_node_report_output(run, "%s: %" PRIu64 " files, %" PRIu64 " frames in all%s",
                              settings->path, writer->files, writer->frames,
                              vf_size_text(size, writer->bytes));
}

/* Finishes the files as far as it goes, whatever ended them. */
static int finish(struct vf_node_run *run)
{
    struct video_writer *writer = run->state;
    if (!writer->is_open)
        return VF_OK;
    writer->is_open = false;
    bool is_empty = !writer->sources.has_come && !writer->has_failed;
    bool is_complete = !writer->has_failed && vf_node_has_all(run);
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
    for (unsigned i = 0; i < MAX_TOLD; i++) {
        free(writer->told[i].path);
        free(writer->told[i].line);
    }
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
        "Missing folders are created. Each file begins with a key frame, at time zero; frames, "
        "sound and subtitles go to the file in whose time they begin. With {source}, {folder} or "
        "per_source, each input file becomes an output file of its own, in its own size.\n\n"
        "With codec: copy the packets of a video stream, from the packets port of a reader, are "
        "written without being decoded, in the form that the container wants. They begin with the "
        "last key frame before the reader's start, and each file of a series with a key frame. "
        "Pictures that become others in mid-stream need a file of their own.\n\n"
        "Frames whose size changes are scaled to the size of the first; pixel formats that encoder "
        "or container does not take are converted. Most players show H.264, HEVC, VP9 and AV1 only "
        "as yuv420p: in containers for "
        "players (MP4, MOV, WebM, MPEG-TS, HLS, FLV and the like, not Matroska) RGB and gray "
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
        "inputs. Without pictures, a file has those alone: .m4a, .mp3, .flac, .wav, .ogg, .srt and "
        "the "
        "like. metadata names tracks by kind and number: "
        "audio[1].title, and audio.language of the first.\n\n"
        "Encoded sound keeps its place in time: gaps are filled with silence. Of copied sound, "
        "packets that an edit list cuts off are left out. Subtitles are "
        "copied, or converted to the container's own text format where needed. Where copied "
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
    .options_size = sizeof(struct vf_output_settings),
    .state_size = sizeof(struct video_writer),
    .check = video_writer_check,
    .adapt = video_writer_adapt,
    .list = video_writer_list,
    .pieces = video_writer_pieces,
    .reach = video_writer_reach,
    .open = video_writer_open,
    .consume = video_writer_consume,
    .flush = video_writer_flush,
    .close = video_writer_close,
};
