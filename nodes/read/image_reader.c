/* SPDX-License-Identifier: MIT */
/* image_reader - reads pictures from files, one after the other. */
#include <errno.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/libav/options.h"
#include "engine/media/read/decode/picture_decoder.h"
#include "engine/media/read/probe.h"
#include "engine/message/description_json.h"
#include "engine/node/detail.h"
#include "engine/node/node.h"
#include "nodes/read/file_list.h"
#include "nodes/read/pacer.h"

#define MAX_PROBLEM 512
#define FOR_EVER (-1)

struct image_reader_options {
    char *path;
    struct vf_rational fps;
    int loop, threads;
    int64_t frames;
    enum vf_file_order order;
    enum vf_pace pace;
    bool recursive, keep_going;
};

struct image_reader {
    struct vf_file_list files;
    struct vf_picture_decoder *decoder;
    struct vf_pacer pacer;
    int64_t next;    /* number of the picture to read next: from 0, and on through all loops */
    int64_t end;     /* number after the last */
    int64_t last_ok; /* the last that could be read; where nothing is known yet, the one before */
};

static const struct vf_option options[] = {
    {"path", "A picture, a folder of pictures, or a pattern such as shots/*.png",
     VF_INPUT_FILES(struct image_reader_options, path), .is_main = true},
    {"fps", "Pictures per second, which sets their timestamps",
     VF_FRAME_RATE(struct image_reader_options, fps), .fallback = "25"},
    {"order", "Which picture comes first",
     VF_CHOICE(struct image_reader_options, order,
               {"natural", VF_FILE_ORDER_NATURAL, "Numbers by their value: img2 before img10"},
               {"name", VF_FILE_ORDER_NAME, "Names byte by byte: img10 before img2"}),
     .fallback = "natural"},
    {"recursive", "Read the folders in the folder, too",
     VF_BOOLEAN(struct image_reader_options, recursive), .fallback = "false"},
    {"loop", "How many times to repeat the list; -1: forever",
     VF_INTEGER(struct image_reader_options, loop), .fallback = "0", VF_RANGE(-1, 1e9)},
    {"frames", "Largest number of pictures to read; 0: all",
     VF_INTEGER64(struct image_reader_options, frames), .fallback = "0", .minimum = 0,
     .maximum = 1e15},
    {"threads", "Decoding threads; 0: one for each core",
     VF_INTEGER(struct image_reader_options, threads), .fallback = "0", VF_RANGE(0, 256)},
    {"pace",
     "Play at the speed of the clock, as a camera does: send each picture when its "
     "timestamp is due",
     VF_CHOICE(struct image_reader_options, pace,
               {"auto", VF_PACE_AUTO, "In a realtime flow, true; otherwise false"},
               {"true", VF_PACE_TRUE, "Play at the speed of the clock"},
               {"false", VF_PACE_FALSE, "As fast as possible"}),
     .fallback = "auto"},
    {"keep_going", "Skip a picture that cannot be read, and report it; false: fail",
     VF_BOOLEAN(struct image_reader_options, keep_going), .fallback = "true"},
};

/* What a folder is looked through for. */
static const char *const endings[] = {
    "apng", "avif", "bmp",  "dds", "dpx", "exr",  "gif",  "hdr", "heic", "heif",
    "hif",  "j2k",  "jfif", "jp2", "jpe", "jpeg", "jpg",  "jxl", "pam",  "pbm",
    "pcx",  "pfm",  "pgm",  "pgx", "png", "pnm",  "ppm",  "psd", "qoi",  "ras",
    "sgi",  "sun",  "svg",  "tga", "tif", "tiff", "webp", "xbm", "xpm",  "xwd",
};

static struct vf_file_wish wish_of(const struct image_reader_options *asked)
{
    return (struct vf_file_wish){
        .place = asked->path,
        .order = asked->order,
        .is_recursive = asked->recursive,
        .endings = endings,
        .ending_count = VF_COUNT(endings),
    };
}

static bool image_reader_reads(const void *values, const char *name)
{
    const struct vf_file_wish wish = wish_of(values);
    return vf_file_list_takes(&wish, name);
}

static int image_reader_list(const void *values, const struct vf_path_visitor *visitor,
                             char *problem, size_t problem_size)
{
    const struct vf_file_wish wish = wish_of(values);
    return vf_file_list_visit(&wish, visitor, problem, problem_size);
}

static int list_files(const struct image_reader_options *asked, struct vf_file_list *files,
                      char *problem, size_t problem_size)
{
    const struct vf_file_wish wish = wish_of(asked);
    return vf_file_list_init(files, &wish, problem, problem_size);
}

static unsigned count_threads(const struct image_reader_options *asked, unsigned usual)
{
    return asked->threads ? (unsigned)asked->threads : usual;
}

/* The first picture stands for all: a larger one costs memory that was not planned. */
static void image_reader_forecast(struct vf_foresight *foresight)
{
    const struct image_reader_options *asked = foresight->options;
    struct vf_file_list files;
    struct vf_media_outlook outlook;
    char problem[MAX_PROBLEM];
    if (list_files(asked, &files, problem, sizeof(problem)) != VF_OK)
        return;
    if (vf_media_probe(files.paths[0], &vf_media_settings_plain,
                       count_threads(asked, foresight->threads), &outlook) == VF_OK) {
        foresight->outputs[0] = outlook.streams[VF_STREAM_VIDEO];
        foresight->outputs[0].video.frame_rate = asked->fps;
        if (outlook.knows_keeps)
            foresight->keeps = outlook.keeps;
    }
    vf_file_list_finish(&files);
}

static int64_t count_pictures(const struct image_reader_options *asked, size_t files)
{
    int64_t count =
        asked->loop == FOR_EVER ? INT64_MAX : ((int64_t)asked->loop + 1) * (int64_t)files;
    return asked->frames && asked->frames < count ? asked->frames : count;
}

static bool image_reader_is_endless(const void *values)
{
    const struct image_reader_options *asked = values;
    return asked->loop == FOR_EVER && asked->frames == 0;
}

static int image_reader_open(struct vf_node_run *run)
{
    const struct image_reader_options *asked = run->options;
    struct image_reader *reader = run->state;
    const struct vf_made *made = vf_node_made(run, 0);
    char problem[MAX_PROBLEM];
    int err = list_files(asked, &reader->files, problem, sizeof(problem));
    if (err) {
        vf_log(VF_LOG_ERROR, "%s", problem);
        return err;
    }
    bool is_timed = made->count > made->untimed;
    reader->next = (int64_t)made->untimed + (is_timed ? made->timestamp + 1 : 0);
    reader->last_ok = reader->next - 1;
    reader->end = count_pictures(asked, reader->files.count);
    reader->pacer.is_on =
        asked->pace == VF_PACE_TRUE || (asked->pace == VF_PACE_AUTO && run->is_realtime);
    if (image_reader_is_endless(asked))
        vf_node_expect_no_end(run);
    else
        vf_node_expect(run, 0, (uint64_t)reader->end);
    if (reader->pacer.is_on)
        vf_node_send_live(run);
    return vf_picture_decoder_create(&reader->decoder, run, asked->fps,
                                     count_threads(asked, run->threads));
}

static const char *path_of(const struct image_reader *reader, int64_t number)
{
    return reader->files.paths[(uint64_t)number % reader->files.count];
}

/* Hands the next file to the decoder. */
static int read_file(struct image_reader *reader)
{
    if (reader->next >= reader->end)
        return vf_picture_decoder_send(reader->decoder, NULL, 0);
    int64_t number = reader->next++;
    return vf_picture_decoder_send(reader->decoder, path_of(reader, number), number);
}

static int emit_picture(struct vf_node_run *run, struct vf_message **picture, const char *path)
{
    struct image_reader *reader = run->state;
    int err = vf_pacer_wait(&reader->pacer, run, *picture);
    if (err)
        return err;
    vf_message_set_source(&(*picture)->description, path, reader->files.folder_length);
    (*picture)->description.source_time_ns = 0;
    return vf_node_emit(run, 0, picture);
}

/* There was no room for a picture. */
static int drop_picture(struct vf_node_run *run)
{
    struct image_reader *reader = run->state;
    int err = vf_pacer_wait_lost(&reader->pacer, run);
    return err ? err : vf_node_drop(run, 0);
}

/* Without an end, to go on is of no use when none of them can be read. */
static int leave_out(struct vf_node_run *run, int64_t number, const char *problem)
{
    const struct image_reader_options *asked = run->options;
    const struct image_reader *reader = run->state;
    const char *path = path_of(reader, number);
    if (!asked->keep_going) {
        vf_log(VF_LOG_ERROR, "%s: %s", path, problem);
        return -EBADMSG;
    }
    vf_node_report_error(run, "%s: %s", path, problem);
    if (number - reader->last_ok < (int64_t)reader->files.count)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "none of the pictures that %s means can be read", asked->path);
    return -ENODATA;
}

static int image_reader_next(struct vf_node_run *run)
{
    struct image_reader *reader = run->state;
    struct vf_picture_answer answer;
    int err = vf_picture_decoder_receive(reader->decoder, &answer);
    if (err == -EAGAIN)
        return read_file(reader);
    if (err)
        return err;
    if (answer.problem)
        return leave_out(run, answer.number, answer.problem);
    reader->last_ok = answer.number;
    if (!answer.message)
        return drop_picture(run);
    err = emit_picture(run, &answer.message, path_of(reader, answer.number));
    vf_message_destroy(&answer.message);
    return err;
}

/* Says which files have been read, be it several times. */
static void note_files(struct vf_node_run *run)
{
    const struct image_reader *reader = run->state;
    json_t *files = json_array();
    for (size_t i = 0; i < reader->files.count && (int64_t)i < reader->next; i++) {
        const char *path = path_of(reader, (int64_t)i);
        json_array_append_new(files, vf_text_to_json(path, strlen(path)));
    }
    vf_node_detail(run, "files", files);
}

static void image_reader_close(struct vf_node_run *run)
{
    struct image_reader *reader = run->state;
    const struct image_reader_options *asked = run->options;
    bool is_whole = reader->next >= reader->end;
    struct vf_medium medium = {
        .path = asked->path,
        .unit = "pictures",
        .count = (uint64_t)reader->next - run->errors,
        .duration_ns = -1,
        .size_bytes = -1,
        .is_complete = is_whole && !run->errors,
        .reason = !is_whole     ? "stopped"
                  : run->errors ? "some of it is damaged or missing"
                                : NULL,
    };
    note_files(run);
    vf_node_note_input(run, &medium);
    vf_picture_decoder_destroy(&reader->decoder);
    vf_file_list_finish(&reader->files);
}

const struct vf_node vf_node_image_reader = {
    .name = "image_reader",
    .summary = "Read pictures from files, one after the other.",
    .related = "video_reader, folder_reader, image_writer",
    .about =
        "The format is detected from the content: JPEG, PNG, WebP, TIFF, BMP and whatever else "
        "libavcodec decodes. From a folder, files with an extension of a picture are read, except "
        "hidden ones; from a pattern, all files that match. The files are listed once, when the "
        "flow starts. Pictures may differ in size and format, and are sent as they are; from a "
        "file with several pictures the first is read. A photograph is rotated as the camera was "
        "held (EXIF).\n\n"
        "The timestamp of a picture is its place in the list, counting those that cannot be read, "
        "and keeps increasing when the list starts again. The node fails if none of the pictures "
        "can be read.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  pictures: {type: image_reader, path: shots, fps: 10}\n"
               "  out: {type: video_writer, inputs: pictures, path: shots.mp4}\n",
    .kind = VF_PRODUCER,
    .is_stateful = true,
    .can_resume = true,
    .keeps = 24, /* of codecs with several threads, those in work */
    .options = VF_LIST(options),
    .outputs = VF_PORTS({.name = "video",
                         .type = VF_PORT_VIDEO,
                         .help = "The pictures, each with the name of its file"}),
    .options_size = sizeof(struct image_reader_options),
    .state_size = sizeof(struct image_reader),
    .reads = image_reader_reads,
    .list = image_reader_list,
    .forecast = image_reader_forecast,
    .is_endless = image_reader_is_endless,
    .open = image_reader_open,
    .next = image_reader_next,
    .close = image_reader_close,
};
