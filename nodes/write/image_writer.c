/* SPDX-License-Identifier: MIT */
/* image_writer - writes each frame to a picture file, or those of what happens, or the best ones of
 * what is seen. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/media/codec/picture_encoder.h"
#include "engine/media/libav/options.h"
#include "engine/media/picture/crop.h"
#include "engine/media/write/choice/settings.h"
#include "engine/message/description_json.h"
#include "engine/node/detail.h"
#include "engine/node/node.h"
#include "nodes/picture/box_place.h"
#include "nodes/value/value_text.h"
#include "nodes/vision/event.h"
#include "nodes/write/file_name.h"
#include "nodes/write/output_names.h"
#include "nodes/write/picture_file.h"
#include "nodes/write/shots.h"
#include "nodes/write/size_text.h"

enum { VIDEO, TRACKS, WHEN }; /* inputs; further sources of `when` follow */
enum crop { CROP_WHOLE, CROP_BOX };

struct image_writer_options {
    char *path;
    int quality, compression;
    char *pixel_format;
    struct vf_map options;
    int keep;
    int64_t keep_for_ns, keep_bytes, min_free_bytes;
    enum vf_output_verify verify;
    bool receipt;
    enum crop crop;
    double margin;
    int held;
    int64_t gone_ns;
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
    bool selects; /* only pictures of objects and events are written: */
    struct vf_shots shots;
    struct vf_tracked_list tracked;
    struct vf_message *frame; /* the last that has come; NULL: none */
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
    {"crop", "What is written of a frame, where pictures are of objects or events",
     VF_CHOICE(struct image_writer_options, crop, {"whole", CROP_WHOLE, "All of it"},
               {"box", CROP_BOX, "The box of the object"}),
     .fallback = "whole"},
    {"margin", "What is added to the box on each side, as a share of its width and height",
     VF_NUMBER(struct image_writer_options, margin), .fallback = "0.1", VF_RANGE(0, 10)},
    {"held", "Objects whose best pictures are in hand at once: so many frames stay in memory",
     VF_INTEGER(struct image_writer_options, held), .fallback = "16", VF_RANGE(1, 1000)},
    {"gone", "An object that is not seen for so long has gone, and its picture is written",
     VF_DURATION(struct image_writer_options, gone_ns), .fallback = "2s", VF_RANGE(0, 86400)},
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

static bool is_connected(const struct vf_node_run *run, unsigned port)
{
    for (unsigned i = 0; i < run->input_count; i++) {
        if (run->input_ports[i] == port && run->is_connected[i])
            return true;
    }
    return false;
}

/* Looks for what is asked of pictures of objects, where there are none. */
static int check_selection(const struct vf_node_run *run)
{
    const struct image_writer_options *asked = run->options;
    const struct image_writer *writer = run->state;
    const char *field;
    if (writer->selects)
        return VF_OK;
    if (asked->crop == CROP_BOX)
        vf_log(VF_LOG_ERROR, "crop: box asks for boxes, and nothing brings them; connect the input "
                             "tracks or when, or cut frames out with the node crop");
    else if (vf_file_name_has_subject(asked->path, &field))
        vf_log(VF_LOG_ERROR,
               "path has {%s}, which pictures of objects and events have; connect the input tracks "
               "or when, or leave it out",
               field);
    else
        return VF_OK;
    return -EINVAL;
}

static int take_shot(void *context, const struct vf_shot *shot);

static void open_shots(struct vf_node_run *run)
{
    const struct image_writer_options *asked = run->options;
    struct image_writer *writer = run->state;
    bool has_tracks = is_connected(run, TRACKS), has_events = is_connected(run, WHEN);
    writer->selects = has_tracks || has_events;
    writer->shots = (struct vf_shots){.held = (size_t)asked->held,
                                      .gone = (double)asked->gone_ns / VF_NS_PER_S,
                                      .needs_events = has_events,
                                      .take = take_shot,
                                      .context = run};
    vf_shots_open(&writer->shots);
}

static int image_writer_open(struct vf_node_run *run)
{
    struct image_writer *writer = run->state;
    open_shots(run);
    int err = check_selection(run);
    if (err)
        return err;
    writer->settings = settings_of(run->options);
    writer->names = (struct vf_output_names){
        .pattern = writer->settings.name,
        .may_repeat = true,
        .must_not_replace = run->must_not_replace,
        .is_restarted = run->is_restarted,
        .retention = {.settings = retention_of(run->options), .run = run},
    };
    err = vf_output_names_prepare(&writer->names);
    return err ? err : vf_picture_encoder_create(&writer->encoder, &writer->settings);
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

/* Sends what `file` tells as an answer to `frame`. Takes `json`. The pictures are written all the
 * same when nobody wants to know of them any more. */
static int tell(struct vf_node_run *run, json_t *json, const struct vf_message *frame)
{
    struct vf_text text = {0};
    struct vf_message *message = NULL;
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
    const struct image_writer_options *asked = run->options;
    struct image_writer *writer = run->state;
    char *name;
    int err = vf_output_names_next(&writer->names, &frame->description, &name);
    if (err)
        return err;
    bool is_own = writer->last && strcmp(name, writer->last) == 0;
    const struct vf_picture_file picture = {.path = name,
                                            .must_not_replace = run->must_not_replace && !is_own,
                                            .verify = asked->verify,
                                            .encoder = writer->encoder};
    err = vf_picture_file_write(run, &picture, bytes, size);
    if (!err)
        note_file(run, &name, size, frame->description.source);
    free(name);
    return err;
}

static int encode(struct vf_node_run *run, const struct vf_message *frame)
{
    struct image_writer *writer = run->state;
    const uint8_t *bytes;
    size_t size;
    int err = vf_retention_make_room(&writer->names.retention);
    if (!err)
        err = vf_picture_encoder_encode(writer->encoder, frame, &bytes, &size);
    return err ? err : write_picture(run, frame, bytes, size);
}

/* Makes what `file` tells of a picture of an object or an event. */
static json_t *describe(const struct vf_node_run *run, const struct vf_shot *shot,
                        const struct vf_rectangle *area)
{
    const struct image_writer *writer = run->state;
    const struct vf_tracked *object = &shot->object;
    json_t *told = json_object();
    json_object_set_new(told, "path", vf_text_to_json(writer->last, strlen(writer->last)));
    json_object_set_new(told, "what", shot->what ? json_string(shot->what) : json_null());
    json_object_set_new(told, "where", shot->where ? json_string(shot->where) : json_null());
    vf_event_add_object(told, object, shot->has_track, shot->has_box);
    json_object_set_new(told, "worth",
                        shot->worth > 0 ? json_real(rint(shot->worth * 100) / 100) : json_null());
    json_object_set_new(told, "crop",
                        area ? json_pack("[i, i, i, i]", area->y, area->x, area->y + area->height,
                                         area->x + area->width)
                             : json_null());
    json_object_set_new(told, "frame", vf_event_frame(run, shot->frame));
    return told;
}

static int write_shot(struct vf_node_run *run, const struct vf_shot *shot)
{
    const struct image_writer_options *asked = run->options;
    struct image_writer *writer = run->state;
    struct vf_rectangle area;
    struct vf_message *part = NULL;
    int err = VF_OK;
    bool is_cut =
        asked->crop == CROP_BOX && shot->has_box &&
        vf_box_cut(&shot->object.box, asked->margin, &shot->frame->description.video, &area);
    if (is_cut)
        err = vf_crop_apply(run, shot->frame, &area, &part);
    if (!err)
        err = encode(run, part ? part : shot->frame);
    vf_message_destroy(&part);
    if (err || !vf_node_is_read(run, 0))
        return err;
    return tell(run, describe(run, shot, is_cut ? &area : NULL), writer->frame);
}

static int take_shot(void *context, const struct vf_shot *shot)
{
    struct vf_node_run *run = context;
    struct image_writer *writer = run->state;
    const struct vf_name_subject subject = {.has_track = shot->has_track,
                                            .track = shot->object.id,
                                            .class = shot->object.class,
                                            .what = shot->what,
                                            .where = shot->where};
    writer->names.subject = &subject;
    int err = write_shot(run, shot);
    writer->names.subject = NULL;
    return err;
}

/* Goes on to the next frame, with the objects that are seen in it; NULL: nothing is known of them. */
static int advance(struct vf_node_run *run, const struct vf_message *frame,
                   const struct vf_message *tracks)
{
    struct image_writer *writer = run->state;
    vf_message_destroy(&writer->frame);
    int err = vf_message_clone(&writer->frame, frame);
    if (!err)
        err = vf_shots_begin(&writer->shots, frame);
    writer->tracked.count = 0;
    if (!err && tracks)
        err = vf_tracked_read(&writer->tracked, NULL, tracks);
    for (size_t i = 0; i < writer->tracked.count && !err; i++)
        err = vf_shots_follow(&writer->shots, run, frame, &writer->tracked.items[i]);
    return err;
}

static int heed(struct vf_node_run *run, const struct vf_message *event)
{
    struct image_writer *writer = run->state;
    struct vf_told told;
    int err = vf_told_read(&told, event);
    if (err)
        return err;
    if (writer->frame)
        err = vf_shots_mark(&writer->shots, writer->frame, &told);
    else /* a process before this one had it */
        vf_node_report_error(run, "the frame of an event is not there any more: it has no picture");
    vf_told_finish(&told);
    return err;
}

static int image_writer_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    struct image_writer *writer = run->state;
    int err = VF_OK;
    if (writer->selects && inputs[VIDEO])
        err = advance(run, inputs[VIDEO], inputs[TRACKS]);
    for (unsigned i = WHEN; i < run->input_count && !err; i++)
        err = inputs[i] ? heed(run, inputs[i]) : VF_OK;
    if (err || writer->selects)
        return err;
    err = encode(run, inputs[VIDEO]);
    if (err || !vf_node_is_read(run, 0))
        return err;
    return tell(run, vf_text_to_json(writer->last, strlen(writer->last)), inputs[VIDEO]);
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
    struct image_writer *writer = run->state;
    bool has_frames = writer->frame != NULL;
    int err = vf_shots_end(&writer->shots);
    if (err)
        return err;
    report(run);
    if (writer->count || has_frames || vf_node_end_reason(run) == VF_END_FAILED)
        return VF_OK;
    vf_log(VF_LOG_ERROR, "%s is not written: no frame has come", asked->path);
    return vf_node_end_reason(run) == VF_END_COMPLETE ? -ENODATA : VF_OK;
}

static void image_writer_close(struct vf_node_run *run)
{
    struct image_writer *writer = run->state;
    report(run);
    vf_shots_finish(&writer->shots);
    vf_tracked_finish(&writer->tracked);
    vf_message_destroy(&writer->frame);
    vf_picture_encoder_destroy(&writer->encoder);
    if (writer->last != writer->first)
        free(writer->last);
    free(writer->first);
    vf_output_names_finish(&writer->names);
}

/* Pictures of objects and events are not one for each frame, and frames stay until it is known which
 * is wanted. */
static int image_writer_declare(const void *values, const struct vf_named_inputs *inputs,
                                struct vf_node *copy)
{
    const struct image_writer_options *asked = values;
    bool has[WHEN + 1] = {false};
    for (size_t i = 0; i < inputs->count; i++) {
        for (unsigned port = TRACKS; port <= WHEN; port++)
            has[port] = has[port] || (inputs->ports[i] ? strcmp(inputs->ports[i],
                                                                copy->inputs.items[port].name) == 0
                                                       : i == port);
    }
    copy->may_split = has[TRACKS] || has[WHEN];
    copy->holds = has[TRACKS] ? (unsigned)asked->held + 1 : has[WHEN] ? 1 : 0;
    return VF_OK;
}

const struct vf_node vf_node_image_writer = {
    .name = "image_writer",
    .summary = "Write each frame, or the best of each object, to a picture file.",
    .related = "video_writer, tile, track, count_lines",
    .about =
        "The extension of path selects the format: .jpg, .png, .webp, .tiff, .bmp and others that "
        "libavcodec encodes. Frames are converted to the nearest pixel format of the encoder; "
        "frames of more than 8 bits become a PNG or TIFF of 16 bits. Frames may change their "
        "size.\n\n"
        "With the input tracks, from the output objects or tracks of track, one picture of each "
        "object is written, the best: when it was not seen for as long as gone says, and at the "
        "end, also when the flow is interrupted. The best frame is the one in which the score of "
        "the detector, times the side of the box, times its sharpness, is highest; what touches "
        "the border of the frame counts half. Sharpness is the standard deviation of the Laplacian "
        "of the luma in the box, as in autofocus. Frames are kept as they came, so a process that "
        "dies loses those in hand.\n\n"
        "With the input when, a picture of each event is written, of the frame in which it was "
        "told. With both, it is the best picture of each object that an event tells of; an event "
        "without an object gets a picture at once, as does one of an object whose picture is not "
        "in hand any more: let gone be as long as it is in the node that tells the events. scene "
        "tells of frames that have long gone by; its output pictures has those of scenes. `crop: "
        "box` writes the object alone.\n\n"
        "The fields of path are {seq}, the number of the picture from 1 ({seq:04d}: with at least "
        "four digits), and {n}, the same counted for each source; {pts}, its timestamp as it came, "
        "and {time}, the same as 01-02-03.456; {date}, the time of writing ({date:%Y-%m-%d}: a "
        "format of strftime(3)); {source}, the name of the file the frame was read from, without "
        "its extension, {folder}, its folder below that of the reader, and {source_time}, the time "
        "within it; of pictures of objects and events {track}, the number of the object, {class}, "
        "its class, {what}, what has happened, and {where}, the line or zone. Write {{ and }} for "
        "braces. Missing folders are created. Where pictures of two "
        "sources would get one name, the second is called name-2.jpg. In the flow file a path with "
        "fields needs quotes within braces.\n\n"
        "A file gets its name only when it is complete, and replaces an older one in one step: a "
        "reader always sees a whole picture. Pictures that have been written stay, whatever "
        "happens later, unless keep, keep_for or keep_size removes them (see NAMES OF "
        "FILES).\n\n"
        "The port file, which need not be read, has the path of each picture as it was written, "
        "with the number, the time and the source of its frame: file_append makes an index of "
        "it. Of an object or an event it has an object with path; what and where of the event; "
        "track, class, score and box; worth, by which frames were compared; crop, the part that "
        "was written as ymin, xmin, ymax, xmax, or null; and frame, as in vflow-events(7). Its "
        "line belongs to the frame in which it was written.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  some: {type: every, inputs: reader, fps: 1}\n"
               "  out:\n"
               "    type: image_writer\n"
               "    inputs: some\n"
               "    path: shots/{source}-{seq:04d}.jpg\n"
               "  moving: {type: motion, inputs: reader}\n"
               "  follow: {type: track, inputs: moving}\n"
               "  best:\n"
               "    type: image_writer\n"
               "    inputs: {video: reader, tracks: follow.objects}\n"
               "    path: \"best/{track:03d}.jpg\"\n"
               "    crop: box\n",
    .kind = VF_CONSUMER,
    .is_stateful = true,
    .continues = VF_CONTINUES_OUTPUT,
    .options = VF_LIST(options),
    .takes_gaps = true,
    .inputs = VF_PORTS(
        {.name = "video", .type = VF_PORT_VIDEO, .help = "Frames to write"},
        {.name = "tracks",
         .type = VF_PORT_ANY,
         .help = "The objects in each frame, as track tells them: the best picture of each is "
                 "written",
         .is_optional = true},
        {.name = "when",
         .type = VF_PORT_VALUE,
         .help = "Events (vflow-events(7)), such as those of count_lines: a picture of each is "
                 "written, or, with tracks, the best one of each object that they tell of",
         .is_optional = true,
         .is_repeated = true,
         .takes_several = true}),
    .outputs = VF_PORTS({.name = "file",
                         .type = VF_PORT_VALUE,
                         .help = "The path of each picture, once it has been written; of one of an "
                                 "object or an event an object with path, what, where, track, "
                                 "class, score, box, worth, crop and frame"}),
    .options_size = sizeof(struct image_writer_options),
    .state_size = sizeof(struct image_writer),
    .check = image_writer_check,
    .declare = image_writer_declare,
    .list = image_writer_list,
    .open = image_writer_open,
    .consume = image_writer_consume,
    .flush = image_writer_flush,
    .close = image_writer_close,
};
