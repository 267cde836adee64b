/* SPDX-License-Identifier: MIT */
/* folder_reader - reads the videos of a folder, one after the other. */
#include "engine/base/array.h"
#include "engine/base/log.h"
#include "engine/node/reach.h"
#include "nodes/read/file_list.h"
#include "nodes/read/sequence.h"

#define MAX_PROBLEM 512

struct folder_reader_options {
    char *path, *pattern;
    bool recursive, keep_going;
    struct vf_reading_options reading;
};

struct folder_reader {
    struct vf_file_list files;
    struct vf_reading_sequence sequence;
};

/* What names of videos end in. */
static const char *const endings[] = {
    "3g2", "3gp",  "asf", "avi", "dv",  "f4v",   "flv", "gif", "h264", "h265", "hevc", "ivf",
    "m1v", "m2ts", "m2v", "m4v", "mj2", "mjpeg", "mkv", "mov", "mp4",  "mpeg", "mpg",  "mts",
    "mxf", "nut",  "obu", "ogm", "ogv", "rm",    "ts",  "vob", "webm", "wmv",  "y4m",
};

static const struct vf_option options[] = {
    {"path",
     "Folder with the videos, which are read in the order of their names, compared byte by byte",
     VF_INPUT_FOLDER(struct folder_reader_options, path), .is_main = true},
    {"pattern",
     "Pattern for the names of the files to read, as in a shell: *.mp4; empty: all with an "
     "extension of a video",
     VF_TEXT(struct folder_reader_options, pattern), .fallback = ""},
    {"recursive", "Read the folders in the folder, too, in the order of whole paths",
     VF_BOOLEAN(struct folder_reader_options, recursive), .fallback = "false"},
    {"keep_going",
     "Skip a file that cannot be opened, and count an error; false: fail. When no file can be "
     "opened, the task fails in any case",
     VF_BOOLEAN(struct folder_reader_options, keep_going), .fallback = "true"},
    VF_READING_RANGE_OPTIONS(struct folder_reader_options),
    {"loop", "How many times to repeat the folder; -1: forever. Timestamps keep increasing",
     VF_INTEGER(struct folder_reader_options, reading.loop), .fallback = "0",
     VF_RANGE(-1, 1000000000)},
    VF_READING_MEDIA_OPTIONS(struct folder_reader_options),
};

static void folder_reader_adapt(const void *values, struct vf_node *copy)
{
    const struct folder_reader_options *asked = values;
    vf_reading_options_adapt(&asked->reading, copy);
}

static int folder_reader_check(const void *values, char *problem, size_t problem_size)
{
    const struct folder_reader_options *asked = values;
    return vf_reading_options_check(&asked->reading, problem, problem_size);
}

static struct vf_file_wish wish_of(const struct folder_reader_options *asked)
{
    bool has_pattern = asked->pattern[0];
    return (struct vf_file_wish){
        .place = asked->path,
        .order = VF_FILE_ORDER_NAME,
        .is_recursive = asked->recursive,
        .pattern = asked->pattern,
        .endings = has_pattern ? NULL : endings,
        .ending_count = has_pattern ? 0 : VF_COUNT(endings),
    };
}

static bool folder_reader_reads(const void *values, const char *name)
{
    const struct vf_file_wish wish = wish_of(values);
    return vf_file_list_takes(&wish, name);
}

static int folder_reader_list(const void *values, const struct vf_path_visitor *visitor,
                              char *problem, size_t problem_size)
{
    const struct vf_file_wish wish = wish_of(values);
    return vf_file_list_visit(&wish, visitor, problem, problem_size);
}

static int list_files(const struct folder_reader_options *asked, struct vf_file_list *files,
                      char *problem, size_t problem_size)
{
    const struct vf_file_wish wish = wish_of(asked);
    return vf_file_list_init(files, &wish, problem, problem_size);
}

static void folder_reader_forecast(struct vf_foresight *foresight)
{
    const struct folder_reader_options *asked = foresight->options;
    struct vf_file_list files = {0};
    char problem[MAX_PROBLEM];
    if (list_files(asked, &files, problem, sizeof(problem)) == VF_OK)
        vf_reading_sequence_foretell(foresight, &asked->reading, (const char *const *)files.paths,
                                     files.count);
    vf_file_list_finish(&files);
}

static bool folder_reader_is_endless(const void *values)
{
    const struct folder_reader_options *asked = values;
    return vf_reading_options_are_endless(&asked->reading, NULL);
}

static void folder_reader_reach(const void *values, const struct vf_reach *reach)
{
    const struct folder_reader_options *asked = values;
    vf_reading_options_reach(&asked->reading, asked->path, reach);
}

static int folder_reader_open(struct vf_node_run *run)
{
    const struct folder_reader_options *asked = run->options;
    struct folder_reader *reader = run->state;
    char problem[MAX_PROBLEM];
    int err = list_files(asked, &reader->files, problem, sizeof(problem));
    if (err) {
        vf_log(VF_LOG_ERROR, "%s", problem);
        return err;
    }
    reader->sequence = (struct vf_reading_sequence){
        .run = run,
        .asked = &asked->reading,
        .paths = (const char *const *)reader->files.paths,
        .count = reader->files.count,
        .folder_length = reader->files.folder_length,
        .keeps_going = asked->keep_going,
    };
    return vf_reading_sequence_open(&reader->sequence);
}

static int folder_reader_next(struct vf_node_run *run)
{
    struct folder_reader *reader = run->state;
    return vf_reading_sequence_next(&reader->sequence);
}

static void folder_reader_close(struct vf_node_run *run)
{
    struct folder_reader *reader = run->state;
    vf_reading_sequence_close(&reader->sequence);
    vf_file_list_finish(&reader->files);
}

const struct vf_node vf_node_folder_reader = {
    .name = "folder_reader",
    .summary = "Read the videos of a folder, one after the other.",
    .related = "video_reader, image_reader",
    .about =
        "The files are those that exist when the task starts. Each message carries the path of "
        "its file below the folder, and the time within the file, so that later nodes can tell "
        "files apart. Timestamps keep increasing: a file begins where the longer of video and "
        "sound of the previous one ended. "
        "Sizes, formats and frame rates may change from file to file.\n\n"
        "start, duration and every apply to each file; frames counts through all files. A file "
        "without sound, or without subtitles, ends that port for its time when it begins. What the "
        "first file lacks is announced by an empty packet if one of the next 100 files has it, so "
        "that a writer can keep it.\n\n"
        "A file that cannot be opened is reported once, and counts as one error (--max-errors), "
        "as does damage within a file. A restarted task continues with the next frame and the "
        "next packet, provided that the folder is the same.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: folder_reader, path: recordings, pattern: \"*.mp4\"}\n"
               "  small: {type: resize, inputs: reader, width: 640, height: 360}\n"
               "  out: {type: video_writer, inputs: {video: small, audio: reader.audio}, path: "
               "all.mp4}\n",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    .can_resume = true,
    .makes_wanted = true,
    .keeps = 24, /* as a video_reader */
    .options = VF_LIST(options),
    .outputs = {vf_reading_ports, VF_STREAM_COUNT},
    .options_size = sizeof(struct folder_reader_options),
    .state_size = sizeof(struct folder_reader),
    .check = folder_reader_check,
    .adapt = folder_reader_adapt,
    .reads = folder_reader_reads,
    .list = folder_reader_list,
    .is_endless = folder_reader_is_endless,
    .reach = folder_reader_reach,
    .forecast = folder_reader_forecast,
    .open = folder_reader_open,
    .next = folder_reader_next,
    .close = folder_reader_close,
};
