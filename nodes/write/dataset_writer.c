/* SPDX-License-Identifier: MIT */
/* dataset_writer - writes frames, or what is seen in them, with labels to train a detector with. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/media/codec/picture_encoder.h"
#include "engine/media/picture/crop.h"
#include "engine/node/node.h"
#include "engine/node/reach.h"
#include "nodes/picture/box_place.h"
#include "nodes/vision/tracked.h"
#include "nodes/write/dataset.h"
#include "nodes/write/file_name.h"
#include "nodes/write/output_names.h"
#include "nodes/write/picture_file.h"
#include "nodes/write/size_text.h"

#define PICTURES "images/"

enum { VIDEO, BOXES };
enum form { FORM_BOTH, FORM_COCO, FORM_YOLO };
enum crop { CROP_WHOLE, CROP_BOX };

struct dataset_writer_options {
    char *path, *labels;
    struct vf_option_texts names;
    enum form form;
    enum crop crop;
    double margin, min_score;
    int quality;
    bool has_empty;
};

struct dataset_writer {
    struct vf_class_labels class_names;
    struct vf_map encoder_options; /* none */
    struct vf_picture_settings settings;
    struct vf_picture_encoder *encoder;
    struct vf_output_names names;
    struct vf_dataset *dataset;
    char *folder;     /* of the set, with its slash */
    size_t name_from; /* where in a path the name of a picture begins, below images/ */
    struct vf_tracked_list found;
    struct vf_dataset_label *labels;
    size_t label_room;
    uint64_t bytes;
    bool has_reported;
};

static const struct vf_option options[] = {
    {"path",
     "Pictures to write, below a folder called images, such as set/images/{source}-{seq:06d}.jpg; "
     "labels are written beside that folder",
     VF_OUTPUT_FILES(struct dataset_writer_options, path), .is_main = true},
    {"format", "Form of the labels",
     VF_CHOICE(struct dataset_writer_options, form, {"both", FORM_BOTH, "Both of them"},
               {"coco", FORM_COCO, "annotations.json, as COCO has it"},
               {"yolo", FORM_YOLO, "labels/, a text file for each picture, and data.yaml"}),
     .fallback = "both"},
    VF_CLASS_LABELS_OPTIONS(struct dataset_writer_options, labels, names),
    {"min_score", "Leave out boxes with a lower score",
     VF_NUMBER(struct dataset_writer_options, min_score), .fallback = "0", VF_RANGE(0, 1)},
    {"empty", "Write frames in which there is nothing, too, with an empty label file",
     VF_BOOLEAN(struct dataset_writer_options, has_empty), .fallback = "false"},
    {"crop", "What makes a picture",
     VF_CHOICE(struct dataset_writer_options, crop, {"whole", CROP_WHOLE, "A frame"},
               {"box", CROP_BOX, "Each object"}),
     .fallback = "whole"},
    {"margin", "What is added to a box on each side, as a share of its width and height",
     VF_NUMBER(struct dataset_writer_options, margin), .fallback = "0.1", VF_RANGE(0, 10)},
    {"quality", "Quality of JPEG, WebP and JPEG XL, on the usual scale",
     VF_INTEGER(struct dataset_writer_options, quality), .fallback = "95", VF_RANGE(1, 100)},
};

static struct vf_picture_settings settings_of(const struct dataset_writer_options *asked,
                                              const struct vf_map *none)
{
    return (struct vf_picture_settings){.name = asked->path,
                                        .quality = asked->quality,
                                        .compression = -1,
                                        .pixel_format = "",
                                        .options = none};
}

/* Returns how much of a path is before "images/"; SIZE_MAX: it has no such folder that all names have
 * in common. */
static size_t find_pictures(const char *path)
{
    size_t common = vf_file_name_folder(path), length = strlen(PICTURES);
    for (size_t at = common; at-- > 0;) {
        bool is_part = at == 0 || path[at - 1] == '/';
        if (is_part && common - at >= length && memcmp(path + at, PICTURES, length) == 0)
            return at;
    }
    return SIZE_MAX;
}

static int check_path(const char *path, char *problem, size_t size)
{
    int err = vf_file_name_check(path, problem, size);
    if (err)
        return err;
    if (find_pictures(path) == SIZE_MAX)
        snprintf(problem, size,
                 "path: its pictures are not below a folder called images, beside which the labels "
                 "are; write set/images/{source}-{seq:06d}.jpg");
    else if (!vf_output_names_are_many(path))
        snprintf(problem, size,
                 "path: it is one name for all pictures; put {seq:06d} into the name");
    else
        return VF_OK;
    return -EINVAL;
}

static int dataset_writer_check(const void *values, char *problem, size_t size)
{
    const struct dataset_writer_options *asked = values;
    const struct vf_map none = {0};
    const struct vf_picture_settings settings = settings_of(asked, &none);
    int err = check_path(asked->path, problem, size);
    if (!err)
        err = vf_class_labels_check(asked->labels, &asked->names, problem, size);
    return err ? err : vf_picture_encoder_check(&settings, problem, size);
}

static int dataset_writer_list(const void *values, const struct vf_path_visitor *visitor,
                               char *problem, size_t problem_size)
{
    const struct dataset_writer_options *asked = values;
    int err = vf_output_names_list(asked->path, visitor);
    if (err)
        snprintf(problem, problem_size, "%s", strerror(-err));
    return err;
}

/* Beside the folder of the pictures are the labels. */
static void dataset_writer_reach(const void *values, const struct vf_reach *reach)
{
    const struct dataset_writer_options *asked = values;
    char *folder = strndup(asked->path, find_pictures(asked->path));
    vf_reach_add(reach, VF_REACH_WRITE_BELOW, folder && *folder ? folder : ".");
    free(folder);
}

static int open_set(struct vf_node_run *run)
{
    const struct dataset_writer_options *asked = run->options;
    struct dataset_writer *writer = run->state;
    size_t length = find_pictures(asked->path);
    writer->folder = strndup(asked->path, length);
    writer->name_from = length + strlen(PICTURES);
    const struct vf_dataset_settings settings = {.folder = writer->folder,
                                                 .has_coco = asked->form != FORM_YOLO,
                                                 .has_yolo = asked->form != FORM_COCO,
                                                 .names = &writer->class_names,
                                                 .is_restarted = run->is_restarted};
    return writer->folder ? vf_dataset_create(&writer->dataset, &settings) : -ENOMEM;
}

static int dataset_writer_open(struct vf_node_run *run)
{
    const struct dataset_writer_options *asked = run->options;
    struct dataset_writer *writer = run->state;
    char problem[256] = "";
    writer->settings = settings_of(asked, &writer->encoder_options);
    writer->names = (struct vf_output_names){
        .pattern = asked->path, .is_restarted = run->is_restarted, .retention = {.run = run}};
    int err = vf_class_labels_take(&writer->class_names, asked->labels, &asked->names, problem,
                                   sizeof(problem));
    if (problem[0])
        vf_log(VF_LOG_ERROR, "%s", problem);
    if (!err)
        err = open_set(run);
    if (!err)
        err = vf_output_names_prepare(&writer->names);
    return err ? err : vf_picture_encoder_create(&writer->encoder, &writer->settings);
}

static int make_room(struct dataset_writer *writer)
{
    size_t count = writer->found.count;
    if (count <= writer->label_room)
        return VF_OK;
    struct vf_dataset_label *labels = realloc(writer->labels, count * sizeof(*labels));
    if (!labels)
        return -ENOMEM;
    writer->labels = labels;
    writer->label_room = count;
    return VF_OK;
}

/* Fills in the label of an object in the part of a frame that is in `area`. Returns false where
 * nothing of it is there. */
static bool place_label(struct vf_dataset_label *label, const struct vf_tracked *object,
                        bool has_track, const struct vf_rectangle *area)
{
    const double *at = object->box.at;
    double x = fmax(at[VF_BOX_XMIN] - area->x, 0), y = fmax(at[VF_BOX_YMIN] - area->y, 0);
    *label = (struct vf_dataset_label){
        .x = x,
        .y = y,
        .width = fmin(at[VF_BOX_XMAX] - area->x, area->width) - x,
        .height = fmin(at[VF_BOX_YMAX] - area->y, area->height) - y,
        .class = isnan(object->class) ? 0 : (int)object->class,
        .score = object->score,
        .has_track = has_track,
        .track = object->id,
    };
    return label->width > 0 && label->height > 0;
}

/* Writes a picture, and then its labels: what is labelled is there. */
static int write_picture(struct vf_node_run *run, const struct vf_message *frame,
                         const struct vf_dataset_label *labels, size_t count)
{
    struct dataset_writer *writer = run->state;
    const uint8_t *bytes;
    size_t size;
    char *path = NULL;
    int err = vf_picture_encoder_encode(writer->encoder, frame, &bytes, &size);
    if (!err)
        err = vf_output_names_next(&writer->names, &frame->description, &path);
    if (err)
        return err;
    const struct vf_picture_file file = {.path = path,
                                         .must_not_replace = true,
                                         .verify = VF_OUTPUT_VERIFY_COUNTS,
                                         .encoder = writer->encoder};
    const struct vf_dataset_picture picture = {.name = path + writer->name_from,
                                               .width = frame->description.video.width,
                                               .height = frame->description.video.height,
                                               .frame = &frame->description,
                                               .labels = labels,
                                               .count = count};
    err = vf_picture_file_write(run, &file, bytes, size);
    if (!err)
        err = vf_dataset_add(writer->dataset, &picture);
    writer->bytes += err ? 0 : size;
    free(path);
    return err;
}

static int write_object(struct vf_node_run *run, const struct vf_message *frame,
                        const struct vf_tracked *object)
{
    const struct dataset_writer_options *asked = run->options;
    struct dataset_writer *writer = run->state;
    struct vf_rectangle area;
    struct vf_dataset_label label;
    struct vf_message *part = NULL;
    if (!vf_box_cut(&object->box, asked->margin, &frame->description.video, &area) ||
        !place_label(&label, object, writer->found.has_ids, &area))
        return VF_OK;
    const struct vf_name_subject subject = {
        .has_track = writer->found.has_ids, .track = object->id, .class = label.class};
    int err = vf_crop_apply(run, frame, &area, &part);
    writer->names.subject = &subject;
    if (!err)
        err = write_picture(run, part, &label, 1);
    writer->names.subject = NULL;
    vf_message_destroy(&part);
    return err;
}

static int write_frame(struct vf_node_run *run, const struct vf_message *frame)
{
    const struct dataset_writer_options *asked = run->options;
    struct dataset_writer *writer = run->state;
    const struct vf_video *video = &frame->description.video;
    const struct vf_rectangle all = {.width = video->width, .height = video->height};
    size_t count = 0;
    int err = make_room(writer);
    for (size_t i = 0; i < writer->found.count && !err; i++)
        count += place_label(&writer->labels[count], &writer->found.items[i], writer->found.has_ids,
                             &all);
    if (err || (!count && !asked->has_empty))
        return err;
    return write_picture(run, frame, writer->labels, count);
}

/* Leaves out what is not sure enough, and looks whether the others have classes. */
static int choose(struct vf_node_run *run)
{
    const struct dataset_writer_options *asked = run->options;
    struct dataset_writer *writer = run->state;
    size_t kept = 0;
    for (size_t i = 0; i < writer->found.count; i++) {
        const struct vf_tracked *object = &writer->found.items[i];
        double class = isnan(object->class) ? 0 : object->class;
        if (object->score < asked->min_score)
            continue;
        if (class < 0 || class > VF_DATASET_MOST_CLASSES || floor(class) != class) {
            vf_log(VF_LOG_ERROR, "class %g cannot be that of a label; those are 0, 1, 2 and so on",
                   class);
            return -EINVAL;
        }
        writer->found.items[kept++] = *object;
    }
    writer->found.count = kept;
    return VF_OK;
}

static int dataset_writer_consume(struct vf_node_run *run, struct vf_message *const *inputs)
{
    const struct dataset_writer_options *asked = run->options;
    struct dataset_writer *writer = run->state;
    int err = vf_tracked_read_found(&writer->found, inputs[BOXES]);
    if (err || !writer->found.is_looked_at)
        return err;
    err = choose(run);
    if (!err && asked->crop == CROP_WHOLE)
        return write_frame(run, inputs[VIDEO]);
    for (size_t i = 0; i < writer->found.count && !err; i++)
        err = write_object(run, inputs[VIDEO], &writer->found.items[i]);
    return err;
}

/* Completes the set, whatever ended it. */
static int complete(struct vf_node_run *run)
{
    struct dataset_writer *writer = run->state;
    char size[VF_SIZE_TEXT];
    if (writer->has_reported || !writer->dataset)
        return VF_OK;
    writer->has_reported = true;
    int err = vf_dataset_complete(writer->dataset);
    if (err)
        return err;
    const struct vf_dataset_counts counts = vf_dataset_counts(writer->dataset);
    const struct vf_medium medium = {.path = *writer->folder ? writer->folder : ".",
                                     .unit = "pictures",
                                     .count = counts.pictures,
                                     .duration_ns = -1,
                                     .size_bytes = (int64_t)writer->bytes,
                                     .is_complete = vf_node_has_all(run)};
    vf_node_note_output(run, &medium);
    vf_node_report_output(run, "%s: %" PRIu64 " pictures, %" PRIu64 " labels%s", medium.path,
                          counts.pictures, counts.labels,
                          vf_size_text(size, (int64_t)writer->bytes));
    return VF_OK;
}

static int dataset_writer_flush(struct vf_node_run *run)
{
    return complete(run);
}

static void dataset_writer_close(struct vf_node_run *run)
{
    struct dataset_writer *writer = run->state;
    int err = complete(run);
    (void)err; /* has been logged */
    vf_dataset_destroy(&writer->dataset);
    vf_picture_encoder_destroy(&writer->encoder);
    vf_output_names_finish(&writer->names);
    vf_class_labels_finish(&writer->class_names);
    vf_tracked_finish(&writer->found);
    free(writer->labels);
    free(writer->folder);
}

const struct vf_node vf_node_dataset_writer = {
    .name = "dataset_writer",
    .summary = "Write pictures with labels, to train a detector with.",
    .related = "image_writer, detect, motion, track",
    .about =
        "Each frame in which something was found becomes a picture, or with `crop: box` each of "
        "the objects in it, with a margin around; labels are the boxes, in one or both of two "
        "forms that detectors are trained with. In set/ there are:\n\n"
        "- images/, the pictures, named by path as image_writer names them;\n\n"
        "- labels/, for YOLO a text file of the same name for each, with a line for each object: "
        "its class, and the centre, the width and the height of its box as shares of those of the "
        "picture; and data.yaml, which names the classes, for both training and validation;\n\n"
        "- annotations.json, for COCO: images, with number, timestamp and source of the frame, "
        "too; annotations, with bbox as x, y, width and height in pixels, score where the "
        "detector gives one, and track_id; and categories, whose ids are the classes.\n\n"
        "Boxes are rows of ymin, xmin, ymax, xmax, class and score, or the objects or tracks of "
        "track; of what has no class, it is 0. They are cut off at the border of the picture. "
        "With null in place of boxes nobody has looked, and the frame is left out. Where "
        "`{class}` is a folder below images/, crops are sorted as trainers of classifiers want "
        "them.\n\n"
        "annotations.json is whole at any time. It is written again as the set grows, and when it "
        "ends, also by an interruption; a process that is started again goes on with what the one "
        "before has left. A data set begins with none: a folder that has pictures already is "
        "refused.",
    .example = "vflow: 1\n"
               "nodes:\n"
               "  reader: {type: video_reader, path: in.mp4}\n"
               "  moving: {type: motion, inputs: reader}\n"
               "  some: {type: every, inputs: reader, nth: 10}\n"
               "  boxes: {type: every, inputs: moving, nth: 10}\n"
               "  set:\n"
               "    type: dataset_writer\n"
               "    inputs: {video: some, boxes: boxes}\n"
               "    path: \"set/images/{source}-{seq:06d}.jpg\"\n"
               "    names: [thing]\n",
    .kind = VF_CONSUMER,
    .is_stateful = true,
    .continues = VF_CONTINUES_OUTPUT,
    .options = VF_LIST(options),
    .inputs = VF_PORTS({.name = "video", .type = VF_PORT_VIDEO, .help = "Frames of any size"},
                       {.name = "boxes",
                        .type = VF_PORT_ANY,
                        .help = "What was found in each frame: an array or a list of rows, or the "
                                "objects of track; null: nobody has looked"}),
    .options_size = sizeof(struct dataset_writer_options),
    .state_size = sizeof(struct dataset_writer),
    .check = dataset_writer_check,
    .list = dataset_writer_list,
    .reach = dataset_writer_reach,
    .open = dataset_writer_open,
    .consume = dataset_writer_consume,
    .flush = dataset_writer_flush,
    .close = dataset_writer_close,
};
