/* SPDX-License-Identifier: MIT */
/* image_writer - writes each frame to a picture file. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/aside.h"
#include "engine/base/log.h"
#include "engine/base/new_file.h"
#include "engine/media/codec/picture_check.h"
#include "engine/media/codec/picture_encoder.h"
#include "engine/media/libav/error.h"
#include "engine/media/libav/options.h"
#include "engine/media/write/choice/settings.h"
#include "engine/message/description_json.h"
#include "engine/node/detail.h"
#include "engine/node/node.h"
#include "nodes/value/value_text.h"
#include "nodes/write/file_name.h"
#include "nodes/write/output_names.h"
#include "nodes/write/size_text.h"

#define MAX_PROBLEM 512

struct image_writer_options {
    char *path;
    int quality, compression;
    char *pixel_format;
    struct vf_map options;
    int keep;
    int64_t keep_for_ns, keep_bytes, min_free_bytes;
    enum vf_output_verify verify;
    bool receipt;
};

struct image_writer {
    struct vf_picture_settings settings;
    struct vf_output_names names;
    struct vf_picture_encoder *encoder;
    char *first, *last; /* names of files that have been written */
    uint64_t count;
    uint64_t bytes, last_bytes; /* of all, and of the last */
    char last_source[VF_SOURCE_SIZE];
    bool has_reported;
};

static const struct vf_option options[] = {
    {"path",
     "File to write, such as out/{seq:04d}.jpg; without a field in its name, each frame replaces "
     "the previous one",
     VF_OUTPUT_FILES(struct image_writer_options, path), .is_main = true},
    {"quality", "Quality of JPEG, WebP and JPEG XL, on the usual scale",
     VF_INTEGER(struct image_writer_options, quality), .fallback = "90", VF_RANGE(1, 100)},
    {"compression", "Compression of PNG: 0 is fast, 9 is small; -1: the encoder's default",
     VF_INTEGER(struct image_writer_options, compression), .fallback = "-1", VF_RANGE(-1, 9)},
    {"pixel_format",
     "Pixel format to encode; empty: the input's, or the nearest one the encoder takes",
     VF_PIXEL_FORMAT(struct image_writer_options, pixel_format), .fallback = ""},
    {"options", "Any options of the encoder, by libav's names",
     VF_MAP(struct image_writer_options, options), .fallback = "{}"},
    VF_RETENTION_OPTIONS(struct image_writer_options),
    {"verify", "What is looked at before a file gets its name; what fails keeps that of a part",
     VF_CHOICE(struct image_writer_options, verify, {"none", VF_OUTPUT_VERIFY_NONE, "Nothing"},
               {"counts", VF_OUTPUT_VERIFY_COUNTS, "The size of the file"},
               {"packets", VF_OUTPUT_VERIFY_PACKETS, "All bytes, read from the file again, too"},
               {"decode", VF_OUTPUT_VERIFY_DECODE,
                "And decode them, when nobody else wants the processor"}),
     .fallback = "counts"},
    {"receipt", "Write a receipt beside each file: vflow verify compares the two later",
     VF_BOOLEAN(struct image_writer_options, receipt), .fallback = "false"},
};

static struct vf_picture_settings settings_of(const struct image_writer_options *asked)
{
    return (struct vf_picture_settings){
        .name = asked->path,
        .quality = asked->quality,
        .compression = asked->compression,
        .pixel_format = asked->pixel_format,
        .options = &asked->options,
    };
}

static struct vf_retention_settings retention_of(const struct image_writer_options *asked)
{
    return (struct vf_retention_settings){asked->keep, asked->keep_for_ns, asked->keep_bytes,
                                          asked->min_free_bytes};
}

static int image_writer_check(const void *values, char *problem, size_t problem_size)
{
    const struct image_writer_options *asked = values;
    const struct vf_picture_settings settings = settings_of(asked);
    const struct vf_retention_settings retention = retention_of(asked);
    int err = vf_file_name_check(asked->path, problem, problem_size);
    if (!err)
        err = vf_retention_check(&retention, asked->path, problem, problem_size);
    return err ? err : vf_picture_encoder_check(&settings, problem, problem_size);
}

static int image_writer_list(const void *values, const struct vf_path_visitor *visitor,
                             char *problem, size_t problem_size)
{
    const struct image_writer_options *asked = values;
    int err = vf_output_names_list(asked->path, visitor);
    if (err)
        snprintf(problem, problem_size, "%s", strerror(-err));
    return err;
}

static int image_writer_open(struct vf_node_run *run)
{
    struct image_writer *writer = run->state;
    writer->settings = settings_of(run->options);
    writer->names = (struct vf_output_names){
        .pattern = writer->settings.name,
        .may_repeat = true,
        .must_not_replace = run->must_not_replace,
        .is_restarted = run->is_restarted,
        .retention = {.settings = retention_of(run->options), .run = run},
    };
    int err = vf_output_names_prepare(&writer->names);
    return err ? err : vf_picture_encoder_create(&writer->encoder, &writer->settings);
}

static int decode_again(void *context)
{
    return vf_picture_check_decode(context);
}

/* A picture is small: it is decoded to its end. */
static void watch(void *context)
{
    (void)context;
}

/* Looks whether the file is what was encoded last. What is no file on a disk has gone. */
static int verify_file(const struct vf_node_run *run, const struct vf_new_file *file,
                       char problem[MAX_PROBLEM])
{
    const struct image_writer_options *asked = run->options;
    const struct image_writer *writer = run->state;
    struct vf_picture_check check = {
        .fd = file->fd, .problem = problem, .problem_size = MAX_PROBLEM};
    if (asked->verify == VF_OUTPUT_VERIFY_NONE || file->way == VF_NEW_FILE_DIRECT)
        return VF_OK;
    vf_picture_encoder_describe(writer->encoder, &check);
    int err = vf_picture_check_file(&check, asked->verify >= VF_OUTPUT_VERIFY_PACKETS);
    if (err || asked->verify < VF_OUTPUT_VERIFY_DECODE)
        return err;
    const struct vf_aside aside = {decode_again, watch, &check, true};
    vf_media_log_hush(true);
    err = vf_aside_do(&aside);
    vf_media_log_hush(false);
    return err;
}

/* Keeps a file that is not what was written under the name of a part. */
static int keep_part(struct vf_node_run *run, struct vf_new_file *file, const char *problem)
{
    int err = vf_new_file_keep_part(file);
    const char *kept = file->part ? file->part : file->path;
    (void)err; /* has been logged, and it is somewhere */
    vf_log(VF_LOG_ERROR, "%s is not what was written: %s", kept, problem);
    struct vf_medium medium = {.path = kept,
                               .unit = "pictures",
                               .count = 1,
                               .duration_ns = -1,
                               .size_bytes = -1,
                               .reason = problem};
    vf_node_note_output(run, &medium);
    return -EIO;
}

static int fill_file(struct vf_new_file *file, const uint8_t *bytes, size_t size)
{
    int err = vf_new_file_create(file);
    if (!err)
        err = vf_new_file_fill(file, bytes, size);
    if (err) {
        vf_log(VF_LOG_ERROR, "%s cannot be written: %s", file->path, strerror(-err));
        vf_new_file_remove(file);
    }
    return err;
}

/* Whoever looks at a name sees the whole of one picture, at any time. */
static int write_file(struct vf_node_run *run, const char *name, bool must_not_replace,
                      const uint8_t *bytes, size_t size)
{
    const struct image_writer_options *asked = run->options;
    struct vf_new_file file;
    char problem[MAX_PROBLEM];
    int err = vf_new_file_init(&file, name, must_not_replace);
    if (err)
        return err;
    file.is_durable = asked->verify > VF_OUTPUT_VERIFY_COUNTS;
    err = fill_file(&file, bytes, size);
    if (!err) {
        err = verify_file(run, &file, problem);
        err = err ? keep_part(run, &file, problem) : vf_new_file_publish(&file);
    }
    vf_new_file_finish(&file);
    return err;
}

/* Notes a picture for the report, once no other replaces it. */
static void note_last(struct vf_node_run *run)
{
    static const char *const levels[] = {[VF_OUTPUT_VERIFY_NONE] = "none",
                                         [VF_OUTPUT_VERIFY_COUNTS] = "counts",
                                         [VF_OUTPUT_VERIFY_PACKETS] = "packets",
                                         [VF_OUTPUT_VERIFY_DECODE] = "decode"};
    const struct image_writer_options *asked = run->options;
    const struct image_writer *writer = run->state;
    struct vf_medium medium = {.path = writer->last,
                               .unit = "pictures",
                               .count = 1,
                               .duration_ns = -1,
                               .size_bytes = (int64_t)writer->last_bytes,
                               .is_complete = true};
    if (!writer->last)
        return;
    vf_node_detail(run, "verified", json_string(levels[asked->verify]));
    if (*writer->last_source)
        vf_node_detail(run, "source", json_string(writer->last_source));
    vf_node_note_output(run, &medium);
}

/* Takes *name. */
static void note_file(struct vf_node_run *run, char **name, size_t size, const char *source)
{
    struct image_writer *writer = run->state;
    if (writer->last && strcmp(writer->last, *name) != 0)
        note_last(run);
    vf_output_names_note(&writer->names, *name);
    writer->count++;
    writer->bytes += size;
    writer->last_bytes = size;
    snprintf(writer->last_source, sizeof(writer->last_source), "%s", source);
    if (writer->last != writer->first)
        free(writer->last);
    writer->last = *name;
    if (!writer->first)
        writer->first = writer->last;
    *name = NULL;
}

/* The pictures are written all the same when nobody wants to know their names any more. */
static int tell_name(struct vf_node_run *run, const char *name, const struct vf_message *frame)
{
    struct vf_text text = {0};
    struct vf_message *message = NULL;
    if (!vf_node_is_read(run, 0))
        return VF_OK;
    json_t *json = vf_text_to_json(name, strlen(name));
    if (json)
        vf_value_write(&text, json);
    int err = json && text.bytes && !text.failed
                  ? vf_message_create_json(&message, text.bytes, text.length)
                  : -ENOMEM;
    json_decref(json);
    vf_text_finish(&text);
    if (!err) {
        vf_message_follow(message, frame);
        err = vf_node_emit(run, 0, &message);
    }
    vf_message_destroy(&message);
    return err == VF_END && !vf_node_stop_requested(run) ? VF_OK : err;
}

static int write_picture(struct vf_node_run *run, const struct vf_message *frame,
                         const uint8_t *bytes, size_t size)
{
    struct image_writer *writer = run->state;
    char *name;
    int err = vf_output_names_next(&writer->names, &frame->description, &name);
    if (err)
        return err;
    bool is_own = writer->last && strcmp(name, writer->last) == 0;
    err = write_file(run, name, run->must_not_replace && !is_own, bytes, size);
    if (!err)
        note_file(run, &name, size, frame->description.source);
    free(name);
    return err;
}

static int image_writer_consume(struct vf_node_run *run, struct vf_message *const *frames)
{
    struct image_writer *writer = run->state;
    const uint8_t *bytes;
    size_t size;
    int err = vf_retention_make_room(&writer->names.retention);
    if (!err)
        err = vf_picture_encoder_encode(writer->encoder, frames[0], &bytes, &size);
    if (!err)
        err = write_picture(run, frames[0], bytes, size);
    return err ? err : tell_name(run, writer->last, frames[0]);
}

/* Returns what was written, whatever ended it: each picture is whole. */
static void report(struct vf_node_run *run)
{
    struct image_writer *writer = run->state;
    char size[VF_SIZE_TEXT];
    if (writer->has_reported || !writer->count)
        return;
    writer->has_reported = true;
    note_last(run);
    if (vf_retention_removes(&writer->names.retention.settings)) {
        vf_node_report_output(run, "%s: %" PRIu64 " pictures%s", writer->settings.name,
                              writer->count, vf_size_text(size, (int64_t)writer->bytes));
        vf_retention_report(&writer->names.retention, run);
        return;
    }
    if (strcmp(writer->first, writer->last) != 0) {
        vf_node_report_output(run, "%" PRIu64 " pictures, %s to %s%s", writer->count, writer->first,
                              writer->last, vf_size_text(size, (int64_t)writer->bytes));
        return;
    }
    (void)vf_size_text(size, (int64_t)writer->last_bytes);
    if (writer->count == 1)
        vf_node_report_output(run, "%s: 1 picture%s", writer->first, size);
    else
        vf_node_report_output(run, "%s: the last of %" PRIu64 " pictures%s", writer->first,
                              writer->count, size);
}

static int image_writer_flush(struct vf_node_run *run)
{
    const struct image_writer_options *asked = run->options;
    const struct image_writer *writer = run->state;
    report(run);
    if (writer->count || vf_node_end_reason(run) == VF_END_FAILED)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "%s is not written: no frame has come", asked->path);
    return vf_node_end_reason(run) == VF_END_COMPLETE ? -ENODATA : VF_OK;
}

static void image_writer_close(struct vf_node_run *run)
{
    struct image_writer *writer = run->state;
    report(run);
    vf_picture_encoder_destroy(&writer->encoder);
    if (writer->last != writer->first)
        free(writer->last);
    free(writer->first);
    vf_output_names_finish(&writer->names);
}

const struct vf_node vf_node_image_writer = {
    .name = "image_writer",
    .summary = "Write each frame to a picture file.",
    .related = "video_writer, tile",
    .about =
        "The extension of path selects the format: .jpg, .png, .webp, .tiff, .bmp and others that "
        "libavcodec encodes. Frames are converted to the nearest pixel format of the encoder; "
        "frames of more than 8 bits become a PNG or TIFF of 16 bits. Frames may change their "
        "size.\n\n"
        "The fields of path are {seq}, the number of the picture from 1 ({seq:04d}: with at least "
        "four digits), and {n}, the same counted for each source; {pts}, its timestamp as it came, "
        "and {time}, the same as 01-02-03.456; {date}, the time of writing ({date:%Y-%m-%d}: a "
        "format of strftime(3)); {source}, the name of the file the frame was read from, without "
        "its extension, {folder}, its folder below that of the reader, and {source_time}, the time "
        "within it. Write {{ and }} for braces. Missing folders are created. Where pictures of two "
        "sources would get one name, the second is called name-2.jpg. In the flow file a path with "
        "fields needs quotes within braces.\n\n"
        "A file gets its name only when it is complete, and replaces an older one in one step: a "
        "reader always sees a whole picture. Pictures that have been written stay, whatever "
        "happens later, unless keep, keep_for or keep_size removes them (see NAMES OF "
        "FILES).\n\n"
        "The port file, which need not be read, has the path of each picture as it was written, "
        "with the number, the time and the source of its frame: file_append makes an index of "
        "it.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  some: {type: every, inputs: reader, fps: 1}\n"
               "  out:\n"
               "    type: image_writer\n"
               "    inputs: some\n"
               "    path: shots/{source}-{seq:04d}.jpg\n",
    .kind = VF_CONSUMER,
    .is_stateful = true,
    .continues = VF_CONTINUES_OUTPUT,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames to write"}),
    .outputs = VF_PORTS({.name = "file",
                         .type = VF_PORT_VALUE,
                         .help = "The path of each picture, once it has been written"}),
    .options_size = sizeof(struct image_writer_options),
    .state_size = sizeof(struct image_writer),
    .check = image_writer_check,
    .list = image_writer_list,
    .open = image_writer_open,
    .consume = image_writer_consume,
    .flush = image_writer_flush,
    .close = image_writer_close,
};
